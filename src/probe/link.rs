//! Tries one remote cluster through all of its endpoints.

use tokio::task::JoinSet;

use crate::diag::Code;
use crate::etcd::{Fault, Identity};

use super::attempt::{self, Attempt};
use super::link_probe::LinkProbe;
use super::local;
use super::reading::{RemoteReader, RemoteReading};
use super::shared::Shared;
use super::verdict;

/// Tries the link to the peer at `index`.
pub(super) async fn probe_link(shared: &Shared, index: usize) -> Option<LinkProbe> {
    let peer = shared.peers.get(index)?;
    let now = shared.settings.clock.now();
    let link = |attempts, reading: RemoteReading| verdict::link(peer, attempts, reading, &shared.settings);
    if let Some(blocked) = &peer.blocked {
        let untried = link(Vec::new(), RemoteReading::default());
        return Some(LinkProbe { findings: vec![(**blocked).clone()], ..untried });
    }
    if let Some(fault) = local::relative(peer) {
        return Some(link(Vec::new(), broken(fault)));
    }
    let identity = match Identity::of(peer, now) {
        Ok(identity) => identity,
        Err(fault) => return Some(link(Vec::new(), broken(fault))),
    };
    if peer.config.endpoints.is_empty() {
        let message = format!("the config of `{}` has no endpoint", peer.name);
        let fault = Fault::new(Code::NothingToProbe, message, "install the bundle again; `meshbundle verify` reports more");
        return Some(link(Vec::new(), broken(fault)));
    }
    let attempts = attempts(shared, index, &identity).await;
    let reading = match attempts.iter().find_map(|attempt| Some((attempt, attempt.client.as_ref()?, attempt.heartbeat.as_ref()?)))
    {
        Some(_) if peer.config.username.is_some() => {
            let user = peer.config.username.as_ref().map(ToString::to_string).unwrap_or_default();
            let message = format!("the config logs in as `{user}` with a password, which meshbundle does not use");
            let help = "use the client certificate's user: remove `username` and `password` from the config";
            broken(Fault::new(Code::CannotTry, message, help).because("a password takes precedence over the certificate's name"))
        }
        Some((attempt, client, heartbeat)) => {
            let (endpoint, own, settings) = (attempt.endpoint.as_str(), shared.own.as_ref(), &shared.settings);
            let reader = RemoteReader { endpoint, client, identity: &identity, peer, own, settings, memory: &shared.memory };
            reader.read(heartbeat.clone()).await
        }
        None => RemoteReading::default(),
    };
    Some(link(attempts, reading))
}

fn broken(fault: Fault) -> RemoteReading {
    RemoteReading { faults: vec![(fault.code.entry().severity, fault)], ..RemoteReading::default() }
}

/// All endpoints at once, in the order of the config.
async fn attempts(shared: &Shared, index: usize, identity: &Identity) -> Vec<Attempt> {
    let mut running = JoinSet::new();
    let endpoints = shared.peers.get(index).map_or(0, |peer| peer.config.endpoints.len());
    for number in 0..endpoints {
        let (shared, identity) = (shared.clone(), identity.clone());
        running.spawn(async move { (number, attempt::attempts(shared, index, number, identity).await) });
    }
    let mut attempts = running.join_all().await;
    attempts.sort_by_key(|(number, _)| *number);
    attempts.into_iter().flat_map(|(_, attempts)| attempts).collect()
}
