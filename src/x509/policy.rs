//! Certificate policies: whether a chain satisfies the policy constraints of its CAs.
//!
//! RFC 5280 6.1 as RFC 9618 rewrote it, with any policy welcome at the start, as Go's `policiesValid` (crypto/x509/verify.go). A
//! chain needs no policy unless a CA requires an explicit one or maps policies, so almost every call returns after its first
//! test.

use std::collections::{BTreeMap, BTreeSet};

use crate::x509::certificate::Certificate;
use crate::x509::der::{DerReader, OBJECT_IDENTIFIER, SEQUENCE, context};

/// The content of the object identifier 2.5.29.32.0.
const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// The DER content of an object identifier.
pub(super) type Oid = Box<[u8]>;

/// The policies of a certificate.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) own: BTreeSet<Oid>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) require_explicit: Option<u64>,
    pub(super) inhibit_mapping: Option<u64>,
    pub(super) inhibit_any: Option<u64>,
}

/// One policy under two names.
pub(super) struct Mapping {
    /// Its name in the issuer's domain.
    pub(super) issuer: Oid,
    /// Its name in the subject's domain.
    pub(super) subject: Oid,
}

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

/// Go's `newOIDFromDER` takes arcs of any size here, in the fewest octets.
fn parse_oid(content: &[u8]) -> Option<Oid> {
    let mut inside = false;
    for byte in content {
        if !inside && *byte == 0x80 {
            return None;
        }
        inside = byte & 0x80 != 0;
    }
    (!content.is_empty() && !inside).then(|| content.into())
}

/// The value of the certificate policies extension (RFC 5280 4.2.1.4); none may be there twice.
pub(super) fn parse_policies(mut value: DerReader<'_>) -> Option<BTreeSet<Oid>> {
    let mut policies: BTreeSet<Oid> = BTreeSet::new();
    let mut list = value.expect(SEQUENCE)?.reader();
    while !list.is_empty() {
        let policy = parse_oid(list.expect(SEQUENCE)?.reader().expect(OBJECT_IDENTIFIER)?.content)?;
        if !policies.insert(policy) {
            return None;
        }
    }
    Some(policies)
}

/// The value of the policy mappings extension (RFC 5280 4.2.1.5).
pub(super) fn parse_mappings(mut value: DerReader<'_>) -> Option<Vec<Mapping>> {
    let mut mappings = Vec::new();
    let mut list = value.expect(SEQUENCE)?.reader();
    while !list.is_empty() {
        let mut pair = list.expect(SEQUENCE)?.reader();
        let issuer = pair.expect(OBJECT_IDENTIFIER)?.content.into();
        let subject = pair.expect(OBJECT_IDENTIFIER)?.content.into();
        mappings.push(Mapping { issuer, subject });
    }
    Some(mappings)
}

/// The value of the policy constraints extension (RFC 5280 4.2.1.11): how many certificates further an explicit policy is
/// required, and mappings are inhibited. A negative number is none, as in Go.
pub(super) fn parse_constraints(mut value: DerReader<'_>) -> Option<(Option<u64>, Option<u64>)> {
    let mut fields = value.expect(SEQUENCE)?.reader();
    let mut limit = |tag| {
        let number = if fields.peek(tag) { fields.small_integer(tag)? } else { -1 };
        Some(u64::try_from(number).ok())
    };
    Some((limit(context(0))?, limit(context(1))?))
}
