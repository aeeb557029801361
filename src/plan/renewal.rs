//! When a leaf is due, and the warning about those that are kept all the same.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::CheckedMesh;

use super::credential::{CredentialAction, CredentialKey, CredentialPlan};

/// Whether a leaf that ends at `not_after`, Unix seconds, is due.
pub(super) fn is_due(renew_before: time::Duration, not_after: i64, now: OffsetDateTime) -> bool {
    not_after.saturating_sub(renew_before.whole_seconds()) <= now.unix_timestamp()
}

/// One warning for all leaves that end soon: 65,000 would hide everything else.
pub(super) fn warning(
    mesh: &CheckedMesh,
    command: &str,
    credentials: &BTreeMap<CredentialKey, CredentialPlan>,
    now: OffsetDateTime,
) -> Option<Diagnostic> {
    let before = mesh.mesh().trust.renew_before;
    let due = credentials.iter().filter_map(|(key, plan)| match &plan.action {
        CredentialAction::Keep { not_after, .. } if is_due(before.as_duration(), *not_after, now) => {
            Some((plan.not_after(), key))
        }
        CredentialAction::Keep { .. } | CredentialAction::Issue { .. } => None,
    });
    let (count, first) =
        due.fold((0, None), |(count, first): (usize, Option<_>), next| (count + 1, first.into_iter().chain([next]).min()));
    let (not_after, key) = first?;
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
