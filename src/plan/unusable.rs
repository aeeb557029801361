//! What is kept in the state and cannot be used: files that are missing or damaged, and what is not valid yet.
//!
//! Input: the plan of CAs and leaves, and facts about the state's files. Output: findings. Whether a leaf is issued again
//! is decided in `issue.rs`.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::Label;

use super::authority::AuthorityPlan;
use super::credential::{CredentialAction, CredentialKey, CredentialPlan};
use super::facts::StateFacts;
use super::leaf::from_unix;
use super::request::Request;

/// Leaves that are named in a finding before the rest is only counted.
const NAMED: usize = 3;

pub(super) struct Unusable<'a> {
    pub(super) authorities: &'a BTreeMap<Label, AuthorityPlan>,
    pub(super) credentials: &'a BTreeMap<CredentialKey, CredentialPlan>,
    pub(super) facts: &'a StateFacts,
    pub(super) request: &'a Request,
    pub(super) now: OffsetDateTime,
}

impl Unusable<'_> {
    pub(super) fn findings(&self) -> Vec<Diagnostic> {
        let mut findings = self.authorities_damaged();
        findings.extend(self.keys_gone());
        findings.extend(self.authorities_not_yet_valid());
        findings.extend(self.leaves_damaged());
        // Reissuing a leaf does not help while its CA is not valid yet.
        if findings.is_empty() {
            findings.extend(self.leaves_not_yet_valid());
        }
        findings
    }

    fn authorities_damaged(&self) -> Vec<Diagnostic> {
        let signing: BTreeSet<&Label> =
            self.credentials.values().filter(|plan| plan.serial().is_none()).map(|plan| &plan.signer).collect();
        let mut findings = Vec::new();
        for (name, _) in self.authorities.iter().filter(|(_, plan)| matches!(plan, AuthorityPlan::Kept(_))) {
            let Some(faults) = self.facts.authorities.get(name.as_str()) else { continue };
            let (code, what) = match (&faults.certificate, &faults.key) {
                (Some(certificate), _) => (Code::AuthorityDamaged, format!("CA `{name}` cannot be used: {certificate}")),
                (None, Some(key)) if signing.contains(name) => {
                    (Code::AuthorityDamaged, format!("CA `{name}` cannot sign: {key}"))
                }
                (None, Some(key)) => (Code::AuthorityKeyGone, format!("CA `{name}` could not sign: {key}")),
                (None, None) => continue,
            };
            let help = if faults.certificate.is_some() {
                "restore the backup of the state: a CA that is in use cannot be created again"
            } else {
                "restore the backup of the state; without one, move to another CA step by step: docs/trust.md"
            };
            findings.push(finding(code, what).help(help));
        }
        findings
    }

    /// CAs that the mesh no longer wants, that sign until their successors may, and whose keys are gone from it.
    fn keys_gone(&self) -> Vec<Diagnostic> {
        let mut signed: BTreeMap<&Label, usize> = BTreeMap::new();
        for plan in self.credentials.values().filter(|plan| plan.serial().is_none()) {
            *signed.entry(&plan.signer).or_default() += 1;
        }
        let keyless = |name: &Label| matches!(self.authorities.get(name), Some(AuthorityPlan::Provided { key: None, .. }));
        let gone = signed.into_iter().filter(|(name, _)| keyless(name));
        let finding = |(name, count): (&Label, usize)| {
            let certificates = if count == 1 { "1 certificate".to_owned() } else { format!("{count} certificates") };
            let at = FieldPath::root().field("trust").field("authorities").field(name.as_str());
            let message = format!("CA `{name}` still has to sign {certificates}, and its key is no longer in the mesh");
            Diagnostic::new(Code::AuthorityChanged, at, message)
                .help(format!("put `trust.authorities.{name}.key` back until another CA signs in its place"))
        };
        gone.map(finding).collect()
    }

    fn authorities_not_yet_valid(&self) -> Vec<Diagnostic> {
        let early = self.authorities.iter().filter_map(|(name, plan)| match plan {
            AuthorityPlan::Kept(record) if record.not_before > self.now.unix_timestamp() => Some((name, plan.validity().0)),
            _ => None,
        });
        let finding = |(name, from): (&Label, OffsetDateTime)| {
            let what = format!("CA `{name}` is not valid before {}; the clock here says {}", moment(from), moment(self.now));
            finding(Code::AuthorityNotYetValid, what).help(format!(
                "set the clock if it is wrong; if it is right, make the CA again: `{} --create-authorities --renew`",
                self.request.command
            ))
        };
        early.map(finding).collect()
    }

    fn leaves_damaged(&self) -> Option<Diagnostic> {
        let damaged = self.credentials.iter().filter_map(|(key, plan)| Some((key, self.facts.leaves.get(plan.serial()?)?)));
        let damaged: Vec<String> = damaged.map(|(key, fault)| format!("{key}: {fault}")).collect();
        let message = match damaged.as_slice() {
            [] => return None,
            [one] => format!("the state has a certificate that cannot be used: {one}"),
            many => format!("the state has {} certificates that cannot be used: {}", many.len(), shortened(many)),
        };
        let again = if damaged.len() == 1 { "it" } else { "them" };
        Some(
            finding(Code::LeafDamaged, message)
                .help(format!("restore the backup of the state, or issue {again} again: `{} --renew`", self.request.command)),
        )
    }

    fn leaves_not_yet_valid(&self) -> Option<Diagnostic> {
        let early = self.credentials.iter().filter_map(|(key, plan)| match plan.action {
            CredentialAction::Keep { not_before, .. } if not_before > self.now.unix_timestamp() => Some((not_before, key)),
            _ => None,
        });
        let early: Vec<(i64, &CredentialKey)> = early.collect();
        let (first, key) = early.iter().min()?;
        let from = moment(from_unix(*first));
        let what = match early.len() {
            1 => format!("1 certificate is not valid yet: {key}, before {from}"),
            many => format!("{many} certificates are not valid yet, the first, {key}, before {from}"),
        };
        let message = format!("{what}; the clock here says {}", moment(self.now));
        Some(finding(Code::LeafNotYetValid, message).help(format!(
            "set the clock if it is wrong; if it is right, reissue the certificates that were dated while the clock was ahead: `{} --renew`",
            self.request.command
        )))
    }
}

fn finding(code: Code, message: String) -> Diagnostic {
    Diagnostic::new(code, FieldPath::root(), message)
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    if names.len() > NAMED { format!("{shown}; and {} more", names.len() - NAMED) } else { shown }
}

/// With hour and zone: a clock may be wrong by these alone.
pub(super) fn moment(time: OffsetDateTime) -> String {
    let time = time.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02} UTC", time.date(), time.hour(), time.minute())
}
