//! What a run has done.

/// What a run has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// CAs made.
    pub authorities: usize,
    /// Leaves issued.
    pub certificates: usize,
    /// Archives written.
    pub written: usize,
    /// Archives that were up to date.
    pub unchanged: usize,
    /// Archives that are due, but were not selected.
    pub left: usize,
}
