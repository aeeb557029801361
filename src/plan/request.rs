//! What the user said on the command line, as far as it decides anything.

use std::collections::BTreeSet;
use std::fmt;

use crate::mesh::Lifetime;

use super::selector::Selector;

/// What was asked for beside the mesh itself.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// CAs that do not exist yet may be created.
    pub create_authorities: bool,
    /// Which leaves are issued again.
    pub renewal: Renewal,
    /// What may go.
    pub remove: BTreeSet<Removal>,
    /// Units that the first run after a backup was restored does without.
    pub without: Vec<Selector>,
    /// The step of a rotation that is taken.
    pub rotation: Option<Rotation>,
    /// Units whose certificates are revoked: what they carry is issued again, with new keys.
    pub revoke: Vec<Selector>,
    /// The command line that generates, without options that decide anything: helps that name a command begin with it.
    pub command: String,
    /// The one that records for this mesh, without what it records.
    pub record: String,
    /// The one that rotates CAs of this mesh, without the CA.
    pub rotate: String,
}

/// Which leaves are issued again that the mesh alone would keep.
#[derive(Debug, Clone, Default)]
pub struct Renewal {
    /// For what reasons.
    pub reissue: Reissue,
    /// Only leaves that one of these carries; all, if there are none.
    pub only: Vec<Selector>,
}

/// For what reasons a leaf is issued again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reissue {
    /// None: each is kept until it has expired.
    #[default]
    Nothing,
    /// It is due, or it cannot be used.
    Due {
        /// How far ahead of now it has to be due.
        horizon: Option<Lifetime>,
    },
    /// It is selected.
    Everything,
}

/// A step of the rotation of a CA.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The CA that another one follows, by its name in the mesh.
    pub ca: String,
    /// The CA that follows, if the user provides it.
    pub to: Option<String>,
    /// Forward or back.
    pub turn: Turn,
    /// Whether a CA may be replaced once more.
    pub again: bool,
    /// Units that the step does not wait for.
    pub without: Vec<Selector>,
}

/// Which way a rotation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It takes the next step.
    Next,
    /// It takes the last step back.
    Back,
}

impl Request {
    /// Whether this cluster may go.
    pub(super) fn removes_cluster(&self, name: &str) -> bool {
        self.remove.contains(&Removal::Cluster(name.to_owned()))
    }
}

impl Renewal {
    /// Whether everything is issued again that needs it, CAs included.
    pub(super) fn is_general(&self) -> bool {
        self.reissue != Reissue::Nothing && self.only.is_empty()
    }

    /// How far ahead of now it is judged what is due.
    pub(super) fn horizon(&self) -> Option<Lifetime> {
        match self.reissue {
            Reissue::Due { horizon } => horizon,
            Reissue::Nothing | Reissue::Everything => None,
        }
    }
}

/// Something that may go, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removal {
    /// A cluster with all its links.
    Cluster(String),
    /// The link between two clusters that stay, both directions; names in order.
    Link(String, String),
    /// What a field of a cluster's etcd has brought, such as the credentials of `localClients`.
    Field(String, String),
}

impl Removal {
    /// Reads `NAME`, `NAME/NAME` or `NAME:FIELD`.
    pub fn new(text: &str) -> Self {
        if let Some((cluster, field)) = text.split_once(':') {
            return Self::Field(cluster.to_owned(), field.to_owned());
        }
        match text.split_once('/') {
            Some((a, b)) if a <= b => Self::Link(a.to_owned(), b.to_owned()),
            Some((a, b)) => Self::Link(b.to_owned(), a.to_owned()),
            None => Self::Cluster(text.to_owned()),
        }
    }
}

impl fmt::Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(name) => f.write_str(name),
            Self::Link(a, b) => write!(f, "{a}/{b}"),
            Self::Field(cluster, field) => write!(f, "{cluster}:{field}"),
        }
    }
}
