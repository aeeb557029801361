//! What the KVStoreMesh of a Helm cluster does, and since when: the record of it.

use serde::{Deserialize, Serialize};

/// What KVStoreMesh does for the agents of a Helm cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KvstoremeshPhase {
    /// It does not run.
    Off,
    /// It runs, and agents read the remote clusters by themselves.
    Beside,
    /// Agents read what it has read.
    Read,
}

/// The phase, and since when parts of it are as they are. Revisions are 0 for what was so from the first run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KvstoremeshRecord {
    /// What it does.
    pub phase: KvstoremeshPhase,
    /// The revision since which it runs, or does not.
    pub runs_since: u64,
    /// The revision since which agents read it, or the remote clusters by themselves.
    pub read_since: u64,
    /// The revision since which the plan waits for the word that it has read every remote cluster.
    pub asked_since: u64,
}

impl KvstoremeshRecord {
    /// That a run after the backup of a restored state, which counts as `revision`, has written `phase`.
    pub(super) const fn written(phase: KvstoremeshPhase, revision: u64) -> Self {
        Self { phase, runs_since: revision, read_since: revision, asked_since: 0 }
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.phase != KvstoremeshPhase::Off
    }

    /// Whether agents read what it has read.
    pub fn is_read(&self) -> bool {
        self.phase == KvstoremeshPhase::Read
    }

    /// Whether agents are to read it once it has read every remote cluster.
    pub(super) fn is_filling(&self) -> bool {
        self.phase == KvstoremeshPhase::Beside && self.asked_since > self.read_since
    }
}
