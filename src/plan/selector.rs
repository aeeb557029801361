//! Units of delivery that the user named, and the leaves that they carry.

use std::collections::BTreeSet;
use std::fmt;

use crate::diag::{Code, Diagnostic, FieldPath};

use super::bundle_id::BundleId;
use super::cluster::ClusterPlan;
use super::credential::CredentialKey;

/// One unit, or all units of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// Every unit of this cluster.
    Cluster(String),
    /// What is delivered in this bundle.
    Bundle(BundleId),
}

/// What the user selected, in the user's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    text: String,
    selected: Selected,
}

impl Selector {
    /// Keeps `text` for messages.
    pub const fn new(text: String, selected: Selected) -> Self {
        Self { text, selected }
    }

    /// Whether `bundle` is it, or among it.
    pub fn covers(&self, bundle: &BundleId) -> bool {
        match &self.selected {
            Selected::Cluster(name) => name == bundle.cluster(),
            Selected::Bundle(selected) => selected == bundle,
        }
    }

    /// The cluster that it is, or that its unit is part of.
    pub(super) fn cluster(&self) -> &str {
        match &self.selected {
            Selected::Cluster(name) => name,
            Selected::Bundle(bundle) => bundle.cluster(),
        }
    }

    /// The leaves that it carries. Nodes of a cluster share leaves.
    pub(super) fn carried<'p>(&self, clusters: &'p [ClusterPlan]) -> BTreeSet<&'p CredentialKey> {
        let Some(cluster) = clusters.iter().find(|cluster| cluster.name.as_str() == self.cluster()) else {
            return BTreeSet::new();
        };
        let is_selected = |bundle: &BundleId| self.covers(bundle);
        let mut keys = BTreeSet::new();
        for node in cluster.nodes.iter().filter(|node| is_selected(&cluster.node_bundle(node))) {
            let shared = cluster.links.iter().filter_map(|link| link.client.shared());
            let local = cluster.own.iter().flat_map(|own| own.agent.iter().chain(&own.announcer));
            keys.extend(node.leaves.iter().chain(shared).chain(local));
        }
        if let Some(chart) =
            cluster.own.as_ref().and_then(|own| own.chart.as_ref()).filter(|_| is_selected(&cluster.helm_bundle()))
        {
            keys.extend([&chart.admin, &chart.local, &chart.remote]);
        }
        for member in cluster.members.iter().filter(|member| is_selected(&cluster.member_bundle(member))) {
            keys.extend(std::iter::once(&member.server).chain(&member.peer).map(|hosts| &hosts.credential));
        }
        if let Some(authorisation) = cluster.authorisation.as_ref().filter(|_| is_selected(&cluster.etcd_bundle())) {
            keys.extend(&authorisation.administrator);
        }
        if !cluster.operator_options.is_empty() && is_selected(&cluster.operator_bundle()) {
            keys.extend(cluster.own.iter().flat_map(|own| &own.agent));
        }
        keys
    }
}

/// The leaves that one of `selectors` carries; nothing if there are none. Or, of each that selects nothing, what `nothing` finds.
pub(super) fn select<'p>(
    selectors: &[Selector],
    clusters: &'p [ClusterPlan],
    nothing: impl Fn(&Selector) -> Diagnostic,
) -> Result<Option<BTreeSet<&'p CredentialKey>>, Vec<Diagnostic>> {
    let (mut selected, mut findings) = (BTreeSet::new(), Vec::new());
    for selector in selectors {
        let carried = selector.carried(clusters);
        if carried.is_empty() {
            findings.push(nothing(selector));
        }
        selected.extend(carried);
    }
    if findings.is_empty() { Ok((!selectors.is_empty()).then_some(selected)) } else { Err(findings) }
}

/// The finding about a selector that selects nothing, behind `option` on the command line.
pub(super) fn selects_nothing(selector: &Selector, option: &str) -> Diagnostic {
    let message = format!("`{option}{selector}` selects nothing: no such unit has a certificate that meshbundle issues");
    Diagnostic::new(Code::SelectsNothing, FieldPath::root(), message).help(
        "write CLUSTER, CLUSTER/node/NAME, CLUSTER/member/NAME, CLUSTER/users, CLUSTER/operator or CLUSTER/helm, with names of the mesh",
    )
}

/// The finding about a selector behind `--without` that matches nothing, and what helps.
pub(super) fn matches_nothing(selector: &Selector, why: &str, help: &str) -> Diagnostic {
    let message = format!("`--without {selector}` matches nothing: {why}");
    Diagnostic::new(Code::SelectsNothing, FieldPath::root(), message).help(help)
}

/// The same where the state has no such unit.
pub(super) fn matches_no_unit(selector: &Selector) -> Diagnostic {
    matches_nothing(selector, "the state has no such unit", "`meshbundle rollout status` lists the units")
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
