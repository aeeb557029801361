//! Decides how much a fault of an endpoint or address harms an agent.
//!
//! etcd's client connects with all endpoints and spreads its requests over those that are connected (`round_robin` in client/v3).
//! An endpoint that is not connected does no harm while another one is. One that is connected and cannot answer does: agents list
//! in pages, a page goes to the next endpoint, and is not requested again elsewhere (Cilium's interceptor replaces etcd's retry).
//! Of a name's addresses the client keeps the first that accepts TCP, even if it fails later.

use std::collections::BTreeMap;

use crate::diag::{Code, Severity};
use crate::etcd::{Fault, Refusal, VERIFY_CLIENTS};
use crate::mesh::Feature;

use super::attempt::{Attempt, Depth, SLOW};
use super::settings::Settings;

/// A fault with its severity.
type Said = (Severity, Fault);

/// The faults of all endpoints.
pub(super) fn judge(attempts: &[Attempt], settings: &Settings) -> Vec<Said> {
    let endpoints: Vec<&[Attempt]> = attempts.chunk_by(|one, other| one.endpoint == other.endpoint).collect();
    let mut said = Vec::new();
    for endpoint in &endpoints {
        let another = endpoints.iter().any(|other| !std::ptr::eq(*other, *endpoint) && works(other));
        for attempt in *endpoint {
            said.extend(broken(attempt, endpoint, another));
        }
    }
    said.extend(attempts.iter().filter_map(fickle));
    said.extend(denied(attempts));
    said.extend(several(attempts, settings));
    said.extend(attempts.iter().filter(|attempt| attempt.open_to_all).map(|attempt| (Severity::Warning, open(attempt))));
    said.extend(attempts.iter().filter_map(slow));
    said
}

/// The addresses that an agent may keep.
fn kept_addresses(endpoint: &[Attempt]) -> Vec<&Attempt> {
    let accept = endpoint.iter().filter(|attempt| attempt.reached > Depth::Nowhere);
    let fixed = endpoint.first().is_some_and(|first| first.fixed_order);
    accept.take(if fixed { 1 } else { usize::MAX }).collect()
}

/// Whether an agent can use an endpoint, whichever of its addresses it keeps.
fn works(endpoint: &[Attempt]) -> bool {
    let kept = kept_addresses(endpoint);
    !kept.is_empty() && kept.iter().all(|attempt| attempt.fault.is_none())
}

/// An address that does not work.
fn broken(attempt: &Attempt, endpoint: &[Attempt], another: bool) -> Option<Said> {
    let fault = attempt.fault.clone()?;
    let kept = kept_addresses(endpoint);
    let may_be_kept = kept.is_empty() || kept.iter().any(|one| one.address == attempt.address);
    let severity = match (attempt.reached, may_be_kept, another) {
        (Depth::Connected, true, _) => {
            let why = "agents connect to it, and every request there fails; they list in pages over all endpoints that are \
                       connected, and do not request a page again";
            return Some((Severity::Error, if fault.cause.is_some() { fault } else { fault.because(why) }));
        }
        (_, true, false) => {
            let several = kept.len() > 1 && kept.iter().any(|one| one.fault.is_none());
            let why = "agents keep the first address that accepts TCP, even if it fails later, and which one that is varies";
            return Some((Severity::Error, if several { fault.because(why) } else { fault }));
        }
        (_, true, true) => fault
            .because("another endpoint works, and agents use those that answer: the link stays ready while at least one works"),
        (_, false, _) => fault.because("agents use another address of this name first, and this one when that one is down"),
    };
    Some((Severity::Warning, severity))
}

/// The fault of further connections to the address.
fn fickle(attempt: &Attempt) -> Option<Said> {
    let (depth, fault) = attempt.fickle.clone()?;
    let why = "one of several connections to this address failed: a balancer leads them to different servers";
    let severity = if depth == Depth::Connected { Severity::Error } else { Severity::Warning };
    Some((severity, fault.because(why)))
}

/// An endpoint that denies what another one allows.
fn denied(attempts: &[Attempt]) -> Vec<Said> {
    let denies = |attempt: &&Attempt| matches!(attempt.heartbeat, Some(Err(Refusal::Denied | Refusal::Nameless)));
    if !attempts.iter().any(|attempt| matches!(attempt.heartbeat, Some(Ok(_)))) {
        return Vec::new();
    }
    let fault = |attempt: &Attempt| {
        let message = format!("`{}` denies what another endpoint allows", attempt.endpoint);
        let help = "point the endpoint to a member of the same etcd, without a proxy that terminates TLS";
        let why = "every request of agents there fails, and they do not repeat a page at another endpoint";
        (Severity::Error, Fault::new(Code::PermissionDenied, message, help).because(why))
    };
    attempts.iter().filter(denies).map(fault).collect()
}

/// Several etcds behind the endpoints.
fn several(attempts: &[Attempt], settings: &Settings) -> Option<Said> {
    let mut of: BTreeMap<u64, &Attempt> = BTreeMap::new();
    for attempt in attempts {
        for id in &attempt.clusters {
            of.entry(*id).or_insert(attempt);
        }
    }
    if of.len() < 2 {
        return None;
    }
    let at = |attempt: &Attempt| attempt.address.map_or_else(String::new, |address| format!(" at {address}"));
    let shown: Vec<_> = of.iter().map(|(id, attempt)| format!("`{}`{} ({id:x})", attempt.endpoint, at(attempt))).collect();
    let message = format!("the endpoints lead to {} different etcds: {}", of.len(), shown.join(", "));
    let one_address = attempts.iter().any(|attempt| attempt.clusters.len() > 1);
    let help = if one_address {
        "let the balancer lead one address to the members of one etcd only (`etcdctl member list`)"
    } else {
        "name only the members of one etcd (`etcdctl member list`), or join them to one"
    };
    let fault = Fault::new(Code::SeveralEtcds, message, help);
    // Older agents read from each of the etcds in turn.
    let pinned = settings.version.has(Feature::PinnedEtcdCluster);
    let cause = "agents of this version read from all of them in turn, and take keys that one does not have for deleted";
    Some((Severity::Error, if pinned { fault } else { fault.because(cause) }))
}

fn open(attempt: &Attempt) -> Fault {
    let message = format!("`{}`: the server does not request a client certificate", attempt.endpoint);
    let help = format!("{VERIFY_CLIENTS}; a balancer that terminates TLS has to verify clients itself");
    Fault::new(Code::NoCertificateAsked, message, help)
}

fn slow(attempt: &Attempt) -> Option<Said> {
    let time = attempt.round_trip.filter(|time| *time > SLOW && attempt.fault.is_none())?;
    let message = format!("`{}`: one answer takes {:.1} s", attempt.endpoint, time.as_secs_f64());
    let help = "measure the network (`ping`, `mtr`) and the etcd's disk (`etcdctl check perf`)";
    Some((Severity::Warning, Fault::new(Code::SlowLink, message, help)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::{Attempt, Code, Depth, Fault, Settings, Severity, judge};
    use crate::mesh::CiliumVersion;
    use crate::probe::{Clock, Rounds};

    fn attempt(endpoint: &str, address: &str, reached: Depth, good: bool, fixed_order: bool) -> Attempt {
        let fault = (!good).then(|| Fault::new(Code::NoAnswer, address, "help"));
        let address = address.parse().ok();
        Attempt { endpoint: endpoint.to_owned(), address, reached, fault, fixed_order, ..Attempt::default() }
    }

    fn severities(attempts: &[Attempt]) -> Vec<Severity> {
        let (timeout, heartbeat) = (Duration::ZERO, Duration::ZERO);
        let clock = Clock::starting(datetime!(2026-11-21 12:00:00 UTC));
        let settings = Settings { version: CiliumVersion::NEWEST, timeout, heartbeat, clock, rounds: Rounds::One };
        judge(attempts, &settings).into_iter().map(|(severity, _)| severity).collect()
    }

    /// Depths of the addresses of one name, where all but those that are good have a fault.
    fn named(addresses: &[(Depth, bool)], fixed: bool) -> Vec<Severity> {
        let one = |(number, (reached, good)): (usize, &(Depth, bool))| {
            attempt("https://name:2379", &format!("10.0.0.{number}:2379"), *reached, *good, fixed)
        };
        severities(&addresses.iter().enumerate().map(one).collect::<Vec<_>>())
    }

    #[test]
    fn what_fails_after_http2_breaks_the_link_what_fails_before_does_not() {
        let beside = |reached| {
            let good = attempt("https://a:1", "10.0.0.1:1", Depth::Connected, true, true);
            severities(&[good, attempt("https://b:1", "10.0.0.2:1", reached, false, true)])
        };
        assert_eq!(beside(Depth::Nowhere), [Severity::Warning]);
        assert_eq!(beside(Depth::Accepted), [Severity::Warning]);
        assert_eq!(beside(Depth::Connected), [Severity::Error]);
        assert_eq!(severities(&[attempt("https://b:1", "10.0.0.2:1", Depth::Nowhere, false, true)]), [Severity::Error]);
    }

    #[test]
    fn of_a_names_addresses_the_first_that_accepts_decides() {
        use Depth::{Accepted, Connected, Nowhere};
        use Severity::{Error, Warning};
        let (good, mute, refused) = ((Connected, true), (Accepted, false), (Nowhere, false));
        assert_eq!(named(&[good, mute], true), [Warning]);
        assert_eq!(named(&[mute, good], true), [Error]);
        assert_eq!(named(&[refused, good], true), [Warning]);
        assert_eq!(named(&[good, (Connected, false)], true), [Warning]);
        // Where the order is another every time, each of them may be the first.
        assert_eq!(named(&[good, mute], false), [Error]);
        assert_eq!(named(&[refused, good], false), [Warning]);
        assert_eq!(named(&[refused, refused], false), [Error, Error]);
    }
}
