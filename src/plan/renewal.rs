//! When a leaf is due, and the warnings about those that expire although they could be renewed.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::CheckedMesh;
use crate::mesh::Lifetime;

use super::credential::{CredentialAction, CredentialKey, CredentialPlan};
use super::request::Request;

/// A new leaf that lasts less than this longer than the old one is not worth installing. The last day of a CA brings no leaf that
/// lasts longer, however often it is issued.
const WORTHWHILE: Duration = Duration::DAY;

/// What decides whether a leaf is due.
pub(super) struct Renewability {
    /// `renewBefore` of the mesh.
    pub(super) before: Lifetime,
    /// The lifetime of new leaves of this kind.
    pub(super) lifetime: Lifetime,
    /// When a leaf that is issued now would end, Unix seconds.
    pub(super) successor_not_after: i64,
    pub(super) now: OffsetDateTime,
}

impl Renewability {
    /// Whether a leaf that ends at `not_after`, Unix seconds, is due at the end of `horizon`, and a new one would last longer.
    pub(super) fn is_due(&self, not_after: i64, horizon: Option<Lifetime>) -> bool {
        let ahead = horizon.map_or(Duration::ZERO, Lifetime::as_duration).saturating_add(self.before.as_duration());
        let gained = Duration::seconds(self.successor_not_after.saturating_sub(not_after));
        // Leaves that live for hours gain hours.
        let worthwhile = WORTHWHILE.min(self.lifetime.as_duration() / 10);
        not_after <= self.now.saturating_add(ahead).unix_timestamp() && gained >= worthwhile
    }
}

/// Leaves, and the first of them to expire.
struct First<'a> {
    count: usize,
    not_after: OffsetDateTime,
    key: &'a CredentialKey,
}

impl<'a> First<'a> {
    fn of(leaves: impl Iterator<Item = (&'a CredentialKey, &'a CredentialPlan)>) -> Option<Self> {
        let ends = leaves.map(|(key, plan)| (plan.not_after(), key));
        let (count, first) =
            ends.fold((0, None), |(count, first): (usize, Option<_>), next| (count + 1, first.into_iter().chain([next]).min()));
        first.map(|(not_after, key)| Self { count, not_after, key })
    }
}

/// One warning for all leaves that end soon: 65,000 would hide everything else.
pub(super) fn warning(
    mesh: &CheckedMesh,
    command: &str,
    credentials: &BTreeMap<CredentialKey, CredentialPlan>,
) -> Option<Diagnostic> {
    let before = mesh.mesh().trust.renew_before;
    let due = credentials.iter().filter(|(_, plan)| matches!(plan.action, CredentialAction::Keep { due: true, .. }));
    let First { count, not_after, key } = First::of(due)?;
    let message = match count {
        1 => format!("1 certificate expires within {before}: {key}, on {}", not_after.date()),
        _ => format!("{count} certificates expire within {before}, the first, {key}, on {}", not_after.date()),
    };
    let finding = Diagnostic::new(Code::RenewalDue, FieldPath::root().field("trust").field("renewBefore"), message);
    Some(
        finding
            .cause("they are kept: a run changes only what it was asked to change")
            .help(format!("issue them again: `{command} --renew`")),
    )
}

/// What expires before the end of `--horizon`, although it was asked to last until then.
pub(super) fn short_of_horizon(
    mesh: &CheckedMesh,
    request: &Request,
    credentials: &BTreeMap<CredentialKey, CredentialPlan>,
    selected: Option<&BTreeSet<&CredentialKey>>,
    now: OffsetDateTime,
) -> Option<Diagnostic> {
    let horizon = request.renewal.horizon()?;
    let end = now.saturating_add(horizon.as_duration());
    let short = credentials
        .iter()
        .filter(|(key, plan)| selected.is_none_or(|selected| selected.contains(key)) && plan.not_after() <= end);
    let First { count, not_after, key } = First::of(short)?;
    let what = match count {
        1 => format!("1 certificate expires before that: {key}, on {}", not_after.date()),
        _ => format!("{count} certificates expire before that, the first, {key}, on {}", not_after.date()),
    };
    let trust = &mesh.mesh().trust;
    let message = format!("`--horizon {horizon}` ends on {}: {what}", end.date());
    let finding = Diagnostic::new(Code::HorizonTooFar, FieldPath::root().field("trust").field("validity"), message);
    Some(finding.help(format!(
        "lengthen `validity.server`, {}, and `validity.client`, {}: certificates expire up to a tenth earlier, and never after their CA",
        trust.server_validity, trust.client_validity
    )))
}
