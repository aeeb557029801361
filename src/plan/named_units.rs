//! Units in a finding: the first ones by name, the rest as a number.

use super::bundle_id::BundleId;

/// Units that a finding names.
const NAMED: usize = 5;

/// The units of `bundles`, in order.
pub(super) fn named_units<'a>(bundles: impl IntoIterator<Item = &'a BundleId>) -> String {
    let units: Vec<String> = bundles.into_iter().map(|bundle| format!("`{}`", bundle.unit())).collect();
    let (named, rest) = units.split_at(units.len().min(NAMED));
    let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
    format!("{}{more}", named.join(", "))
}
