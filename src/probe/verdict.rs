//! Orders the findings of a link by cause, so that the first error is the one to fix first.

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, Severity};
use crate::etcd::Fault;
use crate::verify::{Expiry, Overlap, Peer, RENEW, SOON};

use super::attempt::Attempt;
use super::cluster_config::id_in_use;
use super::endpoints;
use super::link_probe::LinkProbe;
use super::local;
use super::reading::RemoteReading;
use super::settings::Settings;

/// Puts the findings of a link together.
pub(super) fn link(peer: &Peer, attempts: Vec<Attempt>, reading: RemoteReading, settings: &Settings) -> LinkProbe {
    let now = settings.clock.now();
    let mut faults = endpoints::judge(&attempts, settings);
    faults.extend(reading.faults);
    let expiry = Expiry::of_link(peer, attempts.iter().flat_map(|attempt| &attempt.chain));
    let soon = expiry.as_ref().filter(|expiry| expiry.is_soon(now, SOON));
    faults.extend(soon.map(|expiry| (Severity::Warning, expires_soon(expiry, &peer.name, now))));
    // Errors come before warnings. If one endpoint could not be tried, that is the verdict; if they lead to different etcds, other
    // errors follow from it.
    let rank = |code| [Code::CannotTry, Code::SeveralEtcds].iter().position(|first| *first == code).unwrap_or(2);
    faults.sort_by_key(|(severity, fault)| (std::cmp::Reverse(*severity), rank(fault.code)));
    let mut findings: Vec<_> = faults.iter().map(|(severity, fault)| fault.finding(&peer.file, *severity)).collect();
    let explanation = findings.first().filter(|first| first.is_error());
    if let Some(explanation) = explanation.and_then(|first| local::explains(peer, first.code, now)) {
        findings.insert(0, explanation);
    }
    // Agents that run have read other CAs than probe has.
    findings.extend(peer.local.iter().filter(|finding| finding.code == Code::AnchorsChanged).cloned());
    let (heartbeat, announced) = (reading.heartbeat, reading.announced);
    let overlap = Overlap::of(&peer.anchors, &peer.chain, attempts.iter().map(|attempt| attempt.chain.as_slice()));
    LinkProbe { cluster: peer.name.clone(), file: peer.file.clone(), attempts, findings, heartbeat, announced, expiry, overlap }
}

/// The fault of a link that expires soon.
fn expires_soon(expiry: &Expiry, cluster: &str, now: OffsetDateTime) -> Fault {
    let message = format!("the certificate `{}` of the link to `{cluster}` expires {}", expiry.label, expiry.when(now));
    Fault::new(Code::EndsSoon, message, RENEW)
}

/// Adds the fault of two clusters that announce the same id to both links. Returns whether it has changed the earlier one.
pub(super) fn compare(earlier: &mut LinkProbe, later: &mut LinkProbe) -> bool {
    let Some(id) = later.announced.filter(|id| *id != 0 && earlier.announced == Some(*id)) else { return false };
    let names = [earlier.cluster.clone(), later.cluster.clone()];
    let known = |link: &LinkProbe| link.findings.iter().any(|finding| finding.code == Code::ClusterConfigWrong);
    let add = |link: &mut LinkProbe, other: &str| {
        let finding = id_in_use(&link.cluster, other, id).finding(&link.file, Severity::Error);
        let errors = link.findings.iter().filter(|finding| finding.is_error()).count();
        link.findings.insert(errors, finding);
    };
    let [first, second] = &names;
    if !known(later) {
        add(later, first);
    }
    if known(earlier) {
        return false;
    }
    add(earlier, second);
    true
}

/// The finding of a link that was ready and is not any more. A link that cannot be judged has not failed.
pub(super) fn went_away(link: &LinkProbe) -> Option<Diagnostic> {
    let cause = link.cause().filter(|cause| !matches!(cause.code, Code::HeartbeatUnknown | Code::CannotTry))?;
    let message = format!("the link to `{}` was ready and failed: {} {}", link.cluster, cause.code, cause.message);
    let help = cause.help.clone().unwrap_or_default();
    Some(Fault::new(Code::LinkWentAway, message, help).finding(&link.file, Severity::Error))
}
