//! The Secrets of certificates of a clustermesh-apiserver: of its etcd, of the clients of that etcd, and of the clients that its
//! cluster sends to others. Each is judged by itself; the two that always meet are proven against each other.
//!
//! cert-manager's Secrets are normal: `ca.crt` may be an intermediate, `tls.crt` a chain, and no certificate needs a usage.

use crate::diag::{Code, Diagnostic, FilePlace, Severity};
use crate::verify::credential::{File, Judge};
use crate::verify::files::Files;
use crate::verify::inspection::{Inspection, MemberFiles};
use crate::verify::link::prove_chain;
use crate::verify::peer::Own;
use crate::verify::view::View;
use crate::x509::{Certificate, Usage};

use super::ca_bundle::{BundleFile, MountedCas};
use super::mounts::{ADMIN, LOCAL, REMOTE, SERVER};
use super::secret::Secret;
use super::secret_set::SecretSet;

/// A certificate with the CAs beside it.
#[derive(Default)]
struct Identity {
    /// Where its certificate is, for messages.
    file: String,
    anchors: Vec<Certificate>,
    /// Why it is not known whether these are its CAs, if it is not.
    doubt: Option<Diagnostic>,
    chain: Vec<Certificate>,
}

/// Judges what there is of them. `cas` are those that their pod mounts beside them.
pub(super) fn inspect<'a>(set: &'a SecretSet, files: &'a dyn Files, cas: &MountedCas<'a>, own: Own, view: &View) -> Inspection {
    let mut judge = Judge::new(view, files);
    let read = |name: &str, usage: Usage, judge: &mut Judge<'a>| {
        set.get(name).map(|secret| identity(set, secret, name, cas, usage, judge))
    };
    let server = read(SERVER, Usage::ServerAuth, &mut judge);
    let admin = read(ADMIN, Usage::ClientAuth, &mut judge);
    if let Some((server, admin)) =
        server.as_ref().zip(admin.as_ref()).filter(|_| !judge.findings.iter().any(Diagnostic::is_error))
    {
        judge.findings.extend(prove(server, admin, view));
    }
    for client in [REMOTE, LOCAL] {
        read(client, Usage::ClientAuth, &mut judge);
    }
    let member = server.map(|server| MemberFiles {
        name: "clustermesh-apiserver".to_owned(),
        file: server.file,
        chain: server.chain,
        anchors: server.anchors,
        doubt: server.doubt,
        peer_chain: Vec::new(),
        peer_anchors: Vec::new(),
    });
    let file = files.file().to_owned();
    Inspection { file, version: view.version, own, member, findings: judge.findings, ..Inspection::default() }
}

/// Judges one Secret, whose certificate is for `usage`.
fn identity<'a>(
    set: &SecretSet,
    secret: &'a Secret,
    name: &str,
    cas: &MountedCas<'a>,
    usage: Usage,
    judge: &mut Judge<'a>,
) -> Identity {
    let others = if usage == Usage::ServerAuth { Usage::ClientAuth } else { Usage::ServerAuth };
    let authorities = match cas {
        MountedCas::Bundle(bundle) => bundled(bundle, name, judge),
        MountedCas::OfSecrets | MountedCas::Unknown(_) => open(secret, name, "ca.crt", cas, judge),
    };
    let doubt = authorities.as_ref().and_then(|file| cas.doubt(&file.shown, &set.namespace_word()));
    let anchors = authorities.map(|file| judge.anchors(&file, others)).unwrap_or_default();
    let certificate = open(secret, name, "tls.crt", cas, judge);
    let chain = certificate.as_ref().map(|file| judge.chain(file, usage)).unwrap_or_default();
    if let (Some(file), Some(leaf), REMOTE | LOCAL) = (&certificate, chain.first(), name) {
        judge.user(file, leaf);
    }
    if let Some(key) = open(secret, name, "tls.key", cas, judge) {
        judge.key(&key, &chain);
    }
    Identity { file: certificate.map(|file| file.shown).unwrap_or_default(), anchors, doubt, chain }
}

/// A key of a Secret.
fn open<'a>(secret: &'a Secret, name: &str, key: &str, cas: &MountedCas<'_>, judge: &mut Judge<'a>) -> Option<File<'a>> {
    let shown = format!("{}: {key}", secret.place);
    if let Some(entry) = secret.data.get(key) {
        return Some(File { shown, entry });
    }
    // The others are optional: a config that names their files gets the finding.
    if matches!(name, SERVER | ADMIN) {
        let finding =
            Diagnostic::of_file(Code::FileMissing, FilePlace::whole(&secret.place), format!("there is no key `{key}` in it"));
        // With `tls.caBundle` in Helm's values the CA comes from elsewhere.
        let severity = if key == "ca.crt" && matches!(cas, MountedCas::Unknown(_)) { Severity::Warning } else { Severity::Error };
        let cause = "the pod of the clustermesh-apiserver mounts this key, and does not start without it";
        judge.findings.push(finding.severity(severity).cause(cause).help(format!("add `{key}` to the Secret")));
    }
    None
}

/// The CAs of `tls.caBundle`. Clients' Secrets have theirs judged with the configs that name them.
fn bundled<'a>(bundle: &'a BundleFile, name: &str, judge: &mut Judge<'a>) -> Option<File<'a>> {
    if !matches!(name, SERVER | ADMIN) {
        return None;
    }
    let shown = bundle.shown.clone();
    if let Some(entry) = &bundle.entry {
        return Some(File { shown, entry });
    }
    let finding = Diagnostic::of_file(Code::FileMissing, FilePlace::whole(shown), "there is no such key in it".to_owned());
    let cause = "with `tls.caBundle`, the pod of the clustermesh-apiserver mounts this key, and does not start without it";
    judge.findings.push(finding.cause(cause).help("add the key, or set `tls.caBundle.enabled: false`"));
    None
}

/// Whether the clustermesh-apiserver and its etcd accept each other.
fn prove(server: &Identity, admin: &Identity, view: &View) -> Vec<Diagnostic> {
    let refused = |presented: &Identity, verifier: &Identity, usage, who: &str| {
        if presented.chain.is_empty() || verifier.anchors.is_empty() {
            return None;
        }
        let reason = prove_chain(&presented.chain, &verifier.anchors, usage, view).err().filter(|reason| !reason.is_doubt())?;
        if let Some(doubt) = &verifier.doubt {
            return Some(doubt.clone());
        }
        let finding = Diagnostic::of_file(Code::LinkUnproven, FilePlace::whole(&presented.file), format!("{who}: {reason}"));
        let help = format!(
            "issue both certificates under one CA, or put the CA that signed this one into `ca.crt` of `{}`",
            verifier.file
        );
        Some(finding.cause("they connect within one pod, and no cluster can read the etcd until they do").help(help))
    };
    let by_admin = refused(server, admin, Usage::ServerAuth, "the clustermesh-apiserver would refuse its etcd");
    let by_etcd = refused(admin, server, Usage::ClientAuth, "the etcd would refuse the clustermesh-apiserver");
    by_admin.into_iter().chain(by_etcd).collect()
}
