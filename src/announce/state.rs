//! The announcer's state as text: one line for each change, not for each round.

use std::fmt;

use super::session::Trouble;

/// The state of the announcer.
#[derive(Debug, Clone)]
pub(super) enum AnnouncerState {
    /// This announcer writes the keys.
    Announcing {
        /// The cluster.
        what: String,
    },
    /// Another process writes the heartbeat.
    StandingBy {
        /// The cluster.
        what: String,
    },
    /// The etcd has, or had, another cluster's cluster-config under this cluster's name.
    Wrong {
        /// Why nothing is written.
        why: String,
        /// The cluster.
        what: String,
    },
    /// The etcd cannot be reached, or denies the user.
    Cannot(Trouble),
}

impl AnnouncerState {
    /// Whether there is nothing new to report. The messages of one kind of trouble may differ between attempts.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cannot(one), Self::Cannot(other)) => one.kind == other.kind,
            (Self::Wrong { why: one, .. }, Self::Wrong { why: other, .. }) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether the last round succeeded, with nothing to fix.
    pub(super) fn is_well(&self) -> bool {
        matches!(self, Self::Announcing { .. } | Self::StandingBy { .. })
    }

    /// The line for the change from `before` to this state.
    pub(super) fn describe(&self, before: Option<&Self>) -> String {
        match (self, before) {
            (Self::Announcing { .. }, Some(Self::StandingBy { .. })) => {
                format!("{self}: the other writer of the heartbeat has stopped")
            }
            (_, Some(before)) if self.is_well() && !before.is_well() => format!("again {self}"),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for AnnouncerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Announcing { what } => write!(f, "announcing {what}"),
            Self::StandingBy { what } => {
                write!(f, "standing by for {what}: an operator or another announcer writes the heartbeat")
            }
            Self::Wrong { why, what } => write!(f, "not announcing {what}: {why}"),
            Self::Cannot(trouble) => write!(f, "cannot announce: {trouble}"),
        }
    }
}
