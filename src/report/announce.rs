//! What `announce --check` reports: whether remote agents find both keys.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::announce::{Announcement, Health};

use super::value::Timestamp;

/// The report of `announce --check`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "announce")]
pub struct AnnounceReport<'a> {
    /// Version of this shape; a new key does not raise it, a changed one does.
    format: u32,
    /// When it was looked at.
    at: Timestamp,
    /// Whether remote agents find both keys right and fresh.
    healthy: bool,
    /// The cluster-config.
    cluster_config: ConfigView<'a>,
    /// The heartbeat.
    heartbeat: AnnouncedHeartbeat<'a>,
}

/// The cluster-config of the cluster.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ClusterConfig")]
struct ConfigView<'a> {
    /// Its key in the etcd.
    key: String,
    /// Whether it is what the cluster's agents are configured with.
    right: bool,
    /// The id in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    /// Why it is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// The heartbeat of the cluster.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AnnouncedHeartbeat<'a> {
    /// Whether remote agents stay connected with it.
    fresh: bool,
    /// The time in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Timestamp>,
    /// How old that is by this machine's clock; negative if it is in the future.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<i64>,
    /// Whether it changed while it was watched, which is done only if it looks old by its time.
    moved: bool,
    /// Why it is not fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> AnnounceReport<'a> {
    /// The report of what `announcement` found at `now`.
    pub fn of(announcement: &Announcement, health: &'a Health, now: OffsetDateTime) -> Self {
        let (config, heartbeat) = (&health.config, &health.heartbeat);
        Self {
            format: 1,
            at: now.into(),
            healthy: health.is_good(),
            cluster_config: ConfigView {
                key: announcement.key(),
                right: config.wrong.is_none(),
                id: config.id,
                message: config.wrong.as_deref(),
            },
            heartbeat: AnnouncedHeartbeat {
                fresh: heartbeat.wrong.is_none(),
                value: heartbeat.value.map(Timestamp::from),
                age_seconds: heartbeat.age,
                moved: heartbeat.moved,
                message: heartbeat.wrong.as_deref(),
            },
        }
    }
}
