//! What was found of a link -> findings in the order of causes, so that the first error is the one to mend first.
//!
//! An agent needs one endpoint that works: etcd's client connects to all of them and spreads its requests over those that
//! answer (`round_robin` in client/v3 of etcd). So a broken endpoint beside a working one is a warning. Endpoints of different
//! etcds are an error even if each works.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Severity};
use crate::etcd::Fault;
use crate::spec::Feature;
use crate::verify::Peer;

use super::attempt::{Attempt, SLOW};
use super::cluster_config::taken;
use super::expiry::Expiry;
use super::link::Link;
use super::local;
use super::reading::Reading;
use super::round::Settings;

/// Puts the findings of a link together.
pub(super) fn link(peer: &Peer, attempts: Vec<Attempt>, reading: Reading, settings: &Settings) -> Link {
    let now = settings.clock.now();
    let mut faults = endpoints(&attempts);
    faults.extend(several(&attempts, settings));
    faults.extend(reading.faults);
    faults.extend(slow(&attempts));
    // What the agent shows, and what the servers have shown, up to the anchors that were used.
    let expiry = Expiry::first(peer.chain.iter().chain(attempts.iter().flat_map(|attempt| &attempt.chain)));
    faults.extend(expiry.iter().filter_map(|expiry| Some((Severity::Warning, expiry.soon(&peer.name, now)?))));
    // The cause first, what is only told after it. Where one endpoint could not be tried, the others do not make the verdict.
    faults.sort_by_key(|(severity, fault)| (std::cmp::Reverse(*severity), fault.code != Code::CannotTry));
    let mut findings: Vec<_> = faults.iter().map(|(severity, fault)| fault.finding(&peer.file, *severity)).collect();
    let explanation = findings.first().filter(|first| first.is_error());
    if let Some(explanation) = explanation.and_then(|first| local::explains(peer, first.code, now)) {
        findings.insert(0, explanation);
    }
    let (heartbeat, announced) = (reading.heartbeat, reading.announced);
    Link { cluster: peer.name.clone(), file: peer.file.clone(), attempts, findings, heartbeat, announced, expiry }
}

/// Endpoints that do not work.
fn endpoints(attempts: &[Attempt]) -> Vec<(Severity, Fault)> {
    let some_work = attempts.iter().any(|attempt| attempt.fault.is_none());
    let faults = attempts.iter().filter_map(|attempt| attempt.fault.clone());
    if !some_work {
        return faults.map(|fault| (Severity::Error, fault)).collect();
    }
    let why =
        "another endpoint works, and agents use whichever answers: the link is ready without this one, and lost with the last";
    faults.map(|fault| (Severity::Warning, fault.because(why))).collect()
}

/// Endpoints of different etcds.
fn several(attempts: &[Attempt], settings: &Settings) -> Option<(Severity, Fault)> {
    let mut of: BTreeMap<u64, &str> = BTreeMap::new();
    for attempt in attempts {
        if let Some(id) = attempt.cluster_id {
            of.entry(id).or_insert(&attempt.endpoint);
        }
    }
    (of.len() > 1).then(|| {
        let shown = of.iter().map(|(id, endpoint)| format!("`{endpoint}` ({id:x})")).collect::<Vec<_>>().join(", ");
        let message = format!("the endpoints belong to {} different etcds: {shown}", of.len());
        let help = "name only the members of one etcd (`etcdctl member list`), or join them to one";
        let fault = Fault::new(Code::SeveralEtcds, message, help);
        // Agents before that read now this etcd, now that.
        let pinned = settings.version.has(Feature::PinnedEtcdCluster);
        let cause = "agents of this version read now one of them, now another, and take what is not there for deleted";
        (Severity::Error, if pinned { fault } else { fault.because(cause) })
    })
}

fn slow(attempts: &[Attempt]) -> Vec<(Severity, Fault)> {
    let slow = attempts.iter().filter(|attempt| attempt.fault.is_none());
    let slow = slow.filter_map(|attempt| Some((attempt, attempt.round_trip.filter(|time| *time > SLOW)?)));
    slow.map(|(attempt, time)| {
        let message = format!("`{}`: one answer takes {:.1} s", attempt.endpoint, time.as_secs_f64());
        let help = "measure the network (`ping`, `mtr`) and the etcd's disk (`etcdctl check perf`)";
        (Severity::Warning, Fault::new(Code::SlowLink, message, help))
    })
    .collect()
}

/// Adds what only shows when links are held against each other: one id, announced twice.
pub(super) fn compare(links: &mut [Link]) {
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, link) in links.iter().enumerate() {
        if let Some(id) = link.announced.filter(|id| *id != 0) {
            of.entry(id).or_default().push(index);
        }
    }
    for (id, indices) in of.into_iter().filter(|(_, indices)| indices.len() > 1) {
        let names: Vec<_> = indices.iter().filter_map(|index| links.get(*index)).map(|link| link.cluster.clone()).collect();
        for index in indices {
            let Some(link) = links.get_mut(index) else { continue };
            let Some(other) = names.iter().find(|name| **name != link.cluster) else { continue };
            let finding = taken(&link.cluster, other, id).finding(&link.file, Severity::Error);
            let errors = link.findings.iter().filter(|finding| finding.is_error()).count();
            link.findings.insert(errors, finding);
        }
    }
}

/// That a link was ready, and is not any more.
pub(super) fn went_away(link: &Link) -> Option<Diagnostic> {
    let cause = link.cause()?;
    let message = format!("the link to `{}` was ready, and is not any more: {}", link.cluster, cause.message);
    let help = cause.help.clone().unwrap_or_default();
    Some(Fault::new(Code::LinkWentAway, message, help).finding(&link.file, Severity::Error))
}
