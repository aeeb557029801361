//! Certificate policies: whether a chain satisfies the policy constraints of its CAs.
//!
//! RFC 5280 6.1 as RFC 9618 rewrote it, with any policy welcome at the start, as Go's `policiesValid` (crypto/x509/verify.go). A
//! chain needs no policy unless a CA requires an explicit one or maps policies, so almost every call returns after its first
//! test.

use std::collections::{BTreeMap, BTreeSet};

use crate::x509::certificate::Certificate;
use crate::x509::policies::{ANY_POLICY, Mapping, Oid};

/// One depth of the policy graph: valid policy -> node.
type Stratum<'a> = BTreeMap<&'a [u8], PolicyNode<'a>>;

struct PolicyNode<'a> {
    expected: BTreeSet<&'a [u8]>,
    /// The valid policies of the parents, one depth up.
    parents: BTreeSet<&'a [u8]>,
}

/// Whether the chain, leaf first, has a valid policy wherever one is required.
pub(super) fn valid(chain: &[&Certificate]) -> bool {
    let below_anchor = chain.split_last().map_or(chain, |(_, below)| below);
    let asks = |cert: &&Certificate| cert.policies().require_explicit.is_some() || !cert.policies().mappings.is_empty();
    if !below_anchor.iter().any(asks) {
        return true;
    }
    evaluate(below_anchor)
}

fn evaluate(below_anchor: &[&Certificate]) -> bool {
    let unlimited = below_anchor.len() as u64 + 1;
    let (mut explicit, mut mapping, mut any) = (unlimited, unlimited, unlimited);
    let mut graph = Some(Graph::new());

    for (at, cert) in below_anchor.iter().enumerate().rev() {
        let is_leaf = at == 0;
        let policies = cert.policies();
        if policies.own.is_empty() {
            graph = None;
        }
        if explicit == 0 && graph.is_none() {
            return false;
        }
        if let Some(graph) = &mut graph {
            let any_allowed = any > 0 || (!is_leaf && cert.is_self_issued());
            graph.descend(&policies.own, any_allowed);
            if !is_leaf && !graph.map(&policies.mappings, mapping > 0) {
                return false;
            }
        }
        if !is_leaf {
            if !cert.is_self_issued() {
                explicit = explicit.saturating_sub(1);
                mapping = mapping.saturating_sub(1);
                any = any.saturating_sub(1);
            }
            explicit = policies.require_explicit.map_or(explicit, |limit| limit.min(explicit));
            mapping = policies.inhibit_mapping.map_or(mapping, |limit| limit.min(mapping));
            any = policies.inhibit_any.map_or(any, |limit| limit.min(any));
        }
    }
    explicit = explicit.saturating_sub(1);
    if below_anchor.first().is_some_and(|leaf| leaf.policies().require_explicit == Some(0)) {
        explicit = 0;
    }
    explicit > 0 || graph.is_some_and(|graph| graph.has_valid_policy())
}

/// The strata from the anchor's downwards; there is always one.
struct Graph<'a>(Vec<Stratum<'a>>);

impl<'a> Graph<'a> {
    fn new() -> Self {
        let root = PolicyNode { expected: BTreeSet::from([ANY_POLICY]), parents: BTreeSet::new() };
        Self(vec![Stratum::from([(ANY_POLICY, root)])])
    }

    /// RFC 9618 5.2 (d): a certificate's policies become the next stratum.
    fn descend(&mut self, policies: &'a BTreeSet<Oid>, any_allowed: bool) {
        let Some(above) = self.0.last() else { return };
        let mut stratum = Stratum::new();
        let node = |policy: &'a [u8], parents| PolicyNode { expected: BTreeSet::from([policy]), parents };
        for policy in policies.iter().map(AsRef::as_ref).filter(|policy| *policy != ANY_POLICY) {
            let mut parents: BTreeSet<&[u8]> =
                above.iter().filter(|(_, parent)| parent.expected.contains(policy)).map(|(valid, _)| *valid).collect();
            if parents.is_empty() && above.contains_key(ANY_POLICY) {
                parents.insert(ANY_POLICY);
            }
            if !parents.is_empty() {
                stratum.insert(policy, node(policy, parents));
            }
        }
        if any_allowed && policies.contains(ANY_POLICY) {
            let mut missing: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
            for (valid, parent) in above {
                for expected in parent.expected.iter().filter(|expected| !stratum.contains_key(*expected)) {
                    missing.entry(expected).or_default().insert(valid);
                }
            }
            stratum.extend(missing.into_iter().map(|(policy, parents)| (policy, node(policy, parents))));
        }
        self.0.push(stratum);
        self.prune();
    }

    /// RFC 9618 5.3 (b): what the subject's domain calls the policies from here on. False for an invalid mapping.
    fn map(&mut self, mappings: &'a [Mapping], allowed: bool) -> bool {
        let Some(stratum) = self.0.last_mut() else {
            return true;
        };
        let mut by_issuer: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
        for Mapping { issuer, subject } in mappings {
            if !allowed {
                stratum.remove(issuer.as_ref());
            } else if issuer.as_ref() == ANY_POLICY || subject.as_ref() == ANY_POLICY {
                return false;
            } else {
                by_issuer.entry(issuer).or_default().insert(subject);
            }
        }
        for (issuer, subjects) in by_issuer {
            if let Some(node) = stratum.get_mut(issuer) {
                node.expected = subjects;
            } else if stratum.contains_key(ANY_POLICY) {
                stratum.insert(issuer, PolicyNode { expected: subjects, parents: BTreeSet::from([ANY_POLICY]) });
            }
        }
        if !mappings.is_empty() {
            self.prune();
        }
        true
    }

    /// Drops the nodes above the last stratum that have no children left.
    fn prune(&mut self) {
        for at in (1..self.0.len().saturating_sub(1)).rev() {
            let (upper, lower) = self.0.split_at_mut(at + 1);
            if let (Some(stratum), Some(below)) = (upper.last_mut(), lower.first()) {
                stratum.retain(|valid, _| below.values().any(|child| child.parents.contains(valid)));
            }
        }
    }

    /// RFC 9618 5.4 (g): any policy is welcome, so one node that is valid from the top is enough.
    fn has_valid_policy(&self) -> bool {
        let from_any = |stratum: &Stratum<'_>| {
            stratum.iter().any(|(valid, node)| *valid != ANY_POLICY && node.parents == BTreeSet::from([ANY_POLICY]))
        };
        self.0.iter().any(from_any) || self.0.last().is_some_and(|leaves| leaves.contains_key(ANY_POLICY))
    }
}
