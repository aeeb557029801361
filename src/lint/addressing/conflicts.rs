//! Ranges that share addresses: what the search found, as findings.
//!
//! Each conflict is told at the smaller range, or at the later of equal ones. One slip makes few findings: where a range holds
//! those of many clusters it is told once, there; where many clusters have the same range, or a cluster many ranges of others,
//! they are told together.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::spec::{Cidr, Mesh};

use super::clusters::Clusters;
use super::overlap::{Found, Hit, Kind, Range, SHOWN, search};
use super::pool::DEFAULT_POOL;
use super::reach::Reach;
use super::words::{clusters, names};

pub(super) fn rules(mesh: &Mesh, reach: &Reach, findings: &mut Vec<Diagnostic>) {
    let places = places(mesh);
    let ranges: Vec<Range> = places.iter().map(|place| place.range).collect();
    let Found { hits, .. } = search(&ranges, reach);
    let conflicts = Conflicts { mesh, places };
    let (wide, rest) = conflicts.wide(hits.iter().flat_map(|hit| conflicts.parts(hit)).collect());
    findings.extend(wide.iter().filter_map(|parts| conflicts.told_at_holder(parts)));
    for (owners, ranges) in blocks(rest) {
        // Few are told one by one, so that each can be mended, or accepted, for itself.
        let owners: Vec<&[usize]> = if owners.len() > SHOWN { vec![&owners] } else { owners.chunks(1).collect() };
        for owners in owners {
            let mine = |part: &&Part| owners.first() == Some(&part.owner);
            let mine: Vec<&Part> = ranges.iter().flatten().filter(mine).collect();
            let told: Vec<&[&Part]> = if mine.len() > SHOWN { vec![&mine] } else { mine.chunks(1).collect() };
            findings.extend(told.into_iter().filter_map(|parts| conflicts.told(owners, parts)));
        }
    }
}

/// A range, and where it stands.
struct Place {
    range: Range,
    path: FieldPath,
    /// The list that it stands in.
    list: FieldPath,
    /// Whose it is, in words.
    label: String,
}

fn places(mesh: &Mesh) -> Vec<Place> {
    let mut places = Vec::new();
    for (owner, cluster) in mesh.clusters.iter().enumerate() {
        let mut add = |kind: Kind, field: &str, cidrs: &[Cidr]| {
            let place = |cidr: &Cidr| Place {
                range: Range { net: cidr.net.trunc(), kind, owner },
                path: cidr.path.clone(),
                list: cluster.path.field(field),
                label: format!("{} of `{}`", words(kind), cluster.name),
            };
            places.extend(cidrs.iter().map(place));
        };
        add(Kind::Pods, "podCIDRs", &cluster.pod_cidrs);
        add(Kind::Nodes, "nodeCIDRs", &cluster.node_cidrs);
        add(Kind::Services, "serviceCIDRs", &cluster.service_cidrs);
        places.extend(cluster.nodes.iter().filter_map(|node| {
            Some(Place {
                range: Range { net: node.address?.into(), kind: Kind::Node, owner },
                path: node.path.field("address"),
                list: cluster.path.field("nodes"),
                label: format!("node `{}` of `{}`", node.name, cluster.name),
            })
        }));
    }
    places
}

const fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Pods => "pods",
        Kind::Nodes | Kind::Node => "nodes",
        Kind::Services => "services",
    }
}

/// A hit, as far as it has one code.
struct Part {
    code: Code,
    range: usize,
    net: IpNet,
    owner: usize,
    kinds: (Kind, Kind),
    with: Clusters,
    shown: Vec<usize>,
}

impl Part {
    /// All that take part, where they do so in the same way: what findings that may be told together have in common.
    fn together(&self) -> Clusters {
        let mut together = self.with.clone();
        match self.code {
            Code::PodCidrOverlap | Code::NodeAddressTwice => _ = together.insert(self.owner),
            Code::ServiceCidrOverlap if self.kinds.0 == self.kinds.1 => _ = together.insert(self.owner),
            Code::ServiceInside => together = Clusters::default(),
            _ => {}
        }
        together
    }
}

/// Parts that have all in common but the range or the owner: the owners, and for each range a part of each owner.
fn blocks(parts: Vec<Part>) -> Vec<(Vec<usize>, Vec<Vec<Part>>)> {
    let mut by_net: BTreeMap<_, Vec<Part>> = BTreeMap::new();
    for part in parts {
        by_net.entry((part.code, part.kinds, part.together(), part.net)).or_default().push(part);
    }
    let mut by_owners: BTreeMap<_, Vec<Vec<Part>>> = BTreeMap::new();
    for ((code, kinds, together, _), parts) in by_net {
        let owners: Vec<usize> = parts.iter().map(|part| part.owner).collect();
        by_owners.entry((code, kinds, together, owners)).or_default().push(parts);
    }
    by_owners.into_iter().map(|((.., owners), parts)| (owners, parts)).collect()
}

struct Conflicts<'a> {
    mesh: &'a Mesh,
    places: Vec<Place>,
}

impl Conflicts<'_> {
    /// A hit by codes: services are one matter inside a cluster and another between two.
    fn parts(&self, hit: &Hit) -> Vec<Part> {
        let Some(Range { net, kind, owner }) = self.places.get(hit.range).map(|place| place.range) else { return Vec::new() };
        let part = |code: Code, with: Clusters| {
            let shown = hit.shown.iter().copied();
            let shown = shown.filter(|range| self.places.get(*range).is_some_and(|place| with.contains(place.range.owner)));
            Part { code, range: hit.range, net, owner, kinds: (kind, hit.other), shown: shown.collect(), with }
        };
        let own = hit.with.and(&std::iter::once(owner).collect());
        let parts = match (kind, hit.other) {
            (Kind::Services, _) | (_, Kind::Services) => {
                let others = hit.with.without(&own);
                vec![part(Code::ServiceInside, own), part(Code::ServiceCidrOverlap, others)]
            }
            (Kind::Pods, Kind::Pods) => vec![part(Code::PodCidrOverlap, hit.with.clone())],
            (Kind::Node, Kind::Node) => vec![part(Code::NodeAddressTwice, hit.with.clone())],
            _ => vec![part(Code::PodNodeOverlap, hit.with.clone())],
        };
        parts.into_iter().filter(|part| !part.with.is_empty()).collect()
    }

    /// Parts apart where the ranges of few clusters hold those of many: there the large one is the slip.
    fn wide(&self, parts: Vec<Part>) -> (Vec<Vec<Part>>, Vec<Part>) {
        let mut by_holders: BTreeMap<_, Vec<Part>> = BTreeMap::new();
        for part in parts {
            by_holders.entry((part.code, part.kinds, part.with.clone(), part.shown.clone())).or_default().push(part);
        }
        let (mut wide, mut rest) = (Vec::new(), Vec::new());
        for ((_, _, with, shown), mut parts) in by_holders {
            let owners: Clusters = parts.iter().map(|part| part.owner).collect();
            let holds =
                |part: &Part| shown.iter().filter_map(|range| self.places.get(*range)).all(|place| place.range.net != part.net);
            if with.len() <= SHOWN && owners.len() > SHOWN && parts.iter().all(holds) {
                wide.push(parts);
            } else {
                rest.append(&mut parts);
            }
        }
        rest.sort_by_key(|part| part.range);
        (wide, rest)
    }

    /// The finding of parts that differ in their range alone, for owners that differ in nothing.
    fn told(&self, owners: &[usize], parts: &[&Part]) -> Option<Diagnostic> {
        let part = parts.first()?;
        let place = self.places.get(part.range)?;
        let (subject, object) = (words(part.kinds.0), words(part.kinds.1));
        let what = shared(parts);
        let owner: Clusters = std::iter::once(part.owner).collect();
        let everyone: Clusters = owners.iter().copied().collect();
        let mine = match (part.kinds.0, owners, parts) {
            (Kind::Node, [_], [_]) => format!("{} shares {what}", place.label),
            // All that share it are alike.
            (_, [_, _, ..], _) if subject == object => {
                format!("{subject} of {} share {what}", clusters(self.mesh, &part.together()))
            }
            _ => format!("{subject} of {} share {what}", clusters(self.mesh, &everyone)),
        };
        let message = match owners {
            [_, _, ..] if subject == object => mine,
            [_, _, ..] if part.code == Code::ServiceInside => format!("{mine} with their own {object}"),
            _ if part.with == owner => format!("{mine} with its own {object}"),
            _ => format!("{mine} with {object} of {}", clusters(self.mesh, &part.with)),
        };
        let path = if parts.len() > 1 { &place.list } else { &place.path };
        let mut finding = Diagnostic::new(part.code, path.clone(), message).label(&place.label);
        for other in part.shown.iter().filter_map(|range| self.places.get(*range)) {
            finding = finding.also(other.path.clone(), &other.label);
        }
        let mut everyone = part.with.clone();
        if owners.len() > 1 {
            everyone.extend(&owners.iter().copied().collect());
        }
        let finding = finding.cause(self.cause(part.code, &everyone));
        let default = part.net == DEFAULT_POOL && part.code == Code::PodCidrOverlap;
        Some(finding.help(if default {
            format!(
                "`{DEFAULT_POOL}` is the default of Helm's `clusterPoolIPv4PodCIDRList`: set a range of its own there for each cluster"
            )
        } else {
            let who = if owners.len() > 1 { "each of them".to_owned() } else { names(self.mesh, &owner) };
            help(part.code, subject, &who)
        }))
    }

    /// The finding of parts that a few ranges hold, at the first of those.
    fn told_at_holder(&self, parts: &[Part]) -> Option<Diagnostic> {
        let part = parts.first()?;
        let place = self.places.get(*part.shown.first()?)?;
        let (subject, object) = (words(part.kinds.1), words(part.kinds.0));
        let owners: Clusters = parts.iter().map(|part| part.owner).collect();
        let what = shared(&parts.iter().collect::<Vec<_>>());
        let holders = clusters(self.mesh, &part.with);
        let message = format!("{subject} of {holders} share {what} with {object} of {}", clusters(self.mesh, &owners));
        let mut finding = Diagnostic::new(part.code, place.path.clone(), message).label(&place.label);
        let further = part.shown.iter().skip(1).chain(parts.iter().map(|part| &part.range));
        for other in further.take(SHOWN).filter_map(|range| self.places.get(*range)) {
            finding = finding.also(other.path.clone(), &other.label);
        }
        Some(finding.cause(self.cause(part.code, &owners)).help(help(part.code, subject, &names(self.mesh, &part.with))))
    }

    fn cause(&self, code: Code, everyone: &Clusters) -> String {
        let why = code.entry().why;
        if everyone.len() > SHOWN { format!("{why}; the clusters are {}", names(self.mesh, everyone)) } else { why.to_owned() }
    }
}

/// What is shared, in words: the smaller range of each pair.
fn shared(parts: &[&Part]) -> String {
    let word = |part: &Part| match part.kinds.0 {
        Kind::Node => format!("`{}`", part.net.addr()),
        _ => format!("`{}`", part.net),
    };
    let unit = |part: &Part| if part.kinds.0 == Kind::Node { "addresses" } else { "ranges" };
    let distinct: BTreeSet<IpNet> = parts.iter().map(|part| part.net).collect();
    match (parts, distinct.len()) {
        ([part, ..], 1) => word(part),
        ([part, ..], count) => format!("{count} {}, {} the first,", unit(part), word(part)),
        ([], _) => "nothing".to_owned(),
    }
}

fn help(code: Code, subject: &str, who: &str) -> String {
    match code {
        Code::NodeAddressTwice => "write the address that each node has".to_owned(),
        Code::PodNodeOverlap => "give the pods a range outside of every node's network".to_owned(),
        Code::ServiceInside => "give the services a range that nothing else has".to_owned(),
        Code::ServiceCidrOverlap => {
            format!("give the {subject} of {who} another range, if other clusters are to reach ClusterIPs")
        }
        _ => format!("give the {subject} of {who} another range"),
    }
}
