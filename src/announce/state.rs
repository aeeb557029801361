//! How it stands, in words: a line for each change, and never one for each round.

use std::fmt;

use super::session::Trouble;

/// How it stands.
#[derive(Debug, Clone)]
pub(super) enum AnnouncerState {
    /// We write.
    Announcing {
        /// The cluster.
        what: String,
    },
    /// Somebody else does.
    StandingBy {
        /// The cluster.
        what: String,
    },
    /// The etcd announces another cluster under our name, or did.
    Wrong {
        /// Why nothing is written.
        why: String,
        /// The cluster.
        what: String,
    },
    /// The etcd is not reached, or does not let us.
    Cannot(Trouble),
}

impl AnnouncerState {
    /// Whether there is nothing new to tell. Troubles of one kind differ in their words from one try to the next.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cannot(one), Self::Cannot(other)) => one.kind == other.kind,
            (Self::Wrong { why: one, .. }, Self::Wrong { why: other, .. }) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether a round has come to its end, with nothing to mend.
    pub(super) fn is_well(&self) -> bool {
        matches!(self, Self::Announcing { .. } | Self::StandingBy { .. })
    }

    /// The line for the change from `before` to this.
    pub(super) fn describe(&self, before: Option<&Self>) -> String {
        match (self, before) {
            (Self::Announcing { .. }, Some(Self::StandingBy { .. })) => {
                format!("{self}: whoever else wrote the heartbeat does not any more")
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
                write!(f, "standing by for {what}: somebody else writes the heartbeat, an operator or another announcer")
            }
            Self::Wrong { why, what } => write!(f, "not announcing {what}: {why}"),
            Self::Cannot(trouble) => write!(f, "cannot announce: {trouble}"),
        }
    }
}
