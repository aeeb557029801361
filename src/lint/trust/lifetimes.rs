//! Lifetimes: those that the mesh sets, and provided CAs and certificates that expire soon.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{Label, Lifetime, Mesh, Trust};
use crate::verify::Expiry;
use crate::x509::Certificate;

use super::super::checked::MeshAuthority;
use super::super::links::{Readers, pairs_of_readers};
use super::super::provided_files::ProvidedFiles;
use super::uses::Uses;
use super::{ResolvedTrust, place_of};

/// A CA with less time left is reported: to replace one takes three roll-outs, one after another.
pub const CA_NOTICE: Duration = Duration::days(180);

pub(super) fn check(
    mesh: &Mesh,
    readers: &Readers<'_>,
    resolved: &ResolvedTrust,
    uses: &BTreeMap<&Label, Uses>,
    facts: &ProvidedFiles,
) -> Vec<Diagnostic> {
    let mut findings = check_spans(&mesh.trust, resolved, uses);
    for (name, authority) in &resolved.authorities {
        if let Some(uses) = uses.get(name).filter(|uses| uses.is_used()) {
            findings.extend(check_provided_ca(&mesh.trust, name, authority, uses, facts.now));
        }
    }
    findings.append(&mut check_provided_leaves(mesh, readers, facts));
    findings
}

/// Lifetimes against one another.
fn check_spans(trust: &Trust, resolved: &ResolvedTrust, uses: &BTreeMap<&Label, Uses>) -> Vec<Diagnostic> {
    let path = FieldPath::root().field("trust");
    let made_here = |signs: fn(&Uses) -> bool| {
        let made = resolved.authorities.iter().filter(|(_, authority)| matches!(authority, MeshAuthority::Made));
        made.filter_map(|(name, _)| uses.get(name)).any(signs)
    };
    let leaves = [
        ("server", trust.server_validity, made_here(|uses| !uses.servers.is_empty())),
        ("client", trust.client_validity, made_here(|uses| !uses.clients.is_empty())),
    ];
    let mut findings = Vec::new();
    for (name, lifetime, made_here) in leaves {
        if trust.renew_before >= lifetime {
            let message = format!("renewBefore {} is not below the {name} lifetime {lifetime}", trust.renew_before);
            let finding = Diagnostic::new(Code::Lifetimes, path.field("renewBefore"), message);
            let finding = finding.cause("every run would renew every certificate");
            findings.push(finding.help(format!("shorten `renewBefore`, or lengthen `validity.{name}`")));
        }
        if made_here && lifetime > trust.authority_validity {
            let message = format!("the {name} lifetime {lifetime} is longer than the CA lifetime {}", trust.authority_validity);
            let finding = Diagnostic::new(Code::Lifetimes, path.field("validity").field(name), message);
            findings.push(finding.help(format!("lengthen `validity.authority`, or shorten `validity.{name}`")));
        }
    }
    findings
}

/// A provided CA in use that expires soon, or before what it would sign.
fn check_provided_ca(
    trust: &Trust,
    name: &Label,
    authority: &MeshAuthority,
    uses: &Uses,
    now: OffsetDateTime,
) -> Option<Diagnostic> {
    let depended_on = if uses.signs() { authority.in_use() } else { authority.anchor().map_or(&[][..], std::slice::from_ref) };
    let first = first_to_expire(depended_on)?;
    let end = first.not_after();
    if end < now {
        return None;
    }
    let mut when = format!("CA `{name}` expires on {}", end.date());
    if authority.anchor() != Some(first) {
        when.push_str(&format!(", with `{}` in its chain", first.label()));
    }
    let at = place_of(name).field("certificate");
    let notice = CA_NOTICE.max(trust.renew_before.as_duration());
    if end <= now.saturating_add(notice) {
        let message = format!("{when}: less than {} days from now", notice.whole_days());
        let finding = Diagnostic::new(Code::AuthorityEndsSoon, at, message);
        return Some(finding.help(format!(
            "provide its successor as another entry of `trust.authorities`, and replace it step by step: \
             `meshbundle certs rotate MESH --ca {name} --to NEW`"
        )));
    }
    let leaves = [
        ("server", trust.server_validity, !uses.servers.is_empty()),
        ("client", trust.client_validity, !uses.clients.is_empty()),
    ];
    let cut: Vec<(&str, Lifetime)> = leaves
        .into_iter()
        .filter(|(_, lifetime, signed)| *signed && end < now.saturating_add(lifetime.as_duration()))
        .map(|(what, lifetime, _)| (what, lifetime))
        .collect();
    if cut.is_empty() {
        return None;
    }
    let all = |with: fn(&(&str, Lifetime)) -> String| cut.iter().map(with).collect::<Vec<_>>().join(" and ");
    let message =
        format!("{when}: {} would expire with it", all(|(what, lifetime)| format!("{what} certificates of {lifetime}")));
    let finding = Diagnostic::new(Code::AuthorityEndsFirst, at, message);
    let shorter = all(|(what, _)| format!("`trust.validity.{what}`"));
    Some(finding.help(format!("renew the CA, or shorten {shorter}")))
}

/// Provided server certificates and client credentials that expire soon. Each file once.
fn check_provided_leaves(mesh: &Mesh, readers: &Readers<'_>, facts: &ProvidedFiles) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut reported = BTreeSet::new();
    for (cluster, _) in pairs_of_readers(mesh, readers) {
        let (etcd, path) = (&cluster.etcd, cluster.path.field("etcd"));
        let servers = etcd.server_certificates.iter().enumerate().map(|(position, file)| {
            (file, path.field("serverCertificates").item(position), "server certificate", "renew it where it was issued")
        });
        let client = etcd.client.iter().map(|client| {
            let at = path.field("client").field("certificate");
            (&client.certificate, at, "client certificate", "ask the owner of this etcd for a new one")
        });
        for (file, at, what, help) in servers.chain(client) {
            let Some(chain @ [leaf, ..]) = facts.certificates_of(file) else { continue };
            let Some(Expiry { at: end, label }) = Expiry::of_presented(chain) else { continue };
            if end < facts.now || !expires_within(end, mesh.trust.renew_before, facts.now) || !reported.insert(file) {
                continue;
            }
            let mut message = format!("{what} `{file}` expires on {}", end.date());
            if end != leaf.not_after() {
                message.push_str(&format!(", with `{label}` in its chain"));
            }
            message.push_str(&format!(": less than `renewBefore`, {}, from now", mesh.trust.renew_before));
            let finding = Diagnostic::new(Code::CertificateEndsSoon, at, message);
            findings.push(finding.help(format!("{help}, and set the new file here")));
        }
    }
    findings
}

fn first_to_expire(certificates: &[Certificate]) -> Option<&Certificate> {
    certificates.iter().min_by_key(|certificate| certificate.not_after())
}

fn expires_within(end: OffsetDateTime, span: Lifetime, now: OffsetDateTime) -> bool {
    end <= now.saturating_add(span.as_duration())
}
