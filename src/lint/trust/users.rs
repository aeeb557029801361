//! Common names of clients: each is the name of the client's etcd user (`AuthInfoFromTLS` in etcd's server/auth/store.go).

use std::collections::{BTreeSet, HashMap};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{ClientName, Cluster, ClusterName, Credential, Feature, HelmRelease, Mesh, OwnUser, Runtime};

use super::super::links::{Readers, pairs_of_readers};
use super::super::provided_files::ProvidedFiles;

/// Longest common name, in characters (`ub-common-name` in X.520 and RFC 5280 appendix A.1).
const COMMON_NAME_MAX: usize = 64;
/// What the users of the etcd's owner may do.
const OWNERS_USERS: &str = "`root` and `admin-…` may do everything, `local-…` reads the cluster's own caches \
    (pkg/kvstore/etcdinit/init.go), `announce-…` writes the heartbeat, and `clustermesh-…` are the members themselves";

pub(super) fn check(mesh: &Mesh, readers: &Readers<'_>, facts: &ProvidedFiles) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut reported = BTreeSet::new();
    let mut refused = Refused::default();
    for (cluster, readers) in pairs_of_readers(mesh, readers) {
        match &cluster.etcd.client {
            Some(given) => {
                let finding = check_credential(cluster, given, facts);
                findings.extend(finding.filter(|finding| reported.insert((finding.code, given.certificate.as_str()))));
            }
            None => findings.extend(check_template(cluster, readers, &mut refused)),
        }
    }
    findings
}

/// For each template and reader a name that cannot be used, if there is one: most etcds of a mesh have the same template.
type Refused<'a> = HashMap<(&'a ClientName, &'a ClusterName), Option<String>>;

/// A common name that the agents of `reader` would have, and that is too long or another user's.
fn reason_to_refuse(template: &ClientName, reader: &Cluster) -> Option<String> {
    let bad = |name: &String| name.len() > COMMON_NAME_MAX || OwnUser::is_owners(name);
    if !template.per_node() {
        return Some(template.expand(&reader.name, None)).filter(bad);
    }
    let nodes = reader.nodes.iter().map(|node| Some(&node.name));
    nodes.chain([None]).map(|node| template.expand(&reader.name, node)).filter(bad).max_by_key(String::len)
}

/// The names of clients that are issued here.
fn check_template<'a>(cluster: &'a Cluster, readers: &[&'a Cluster], seen: &mut Refused<'a>) -> Option<Diagnostic> {
    let template = &cluster.etcd.client_name;
    let path = cluster.path.field("etcd").field("clientName");
    for reader in readers {
        let Some(name) = seen.entry((template, &reader.name)).or_insert_with(|| reason_to_refuse(template, reader)) else {
            continue;
        };
        if name.len() > COMMON_NAME_MAX {
            let message =
                format!("the common name `{name}` has {} characters; X.509 allows at most {COMMON_NAME_MAX}", name.len());
            return Some(Diagnostic::new(Code::CommonName, path, message).help("shorten `clientName` or the names in it"));
        }
        let message = format!("the common name `{name}` belongs to a user of the etcd's owner");
        let finding = Diagnostic::new(Code::CommonName, path, message).cause(OWNERS_USERS);
        return Some(finding.help("remove `clientName`: the default `remote-{cluster}` is read-only by convention"));
    }
    if let Some(release) = cluster.runtime.helm() {
        return check_release(cluster, release, path);
    }
    let known = *template == ClientName::default() || template.is("remote");
    (cluster.runtime == Runtime::External && !known).then(|| {
        let message = format!("Helm creates no user `{template}` in its etcd");
        let help = if has_strict_mode(cluster) {
            "remove `clientName` to use `remote-{cluster}`; use `remote` only if its authMode is `legacy`"
        } else {
            "use `remote`, which every such etcd has; or remove `clientName` if its authMode is `cluster` or `migration`"
        };
        report_unknown(path, message, help)
    })
}

/// Names at an etcd whose users Helm makes, by authMode.
fn check_release(cluster: &Cluster, release: &HelmRelease, path: FieldPath) -> Option<Diagnostic> {
    let template = &cluster.etcd.client_name;
    let mode = release.auth_mode.value();
    let is_remote = template.is("remote");
    let known = match (is_remote, mode.knows_each_reader()) {
        (true, _) => mode.knows_remote(),
        // Either the chart lists users by the names of clusters, or meshbundle lists them.
        (false, true) => *template == ClientName::default() || release.lists_users(cluster.cilium.version),
        (false, false) => false,
    };
    (!known).then(|| {
        let message = format!("with authMode `{mode}`, the etcd of `{}` has no user `{template}`", cluster.name);
        let finding =
            Diagnostic::new(Code::CommonName, path, message).cause("etcd would answer `permission denied` to every request");
        finding.help(if mode.knows_each_reader() {
            "remove `clientName`: the default is `remote-{cluster}`"
        } else {
            "remove `clientName`: with this authMode the default is `remote`"
        })
    })
}

/// The name of a provided credential.
fn check_credential(cluster: &Cluster, given: &Credential, facts: &ProvidedFiles) -> Option<Diagnostic> {
    let leaf = facts.certificates_of(&given.certificate)?.first()?;
    let path = cluster.path.field("etcd").field("client").field("certificate");
    let file = &given.certificate;
    let Some(user) = leaf.common_name() else {
        let message = format!("`{file}` has no common name, so etcd has no user for it");
        // Helm's etcd always has authentication (pkg/kvstore/etcdinit of cilium/cilium); other etcds may not.
        let code = if cluster.runtime.has_foreign_etcd() { Code::CommonName } else { Code::FaultPassed };
        let finding = Diagnostic::new(code, path, message)
            .cause("an etcd with authentication denies every request without a user; without authentication it answers");
        return Some(finding.help("ask the owner of this etcd for a credential whose common name is a user of it"));
    };
    let shown = user.escape_debug();
    if OwnUser::is_owners(user) {
        let message = format!("`{file}` is the credential of `{shown}`, a user of the etcd's owner");
        let finding = Diagnostic::new(Code::PrivilegedClient, path, message).cause(OWNERS_USERS);
        return Some(finding.help("ask the owner of this etcd for a credential of a read-only user, such as `remote`"));
    }
    if let Some(release) = cluster.runtime.helm() {
        let mode = release.auth_mode.value();
        let known = if user == "remote" { mode.knows_remote() } else { mode.knows_each_reader() };
        return (!known).then(|| {
            let message = format!("`{file}` is the credential of `{shown}`, which is no user with authMode `{mode}`");
            let finding = Diagnostic::new(Code::CommonName, path, message);
            finding
                .cause("etcd would answer `permission denied` to every request")
                .help("use a credential of a user that its etcd has")
        });
    }
    let known = user == "remote" || user.starts_with("remote-");
    (cluster.runtime == Runtime::External && !known).then(|| {
        let message = format!("`{file}` is the credential of `{shown}`, a user that Helm does not create in its etcd");
        let help = if has_strict_mode(cluster) {
            "use one whose common name is `remote-` and the name of the reading cluster; `remote` only where the authMode is \
             not `cluster-strict`"
        } else {
            "use one with the common name `remote`, or `remote-` and the name of the reading cluster"
        };
        report_unknown(path, message, help)
    })
}

/// Whether the etcd of a Helm cluster may have no user `remote`: its authMode is not in the mesh.
fn has_strict_mode(cluster: &Cluster) -> bool {
    cluster.cilium.version.has(Feature::ClusterStrict)
}

fn report_unknown(path: FieldPath, message: String, help: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownHelmUser, path, message).help(help)
}
