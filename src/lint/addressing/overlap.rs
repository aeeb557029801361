//! Ranges that share addresses: turns the results of the search into findings.
//!
//! Each conflict is reported at the smaller range, or at the later of equal ones. One mistake makes few findings: a range that
//! contains those of many clusters is reported once; where many clusters have the same range, or a cluster has many ranges of
//! others, they are reported together. But a range that `accept` names is reported alone, with all its conflicts, and the others
//! as if it did not exist: accepting one conflict does not accept the others.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::diag::{Code, Collector, Diagnostic, FieldPath};
use crate::mesh::{Cidr, Mesh};

use super::accepted_places::AcceptedPlaces;
use super::cluster_lists::{describe_clusters, list_names};
use super::clusters::Clusters;
use super::pool::DEFAULT_POOL;
use super::reach::Neighbours;
use super::search::{AddressRange, Conflict, Hit, RangeKind, SHOWN, search};

pub(super) fn check(mesh: &Mesh, reach: &Neighbours, findings: &mut Collector) {
    let places = places(mesh);
    let conflicts = Conflicts { mesh, places };
    let mut parts = Vec::new();
    for (alone, codes) in conflicts.find_accepted() {
        parts.extend(conflicts.find_others(&alone, reach).filter(|part| codes.contains(&part.code)));
        findings.extend(alone.iter().flat_map(|range| conflicts.report_alone(*range, &codes, reach)));
    }
    let (wide, rest) = conflicts.separate_wide(parts);
    findings.extend(wide.iter().filter_map(|parts| conflicts.report_at_holder(parts)));
    for (owners, ranges) in group(rest) {
        // Few are reported one by one, so that each can be fixed or accepted separately.
        let owners: Vec<&[usize]> = if owners.len() > SHOWN { vec![&owners] } else { owners.chunks(1).collect() };
        for owners in owners {
            let mine = |part: &&Part| owners.first() == Some(&part.owner);
            let mine: Vec<&Part> = ranges.iter().flatten().filter(mine).collect();
            let groups: Vec<&[&Part]> = if mine.len() > SHOWN { vec![&mine] } else { mine.chunks(1).collect() };
            findings.extend(groups.into_iter().filter_map(|parts| conflicts.report(owners, parts)));
        }
    }
}

/// A range, and its place in the file.
struct Place {
    range: AddressRange,
    path: FieldPath,
    /// The list that contains it.
    list: FieldPath,
    /// What it is and whose, for messages.
    label: String,
}

fn places(mesh: &Mesh) -> Vec<Place> {
    let mut places = Vec::new();
    for (owner, cluster) in mesh.clusters.iter().enumerate() {
        let mut add = |kind: RangeKind, field: &str, cidrs: &[Cidr]| {
            let place = |cidr: &Cidr| Place {
                range: AddressRange { net: cidr.net.trunc(), kind, owner },
                path: cidr.path.clone(),
                list: cluster.path.field(field),
                label: format!("{} of `{}`", words(kind), cluster.name),
            };
            places.extend(cidrs.iter().map(place));
        };
        add(RangeKind::Pods, "podCIDRs", &cluster.pod_cidrs);
        add(RangeKind::Nodes, "nodeCIDRs", &cluster.node_cidrs);
        add(RangeKind::Services, "serviceCIDRs", &cluster.service_cidrs);
        places.extend(cluster.nodes.iter().filter_map(|node| {
            Some(Place {
                range: AddressRange { net: node.address?.into(), kind: RangeKind::Node, owner },
                path: node.path.field("address"),
                list: cluster.path.field("nodes"),
                label: format!("node `{}` of `{}`", node.name, cluster.name),
            })
        }));
    }
    places
}

const fn words(kind: RangeKind) -> &'static str {
    match kind {
        RangeKind::Pods => "pods",
        RangeKind::Nodes | RangeKind::Node => "nodes",
        RangeKind::Services => "services",
    }
}

/// The codes of such conflicts.
const CODES: [Code; 5] =
    [Code::PodCidrOverlap, Code::PodNodeOverlap, Code::ServiceCidrOverlap, Code::ServiceInside, Code::NodeAddressTwice];

/// Services have one code inside a cluster and another between two.
const fn code(kinds: (RangeKind, RangeKind), own: bool) -> Code {
    match kinds {
        (RangeKind::Services, _) | (_, RangeKind::Services) if own => Code::ServiceInside,
        (RangeKind::Services, _) | (_, RangeKind::Services) => Code::ServiceCidrOverlap,
        (RangeKind::Pods, RangeKind::Pods) => Code::PodCidrOverlap,
        (RangeKind::Node, RangeKind::Node) => Code::NodeAddressTwice,
        _ => Code::PodNodeOverlap,
    }
}

/// The part of a hit that has one code.
struct Part {
    code: Code,
    range: usize,
    net: IpNet,
    owner: usize,
    kinds: (RangeKind, RangeKind),
    with: Clusters,
    /// Those of the whole hit.
    all: Clusters,
    shown: Vec<usize>,
}

impl Part {
    /// Pods or nodes inside a range of services.
    fn in_services(&self) -> bool {
        self.kinds.1 == RangeKind::Services && self.kinds.0 != RangeKind::Services
    }

    /// All clusters of the part, if their roles are the same: findings that agree in this may be reported together.
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

/// Groups parts that differ only in the range or the owner: the owners, and for each range a part of each owner.
fn group(parts: Vec<Part>) -> Vec<(Vec<usize>, Vec<Vec<Part>>)> {
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
    /// The ranges that are reported alone, and the codes for which they are.
    fn find_accepted(&self) -> BTreeMap<Vec<usize>, Vec<Code>> {
        let held = AcceptedPlaces::of(self.mesh);
        let mut by_held: BTreeMap<_, Vec<Code>> = BTreeMap::new();
        for code in CODES {
            let alone = self.places.iter().enumerate().filter(|(_, place)| held.holds(code, &place.path));
            by_held.entry(alone.map(|(position, _)| position).collect()).or_default().push(code);
        }
        by_held
    }

    /// The conflicts of all other ranges.
    fn find_others(&self, alone: &[usize], reach: &Neighbours) -> impl Iterator<Item = Part> {
        let rest = self.places.iter().enumerate().filter(|(position, _)| alone.binary_search(position).is_err());
        let (positions, ranges): (Vec<usize>, Vec<AddressRange>) = rest.map(|(position, place)| (position, place.range)).unzip();
        let Conflict { hits, .. } = search(&ranges, reach);
        let back = move |range: &usize| positions.get(*range).copied();
        hits.into_iter()
            .filter_map(move |hit| {
                let shown = hit.shown.iter().filter_map(&back).collect();
                Some(self.split(&Hit { range: back(&hit.range)?, shown, ..hit }))
            })
            .flatten()
    }

    /// All conflicts of one range: with ranges that contain it, and with ranges inside it.
    fn report_alone(&self, range: usize, codes: &[Code], reach: &Neighbours) -> Vec<Diagnostic> {
        let Some(AddressRange { net, kind, owner }) = self.places.get(range).map(|place| place.range) else { return Vec::new() };
        let near = reach.near(owner);
        let mine = AddressRange { net, kind, owner };
        let (mut larger, mut inside) = (BTreeMap::<_, Vec<Part>>::new(), BTreeMap::<_, Vec<Part>>::new());
        for (position, other) in self.places.iter().map(|place| place.range).enumerate() {
            let code = code((kind, other.kind), owner == other.owner);
            if position == range || !codes.contains(&code) || !near.contains(other.owner) || !mine.conflicts(&other) {
                continue;
            }
            let (parts, from, to) = if other.net.contains(&net) {
                (&mut larger, (range, mine), (position, other))
            } else {
                (&mut inside, (position, other), (range, mine))
            };
            let with: Clusters = std::iter::once(to.1.owner).collect();
            parts.entry((code, other.kind)).or_default().push(Part {
                code,
                range: from.0,
                net: from.1.net,
                owner: from.1.owner,
                kinds: (from.1.kind, to.1.kind),
                all: with.clone(),
                with,
                shown: vec![to.0],
            });
        }
        let larger = larger.into_values().filter_map(|parts| {
            let one = parts.into_iter().reduce(|mut one, part| {
                one.with.extend(&part.with);
                one.shown.extend(part.shown.into_iter().take(SHOWN.saturating_sub(one.shown.len())));
                one
            })?;
            self.report(&[owner], &[&one])
        });
        let inside = inside.into_values().filter_map(|parts| self.report_at_holder(&parts));
        larger.chain(inside).collect()
    }

    /// A hit by codes.
    fn split(&self, hit: &Hit) -> Vec<Part> {
        let Some(AddressRange { net, kind, owner }) = self.places.get(hit.range).map(|place| place.range) else {
            return Vec::new();
        };
        let part = |code: Code, with: Clusters| {
            let shown = hit.shown.iter().copied();
            let shown = shown.filter(|range| self.places.get(*range).is_some_and(|place| with.contains(place.range.owner)));
            let all = hit.with.clone();
            Part { code, range: hit.range, net, owner, kinds: (kind, hit.other), shown: shown.collect(), with, all }
        };
        let own = hit.with.and(&std::iter::once(owner).collect());
        let kinds = (kind, hit.other);
        let parts = if code(kinds, true) == code(kinds, false) {
            vec![part(code(kinds, false), hit.with.clone())]
        } else {
            vec![part(code(kinds, true), own.clone()), part(code(kinds, false), hit.with.without(&own))]
        };
        parts.into_iter().filter(|part| !part.with.is_empty()).collect()
    }

    /// Separates parts where the ranges of few clusters contain those of many: there the large range is the mistake. So is a
    /// range of services that contains the pods or nodes of many.
    fn separate_wide(&self, parts: Vec<Part>) -> (Vec<Vec<Part>>, Vec<Part>) {
        let mut by_holders: BTreeMap<_, Vec<Part>> = BTreeMap::new();
        for part in parts {
            let net = part.shown.first().and_then(|range| self.places.get(*range)).map(|place| place.range.net);
            let holders =
                if part.in_services() { (part.all.clone(), Vec::new()) } else { (part.with.clone(), part.shown.clone()) };
            by_holders.entry((part.code, part.kinds, holders, net)).or_default().push(part);
        }
        let (mut wide, mut rest) = (Vec::new(), Vec::new());
        for (_, mut parts) in by_holders {
            let owners: Clusters = parts.iter().map(|part| part.owner).collect();
            let holds = |part: &Part| {
                let mut shown = part.shown.iter().filter_map(|range| self.places.get(*range));
                (part.in_services() || part.with.len() <= SHOWN) && shown.all(|place| place.range.net != part.net)
            };
            if owners.len() > SHOWN && parts.iter().all(holds) {
                wide.push(parts);
            } else {
                rest.append(&mut parts);
            }
        }
        rest.sort_by_key(|part| part.range);
        (wide, rest)
    }

    /// The finding of parts that differ only in their range, for owners that do not differ.
    fn report(&self, owners: &[usize], parts: &[&Part]) -> Option<Diagnostic> {
        let part = parts.first()?;
        let place = self.places.get(part.range)?;
        let (subject, object) = (words(part.kinds.0), words(part.kinds.1));
        let what = describe_shared(parts);
        let owner: Clusters = std::iter::once(part.owner).collect();
        let everyone: Clusters = owners.iter().copied().collect();
        let mine = match (part.kinds.0, owners, parts) {
            (RangeKind::Node, [_], [_]) => format!("{} shares {what}", place.label),
            // All clusters that share it have the same role.
            (_, [_, _, ..], _) if subject == object => {
                format!("{subject} of {} share {what}", describe_clusters(self.mesh, &part.together()))
            }
            _ => format!("{subject} of {} share {what}", describe_clusters(self.mesh, &everyone)),
        };
        let message = match owners {
            [_, _, ..] if subject == object => mine,
            [_, _, ..] if part.code == Code::ServiceInside => format!("{mine} with their local {object}"),
            _ if part.with == owner => format!("{mine} with its local {object}"),
            _ => format!("{mine} with {object} of {}", describe_clusters(self.mesh, &part.with)),
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
        let mut finding = finding.cause(self.cause(part.code, &everyone));
        if owners.len() > 1 {
            finding = finding.whole(FieldPath::root().field("clusters"));
        }
        let default = part.net == DEFAULT_POOL && part.code == Code::PodCidrOverlap;
        Some(finding.help(if default {
            format!(
                "`{DEFAULT_POOL}` is the default of Helm's `clusterPoolIPv4PodCIDRList`: set a different range there for each cluster"
            )
        } else {
            // In a conflict with services, the services can be changed.
            let who = match owners {
                _ if part.in_services() => describe_clusters(self.mesh, &part.with),
                [_, _, ..] => "each of them".to_owned(),
                _ => list_names(self.mesh, &owner),
            };
            help(part.code, if part.in_services() { object } else { subject }, &who)
        }))
    }

    /// The finding of parts that a few ranges contain, at the first of those.
    fn report_at_holder(&self, parts: &[Part]) -> Option<Diagnostic> {
        let part = parts.first()?;
        let place = self.places.get(*part.shown.first()?)?;
        let (subject, object) = (words(part.kinds.1), words(part.kinds.0));
        let owners: Clusters = parts.iter().map(|part| part.owner).collect();
        let what = describe_shared(&parts.iter().collect::<Vec<_>>());
        let mut with = Clusters::default();
        parts.iter().for_each(|part| with.extend(&part.with));
        let holders = describe_clusters(self.mesh, &with);
        let whose = match (part.code, owners.len()) {
            (Code::ServiceInside, 1) => format!("its local {object}"),
            (Code::ServiceInside, _) => format!("their local {object}"),
            _ => format!("{object} of {}", describe_clusters(self.mesh, &owners)),
        };
        let message = format!("{subject} of {holders} share {what} with {whose}");
        let mut finding = Diagnostic::new(part.code, place.path.clone(), message).label(&place.label);
        let further = part.shown.iter().skip(1).chain(parts.iter().map(|part| &part.range));
        for other in further.take(SHOWN).filter_map(|range| self.places.get(*range)) {
            finding = finding.also(other.path.clone(), &other.label);
        }
        if with.len() > 1 {
            finding = finding.whole(FieldPath::root().field("clusters"));
        }
        Some(finding.cause(self.cause(part.code, &owners)).help(help(part.code, subject, &holders)))
    }

    fn cause(&self, code: Code, everyone: &Clusters) -> String {
        let why = code.entry().why;
        if everyone.len() > SHOWN {
            format!("{why}; the clusters are {}", list_names(self.mesh, everyone))
        } else {
            why.to_owned()
        }
    }
}

/// What is shared, in words: the smaller range of each pair.
fn describe_shared(parts: &[&Part]) -> String {
    let word = |part: &Part| match part.kinds.0 {
        RangeKind::Node => format!("`{}`", part.net.addr()),
        _ => format!("`{}`", part.net),
    };
    let unit = |part: &Part| if part.kinds.0 == RangeKind::Node { "addresses" } else { "ranges" };
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
        Code::PodNodeOverlap => "give the pods a range outside the network of every node".to_owned(),
        Code::ServiceInside => "give the services an unused range".to_owned(),
        Code::ServiceCidrOverlap => {
            format!("give the {subject} of {who} another range if other clusters must reach ClusterIPs")
        }
        _ => format!("give the {subject} of {who} another range"),
    }
}
