//! The end of a CA that was made here: a warning long enough before it, and after it an error instead of leaves that no end would
//! accept.
//!
//! `lint` judges the CAs that users provide: it has their dates.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::{CA_NOTICE, CheckedMesh, RotationStep};
use crate::mesh::{ClusterName, Label, Lifetime};

use super::authority::AuthorityPlan;
use super::ca_use::is_needed;
use super::request::Request;
use super::rotation::Rotations;
use super::trust::TrustPlan;
use super::unusable::moment;

pub(super) fn findings(
    mesh: &CheckedMesh,
    etcds: &BTreeMap<ClusterName, TrustPlan>,
    authorities: &BTreeMap<Label, AuthorityPlan>,
    request: &Request,
    rotations: &Rotations,
    now: OffsetDateTime,
) -> Vec<Diagnostic> {
    let ended = |name: &Label| authorities.get(name).is_some_and(|plan| plan.has_ended(now));
    let trust = &mesh.mesh().trust;
    let horizon = request.renewal.horizon().map_or(Duration::ZERO, Lifetime::as_duration);
    let notice = CA_NOTICE.max(trust.renew_before.as_duration()).max(horizon);
    let kept = authorities.iter().filter(|(_, plan)| matches!(plan, AuthorityPlan::Kept(_)));
    let mut ends: Vec<(OffsetDateTime, &Label)> = kept.map(|(name, plan)| (plan.validity().1, name)).collect();
    ends.sort();
    let finding =
        |code, message: String, help: String| Diagnostic::new(code, FieldPath::root().field("trust"), message).help(help);
    let mut findings = Vec::new();
    let (needed, idle): (Vec<_>, Vec<_>) =
        ends.iter().filter(|(_, name)| ended(name)).partition(|(_, name)| is_needed(mesh, name, &ended));
    if let Some((end, names)) = first(&needed) {
        let help = format!(
            "no link works with it any more, so replace it in one step: `{} --create-authorities --renew`",
            request.command
        );
        findings.push(finding(Code::AuthorityEnded, format!("{names} expired on {}", moment(end)), help));
    }
    for (end, name) in idle {
        let message = format!("CA `{name}` expired on {}, and is still trusted", moment(*end));
        findings.push(finding(Code::FaultPassed, message, format!("remove `{name}` from `serverTrust` and `clientTrust`")));
    }
    // A CA that signs no longer only has to outlive what it signed before.
    let signs = |name: &Label| etcds.values().any(|trust| [&trust.server_signer, &trust.client_signer].contains(&name));
    let near = |(end, name): &&(OffsetDateTime, &Label)| !ended(name) && signs(name) && *end <= now.saturating_add(notice);
    let near: Vec<_> = ends.iter().filter(near).collect();
    if let (Some((end, names)), Some((_, name))) = (first(&near), near.first()) {
        let days = (end - now).whole_days();
        let message = format!("{names} expires on {}, in {days} days, with everything that it signed", moment(end));
        let waits = |trust: &TrustPlan| {
            let next = [(&trust.server_signer, &trust.next_server_signer), (&trust.client_signer, &trust.next_client_signer)];
            next.iter().any(|(signer, next)| signer == name && next.is_some())
        };
        // What the mesh calls it, if it has followed another one.
        let called = rotations.iter().find(|(_, record)| record.signer() == name.as_str());
        let called = called.map_or(name.as_str(), |(ca, _)| ca.as_str());
        let again = rotations.get(called).is_some_and(|record| record.step == RotationStep::Retire);
        let again = if again { " --again" } else { "" };
        let help = if etcds.values().any(waits) {
            "record what is installed, so that its successor can sign: `meshbundle rollout status` shows what is open".to_owned()
        } else {
            format!("replace it, step by step: `{} --ca {called}{again}` shows the next one", request.rotate)
        };
        findings.push(finding(Code::AuthorityNearEnd, message, help));
    }
    findings
}

/// The first CA to end of those in order, and how many there are: a mesh of 511 clusters may have as many, made on one day.
fn first(ends: &[&(OffsetDateTime, &Label)]) -> Option<(OffsetDateTime, String)> {
    let (end, name) = ends.first()?;
    let names = if ends.len() == 1 { format!("CA `{name}`") } else { format!("CA `{name}`, the first of {},", ends.len()) };
    Some((*end, names))
}
