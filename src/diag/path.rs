//! The place of a value in `mesh.yaml`, as people write it: `clusters[cluster1].etcd.endpoints[0]`.
//!
//! List items that have a name are addressed by it, so that a path survives a change of order; others by their number from 0.

use std::fmt;

use super::shown::shown;

/// A path from the top of the file to one value. The empty path is the whole file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct FieldPath(String);

impl FieldPath {
    /// The whole file.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path as a user has written it, for instance under `accept`.
    pub fn written(text: &str) -> Self {
        Self(shown(text.trim()).into_owned())
    }

    /// The field `name` of the mapping at this path.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        let name = shown(name);
        if self.0.is_empty() { Self(name.into_owned()) } else { Self(format!("{}.{name}", self.0)) }
    }

    /// The item with the name or number `item` in the list at this path.
    #[must_use]
    pub fn item(&self, item: impl fmt::Display) -> Self {
        Self(format!("{}[{}]", self.0, shown(&item.to_string())))
    }

    /// The path of the parent, or nothing at the top.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        let cut = if self.0.ends_with(']') { self.0.rfind('[') } else { self.0.rfind('.') };
        Some(Self(self.0.get(..cut.unwrap_or(0)).unwrap_or_default().to_owned()))
    }

    /// Whether `other` is this place or inside it.
    pub fn holds(&self, other: &Self) -> bool {
        other.0.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "mesh.yaml" } else { &self.0 })
    }
}
