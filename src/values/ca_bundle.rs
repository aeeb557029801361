//! Whose `tls.caBundle` a release has: the CAs of links, which replace those in the Secrets.

use crate::mesh::HelmRelease;

use super::chart;
use super::existing::ReleaseValues;

/// Who fills `tls.caBundle` of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaBundleContent {
    /// It has none: pods trust the CAs in the Secrets.
    Nothing,
    /// The values that meshbundle writes: with all CAs of its links, and those that the release has there.
    Values,
    /// An object that its owner keeps. The chart would make it, and Helm refuses to, so the values have no CAs.
    Owner,
}

impl CaBundleContent {
    /// That of `release` with these values, if they are known. `has_others`: its etcd trusts CAs for clients that the chart does not trust
    /// by itself, those that sign no server of it. Provided Secrets have all of them, unless the release has a bundle, which replaces them.
    pub fn of(release: &HelmRelease, values: Option<&ReleaseValues>, has_others: bool) -> Self {
        if values.is_some_and(ReleaseValues::has_bundle_by_hand) {
            return Self::Owner;
        }
        let is_on = values.is_some_and(|values| values.flag(chart::BUNDLE_ENABLED) == Some(true));
        if is_on || has_others && !release.has_provided_certificates() { Self::Values } else { Self::Nothing }
    }
}
