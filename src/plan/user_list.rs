//! The users that a wave names. They are listed while they are printed: a plan may have tens of millions.

use std::borrow::Cow;
use std::cmp::Reverse;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::etcd_users::EtcdUsers;

/// Users of an etcd, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserList {
    /// Those that came together; each is in one of these.
    parts: Vec<EtcdUsers>,
}

impl UserList {
    /// All `users`, by the revision at which each `came`.
    pub(super) fn newest_first(users: &EtcdUsers, came: impl Fn(&str) -> u64) -> Self {
        Self { parts: users.split(|user| Reverse(came(user))).into_values().collect() }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(EtcdUsers::is_empty)
    }

    /// Each user.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(EtcdUsers::iter)
    }
}

impl From<EtcdUsers> for UserList {
    /// Users that came together.
    fn from(users: EtcdUsers) -> Self {
        Self { parts: vec![users] }
    }
}

impl Serialize for UserList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl JsonSchema for UserList {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        <Vec<String>>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Vec<String>>::json_schema(generator)
    }
}
