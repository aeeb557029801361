//! Checks on request whether both keys are as remote agents need them. It only reads, with the announcer's credential.

use std::io;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::etcd::{RangeResponse, Refusal};
use crate::mesh::CiliumVersion;
use crate::mesh::keyspace::{HEARTBEAT, HEARTBEAT_PATIENCE};
use crate::verify::{ClusterConfig, Heartbeat, Pulse};

use super::announcement::Announcement;
use super::round::{denied, found, missing_common_name};
use super::session::{EtcdSource, Open, Session, Trouble};

/// The time limit for reading both keys.
const ANSWER: Duration = Duration::from_secs(10);

/// The state of the keys as remote agents see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The cluster-config.
    pub config: ConfigHealth,
    /// The heartbeat.
    pub heartbeat: HeartbeatHealth,
}

/// The cluster-config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigHealth {
    /// The id in it.
    pub id: Option<u32>,
    /// Why agents would reject it for this cluster.
    pub wrong: Option<String>,
}

/// The heartbeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeartbeatHealth {
    /// The time in it.
    pub value: Option<OffsetDateTime>,
    /// Its age by this machine's clock, in seconds; negative if it is ahead.
    pub age: Option<i64>,
    /// Whether it was written while it was watched.
    pub moved: bool,
    /// Why agents would close the connection.
    pub wrong: Option<String>,
}

impl Health {
    /// Whether remote agents get and stay ready, as far as these keys go.
    pub fn is_good(&self) -> bool {
        self.config.wrong.is_none() && self.heartbeat.wrong.is_none()
    }
}

/// Reads both keys once, and waits for the next heartbeat where its time does not show whether it is recent.
///
/// # Errors
/// Why they could not be read.
pub fn check(
    announcement: &Announcement,
    source: &EtcdSource<'_>,
    now: &dyn Fn() -> OffsetDateTime,
) -> io::Result<Result<Health, Trouble>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        let open = Session::new(source, now).open().await?;
        let read = async { (open.client.get(HEARTBEAT).await, open.client.get(&announcement.key()).await) };
        let (beat, config) = timeout(ANSWER, read).await.map_err(|_| open.late(ANSWER))?;
        let key = announcement.key();
        let rights: Vec<_> = [(HEARTBEAT, &beat), (key.as_str(), &config)]
            .into_iter()
            .filter(|(_, answer)| **answer == Err(Refusal::Denied))
            .map(|(key, _)| ("read", key))
            .collect();
        if !rights.is_empty() {
            return Err(denied(open.user(), &rights));
        }
        let trouble = |refusal: Refusal| match refusal {
            Refusal::Nameless => missing_common_name(),
            refusal => open.trouble(&refusal),
        };
        let config = self::config(announcement, config.map_err(trouble)?);
        let heartbeat = heartbeat(&open, beat.map_err(trouble)?, config.wrong.is_none(), now).await;
        Ok(Health { config, heartbeat })
    }))
}

fn config(announcement: &Announcement, answer: RangeResponse) -> ConfigHealth {
    let Some(found) = found(answer) else {
        return ConfigHealth { id: None, wrong: Some("it does not exist".to_owned()) };
    };
    match ClusterConfig::parse(&found.value, CiliumVersion::NEWEST) {
        Ok(config) => ConfigHealth { id: Some(config.id), wrong: announcement.refusal(&config) },
        Err(reason) => ConfigHealth { id: None, wrong: Some(format!("agents cannot read it: {reason}")) },
    }
}

async fn heartbeat(open: &Open, answer: RangeResponse, patient: bool, now: &dyn Fn() -> OffsetDateTime) -> HeartbeatHealth {
    let revision = answer.header.as_ref().map_or(0, |header| header.revision + 1);
    let Some(written) = found(answer) else {
        return HeartbeatHealth { wrong: Some("it does not exist".to_owned()), ..HeartbeatHealth::default() };
    };
    let there = Heartbeat::read(&written.value, now());
    let health = |beat: &Heartbeat, moved, wrong| HeartbeatHealth { value: beat.value, age: beat.age, moved, wrong };
    if there.pulse(Duration::ZERO) == Pulse::Beating {
        return health(&there, false, None);
    }
    if !patient {
        return health(&there, false, Some(dated(&there)));
    }
    // Clocks differ, or nothing writes it: only a new heartbeat shows which.
    let moves = async { open.client.watch(HEARTBEAT, false, revision).await?.next_put().await };
    match timeout(HEARTBEAT_PATIENCE.unsigned_abs(), moves).await {
        Ok(Ok(pair)) => health(&Heartbeat::read(&pair.value, now()), true, None),
        Ok(Err(refusal)) => health(&there, false, Some(format!("the connection failed: {refusal}"))),
        Err(_) => {
            let wrong = format!("{}, and has not changed for {} s", dated(&there), HEARTBEAT_PATIENCE.whole_seconds());
            health(&there, false, Some(wrong))
        }
    }
}

fn dated(there: &Heartbeat) -> String {
    match there.age {
        Some(age) if age < 0 => format!("it is {} s ahead of this clock", age.abs()),
        Some(age) => format!("it is {age} s old"),
        None => "it has no time".to_owned(),
    }
}
