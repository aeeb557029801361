//! Whom a certificate names, where only one name will do: clients of the own etcd, and members among each other.

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::mesh::{ClusterName, OwnUser};

use crate::x509::Certificate;

/// Readers of a node's own etcd, in the order of [`OWN_CONFIGS`](super::files::OWN_CONFIGS).
pub(super) const READERS: [OwnUser; 2] = [OwnUser::Agent, OwnUser::Announcer];

/// That `file` names another user than `reader` of the cluster's own etcd. One without a name is reported elsewhere.
pub(super) fn of_reader(file: String, chain: &[Certificate], reader: OwnUser, cluster: &str) -> Option<Diagnostic> {
    let cluster = ClusterName::new(cluster).ok()?;
    let (wanted, found) = (reader.common_name(&cluster), chain.first()?.common_name()?);
    let cause = "the common name is the etcd user: another one is denied what it has to write, or may do more than it should";
    (!reader.is_called(found, &cluster)).then(|| unlike(file, found, &wanted, cause))
}

/// That `file` names no member of the cluster's etcd.
pub(super) fn of_peer(file: String, chain: &[Certificate], cluster: &str) -> Option<Diagnostic> {
    let wanted = OwnUser::of_peer(&ClusterName::new(cluster).ok()?);
    let found = chain.first()?.common_name().unwrap_or_default();
    let cause = "members accept only this common name (`ETCD_PEER_CERT_ALLOWED_CN`), and a member without peers has no quorum";
    (found != wanted).then(|| unlike(file, found, &wanted, cause))
}

fn unlike(file: String, found: &str, wanted: &str, cause: &str) -> Diagnostic {
    let message = format!("the common name is `{}`, and it has to be `{wanted}`", found.escape_debug());
    Diagnostic::of_file(Code::CommonName, FilePlace::whole(file), message).cause(cause).help("generate the bundle again")
}
