//! How bad a finding is.

/// How bad a finding is; the worse is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The mesh may misbehave; files are written nevertheless.
    Warning,
    /// Files would be wrong, or an agent or etcd would reject them; nothing is written.
    Error,
}
