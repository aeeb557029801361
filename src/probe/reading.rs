//! What agents read of a cluster once they are connected: rights, cluster-config, canaries, heartbeat, in that order.
//!
//! Requests that do not depend on each other go together. No value is read but those of the heartbeat and the cluster-config.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::diag::{Code, Severity};
use crate::etcd::{Client, Fault, Identity, RangeResponse, Refusal, VERIFY_CLIENTS, unwell};
use crate::mesh::Feature;
use crate::mesh::keyspace::{self, CLUSTER_CONFIGS, HEARTBEAT, Range};
use crate::verify::{ClusterConfig, Heartbeat, Own, Peer, Target};

use super::cluster_config::{judge, missing, parse};
use super::heartbeat::{Memory, Watch};
use super::settings::Settings;

/// More keys than the canaries and announcements of any cluster.
const MANY: i64 = 1024;

/// What was read, and its faults: the first error is the cause.
#[derive(Default)]
pub(super) struct RemoteReading {
    pub(super) faults: Vec<(Severity, Fault)>,
    pub(super) heartbeat: Heartbeat,
    /// The id that the cluster announces.
    pub(super) announced: Option<u32>,
}

/// Reads the etcd of one remote cluster.
pub(super) struct RemoteReader<'a> {
    pub(super) endpoint: &'a str,
    pub(super) client: &'a Client,
    pub(super) identity: &'a Identity,
    pub(super) peer: &'a Peer,
    pub(super) own: &'a Own,
    pub(super) settings: &'a Settings,
    pub(super) memory: &'a Memory,
}

/// The answers to the single requests.
struct Answers {
    config: Result<RangeResponse, Refusal>,
    one_heartbeat: Option<Result<RangeResponse, Refusal>>,
    state: Vec<(Range, Result<RangeResponse, Refusal>)>,
    canaries: Result<RangeResponse, Refusal>,
    others: Vec<String>,
    parsed: Option<Result<ClusterConfig, Fault>>,
}

impl RemoteReader<'_> {
    /// Reads the etcd; `listed` is the answer to the list request for the heartbeat.
    pub(super) async fn read(&self, listed: Result<RangeResponse, Refusal>) -> RemoteReading {
        let mut reading = RemoteReading::default();
        let Ok(answers) = timeout(self.settings.timeout, self.ask(listed.is_err())).await else {
            let late = unwell(self.endpoint, &format!("it does not answer within {} s", self.settings.timeout.as_secs()));
            reading.faults.push((Severity::Error, late));
            return reading;
        };
        if let Some(fault) = answers.broken(&listed, self.endpoint).or_else(|| self.total_denial(&answers, &listed)) {
            reading.faults.push((Severity::Error, fault));
            return reading;
        }
        reading.faults.extend(self.denied(&answers, &listed).into_iter().map(|fault| (Severity::Error, fault)));
        self.announced(&answers, &mut reading);
        let (there, prefix) = match (listed, answers.one_heartbeat) {
            (Ok(there), _) => (there, true),
            (Err(_), Some(Ok(there))) => (there, false),
            _ => return reading,
        };
        let (client, cluster, settings) = (self.client, self.peer.name.as_str(), self.settings);
        let Settings { heartbeat, ref clock, rounds, .. } = *settings;
        // The verdict is known, so there is no need to wait for it.
        let broken = reading.faults.iter().any(|(severity, _)| *severity == Severity::Error);
        let patience = if broken { Duration::ZERO } else { heartbeat };
        let watch = Watch { client, cluster, memory: self.memory, prefix, patience, clock, rounds };
        let (heartbeat, fault) = watch.wait(&there).await;
        reading.heartbeat = heartbeat;
        reading.faults.extend(fault.filter(|(_, fault)| !broken || fault.code != Code::HeartbeatUnknown));
        reading
    }

    async fn ask(&self, heartbeat_denied: bool) -> Answers {
        let (client, name) = (self.client, self.peer.name.as_str());
        let config = client.get(&keyspace::cluster_config(name).key).await;
        let value = config.as_ref().ok().and_then(|answer| answer.kvs.first());
        let parsed = value.map(|pair| parse(&pair.value, self.peer, self.settings.version));
        let known = parsed.as_ref().and_then(|parsed| parsed.as_ref().ok()).cloned().unwrap_or_default();
        let mut asked = keyspace::state(name, known.capabilities.cached, known.services());
        let canaries = keyspace::canaries(name);
        asked.push(canaries.clone());
        if heartbeat_denied {
            asked.push(Range { key: HEARTBEAT.to_owned(), prefix: false });
        }
        let announcements = Range { key: CLUSTER_CONFIGS.to_owned(), prefix: true };
        if config.is_ok() && value.is_none() {
            asked.push(announcements.clone());
        }
        let mut answers = all(client, asked).await;
        let mut take = |range: &Range| {
            let at = answers.iter().position(|(asked, _)| asked == range)?;
            Some(answers.swap_remove(at).1)
        };
        let canaries = take(&canaries).unwrap_or(Err(Refusal::Denied));
        let one_heartbeat = take(&Range { key: HEARTBEAT.to_owned(), prefix: false });
        let others = take(&announcements).and_then(Result::ok).map(|answer| below(&answer, CLUSTER_CONFIGS)).unwrap_or_default();
        answers.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
        Answers { config, one_heartbeat, state: answers, canaries, others, parsed }
    }

    /// The fault of a user that may read nothing at all.
    fn total_denial(&self, answers: &Answers, listed: &Result<RangeResponse, Refusal>) -> Option<Fault> {
        let all = [Some(listed), Some(&answers.config), answers.one_heartbeat.as_ref()].into_iter().flatten();
        let all: Vec<_> = all.chain(answers.state.iter().map(|(_, answer)| answer)).collect();
        if all.contains(&&Err(Refusal::Nameless)) {
            if self.identity.leaf().is_none() {
                return Some(self.identity.refused(self.endpoint, "asks for a user"));
            }
            let message = format!("`{}`: etcd requires a user, but gets none", self.endpoint);
            let config = &self.peer.config;
            let targets = config.endpoints.iter().filter_map(|endpoint| Target::parse(endpoint, config).ok());
            let plain = targets.filter(|target| target.text == self.endpoint).any(|target| !target.tls);
            let help = if plain {
                "serve clients with TLS, and write the endpoint with `https` and the port for clients: without TLS, no certificate \
                 is presented"
                    .to_owned()
            } else {
                format!("{VERIFY_CLIENTS}; and use a certificate with a common name")
            };
            return Some(
                Fault::new(Code::PermissionDenied, message, help).because("etcd's user is the certificate's common name"),
            );
        }
        if all.iter().any(|answer| **answer != Err(Refusal::Denied)) {
            return None;
        }
        let (user, name) = (self.identity.user().unwrap_or("USER"), &self.peer.name);
        let message =
            format!("etcd denies the user `{user}` every read: the user does not exist, or has no role with read permission");
        let help = format!(
            "{}check with `etcdctl user get {user}`; create it with `etcdctl user add {user} --no-password`, \
             `etcdctl role add {user}`, `etcdctl user grant-role {user} {user}`, and for each of {}: \
             `etcdctl role grant-permission {user} read --prefix=true PREFIX`",
            script(name, user),
            [HEARTBEAT, "cilium/state/", &keyspace::cluster_config(name).key, &keyspace::canaries(name).key]
                .map(|prefix| format!("`{prefix}`"))
                .join(", "),
        );
        Some(Fault::new(Code::PermissionDenied, message, help))
    }

    /// The faults of ranges that are denied.
    fn denied(&self, answers: &Answers, listed: &Result<RangeResponse, Refusal>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let user = self.identity.user().unwrap_or("USER");
        let grant = |range: &Range| {
            // A role of its own: which roles the user has, does not show.
            format!(
                "{}grant it: `etcdctl role add {user}`, `etcdctl role grant-permission {user} read {}`, \
                 `etcdctl user grant-role {user} {user}`",
                script(&self.peer.name, user),
                range.words()
            )
        };
        if *listed == Err(Refusal::Denied) {
            let range = keyspace::heartbeat();
            let code = if matches!(answers.one_heartbeat, Some(Ok(_))) { Code::HeartbeatOneKey } else { Code::RangeDenied };
            faults.push(Fault::new(code, format!("etcd denies the user `{user}` {}", range.shown()), grant(&range)));
        }
        let config = keyspace::cluster_config(&self.peer.name);
        let canaries = keyspace::canaries(&self.peer.name);
        let waits = answers.known().is_some_and(|known| known.capabilities.synced_canaries);
        let rest = [(&config, &answers.config)].into_iter();
        let rest = rest.chain(answers.state.iter().map(|(range, answer)| (range, answer)));
        let rest = rest.chain(waits.then_some((&canaries, &answers.canaries)));
        faults.extend(rest.filter(|(_, answer)| **answer == Err(Refusal::Denied)).map(|(range, _)| {
            Fault::new(Code::RangeDenied, format!("etcd denies the user `{user}` {}", range.shown()), grant(range))
        }));
        faults
    }

    /// Adds the faults of the cluster-config and of canaries.
    fn announced(&self, answers: &Answers, reading: &mut RemoteReading) {
        let required = self.settings.version.has(Feature::ClusterConfigRequired);
        match &answers.parsed {
            None if answers.config.is_ok() => {
                let severity = if required { Severity::Error } else { Severity::Warning };
                reading.faults.push((severity, missing(self.peer, &answers.others)));
            }
            None => {}
            Some(Err(fault)) => reading.faults.push((Severity::Error, fault.clone())),
            Some(Ok(config)) => {
                reading.announced = Some(config.id);
                reading.faults.extend(judge(config, self.peer, self.own, self.settings.version));
                reading.faults.extend(self.canaries(config, &answers.canaries).map(|fault| (Severity::Error, fault)));
            }
        }
    }

    fn canaries(&self, config: &ClusterConfig, listed: &Result<RangeResponse, Refusal>) -> Option<Fault> {
        let name = &self.peer.name;
        let listed = listed.as_ref().ok().filter(|_| config.capabilities.synced_canaries)?;
        let there = below(listed, "");
        let mut missing = keyspace::awaited_canaries(name, config.capabilities.cached, config.services());
        missing.retain(|canary| !there.contains(canary));
        (!missing.is_empty()).then(|| {
            let shown = missing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            let message = format!("the cluster-config of `{name}` has `syncedCanaries`, and agents wait for {shown}");
            let help = "start what writes them (clustermesh-apiserver, kvstoremesh), or announce the cluster without \
                        `syncedCanaries`";
            Fault::new(Code::CanariesMissing, message, help)
        })
    }
}

impl Answers {
    fn known(&self) -> Option<&ClusterConfig> {
        self.parsed.as_ref()?.as_ref().ok()
    }

    /// The fault of an etcd that stopped answering in between.
    fn broken(&self, listed: &Result<RangeResponse, Refusal>, endpoint: &str) -> Option<Fault> {
        let all = [listed, &self.config, &self.canaries].into_iter().chain(self.state.iter().map(|(_, answer)| answer));
        let mut broken = all.filter_map(|answer| match answer {
            Err(refusal) if refusal.is_broken() => Some(refusal.to_string()),
            _ => None,
        });
        broken.next().map(|what| unwell(endpoint, &what))
    }
}

/// Asks for all ranges at once. Of prefixes only the keys are asked for, and of state only the first.
async fn all(client: &Client, ranges: Vec<Range>) -> Vec<(Range, Result<RangeResponse, Refusal>)> {
    let mut requests = JoinSet::new();
    for range in ranges {
        let client = client.clone();
        requests.spawn(async move {
            let answer = if range.prefix {
                let many = range.key == CLUSTER_CONFIGS || range.key.starts_with("cilium/synced/");
                client.list(&range.key, if many { MANY } else { 1 }, true).await
            } else {
                client.get(&range.key).await
            };
            (range, answer)
        });
    }
    let mut answers = Vec::new();
    while let Some(joined) = requests.join_next().await {
        answers.extend(joined.ok());
    }
    answers
}

/// The script that creates the users and rights for the readers of the etcd of `name`, where `user` is one of them.
fn script(name: &str, user: &str) -> String {
    format!("run `bundles/{name}/etcd/etcd-auth.sh` of `{name}`, the cluster that is read, if it lists `{user}`; otherwise ")
}

/// The keys below `prefix`, without it.
fn below(answer: &RangeResponse, prefix: &str) -> Vec<String> {
    let keys = answer.kvs.iter().map(|pair| String::from_utf8_lossy(&pair.key).into_owned());
    keys.map(|key| key.strip_prefix(prefix).unwrap_or(&key).to_owned()).collect()
}
