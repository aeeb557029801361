//! The first line of a config that `generate` wrote: a digest of the CAs that the config leads to. Agents connect again only when
//! the bytes of the config change (`getClientCertificateReloader` and `newConfig` in pkg/kvstore/etcd.go of cilium/cilium), so a
//! CA file that changed under the same line has not been read by agents that run.

use aws_lc_rs::digest::{SHA256, digest};

use crate::diag::{Code, Diagnostic, FilePlace, shell_word};

use super::files::Files;
use crate::x509::Certificate;

const BEGIN: &str = "# anchors sha256:";

/// A finding where the config's first line is about other CAs than the file has.
pub(super) fn changed(config: &[u8], anchors: &[Certificate], file: &str, files: &dyn Files) -> Option<Diagnostic> {
    let first = config.split(|byte| *byte == b'\n').next().and_then(|line| std::str::from_utf8(line).ok())?;
    let written = first.trim_end().strip_prefix(BEGIN)?;
    let fingerprints: Vec<String> = anchors.iter().map(|anchor| hex::encode(anchor.fingerprint())).collect();
    let is = hex::encode(digest(&SHA256, fingerprints.join("\n").as_bytes()).as_ref());
    if anchors.is_empty() || written == is {
        return None;
    }
    let message = "the CA file has changed, and this config has not: running agents keep the CAs that they have read".to_owned();
    let finding = Diagnostic::of_file(Code::AnchorsChanged, FilePlace::whole(file), message);
    let help = format!(
        "install the cluster's newest bundle; or, if the CA file is right, write the new digest: `sed -i '1s/.*/{BEGIN}{is}/' {}`",
        shell_word(file)
    );
    Some(finding.help(files.help(help)))
}
