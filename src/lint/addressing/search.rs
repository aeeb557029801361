//! The search: which ranges share addresses that must not.
//!
//! Ranges nest or are disjoint. Sorted by first address and then by prefix length, every range comes after all that contain it.
//! So a stack of those is enough, at most 129 deep, and each level has the set of clusters with that range or one around it. The
//! work grows with the number of ranges, not with its square, even if 511 clusters all have the same ones.
//!
//! Input: ranges, whose they are, and whose addresses matter to whom. Output: for each range the clusters that it is in
//! conflict with. It knows no codes and no messages.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::clusters::Clusters;
use super::reach::Neighbours;

/// What has the addresses of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RangeKind {
    Pods,
    Nodes,
    Services,
    /// One node, by its address. It also counts among the nodes.
    Node,
}

impl RangeKind {
    /// What must not share addresses with this. Nodes of two clusters may be in one network, but have unique addresses.
    const fn against(self) -> &'static [Self] {
        match self {
            Self::Pods | Self::Services => &[Self::Pods, Self::Nodes, Self::Services],
            Self::Nodes => &[Self::Pods, Self::Services],
            Self::Node => &[Self::Pods, Self::Services, Self::Node],
        }
    }

    /// The kind as which this is in conflict with `other`.
    fn facing(self, other: Self) -> Self {
        if self == Self::Node && other != Self::Node { Self::Nodes } else { self }
    }

    /// Whether clusters share addresses only with others: a duplicate in one cluster is not found by this search.
    fn only_with_others(self, other: Self) -> bool {
        self == other
    }
}

/// A range of addresses, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct AddressRange {
    /// The range, without host bits.
    pub(super) net: IpNet,
    pub(super) kind: RangeKind,
    /// Position of its cluster.
    pub(super) owner: usize,
}

impl AddressRange {
    /// Whether the two share addresses and must not, if their clusters are near.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.kind.facing(other.kind), other.kind.facing(self.kind));
        let apart = self.owner != other.owner || !mine.only_with_others(theirs);
        apart && mine.against().contains(&theirs) && (self.net.contains(&other.net) || other.net.contains(&self.net))
    }
}

/// A range in conflict with larger ones, or with equal ones that come before it.
#[derive(Debug)]
pub(super) struct Hit {
    /// The range, by its position in the input.
    pub(super) range: usize,
    pub(super) other: RangeKind,
    /// The clusters with the larger and equal ones, without those that a containing range has already reported. The cluster
    /// itself may be among them.
    pub(super) with: Clusters,
    /// The smallest such range of the first few of them, its own cluster first, by positions in the input.
    pub(super) shown: Vec<usize>,
}

/// The result of the search, and its cost.
pub(super) struct Conflict {
    pub(super) hits: Vec<Hit>,
    /// Comparisons of sets and visited levels, which a test compares with the number of ranges.
    pub(super) steps: usize,
}

/// The number of other ranges that a hit names.
pub(super) const SHOWN: usize = 3;

/// The clusters that have a range, or one that contains it.
#[derive(Clone, Default)]
struct With {
    pods: Clusters,
    nodes: Clusters,
    services: Clusters,
    node: Clusters,
}

impl With {
    fn of(&self, kind: RangeKind) -> &Clusters {
        match kind {
            RangeKind::Pods => &self.pods,
            RangeKind::Nodes => &self.nodes,
            RangeKind::Services => &self.services,
            RangeKind::Node => &self.node,
        }
    }

    fn add(&mut self, range: &AddressRange) {
        match range.kind {
            RangeKind::Pods => self.pods.insert(range.owner),
            RangeKind::Nodes => self.nodes.insert(range.owner),
            RangeKind::Services => self.services.insert(range.owner),
            RangeKind::Node => self.nodes.insert(range.owner) | self.node.insert(range.owner),
        };
    }
}

/// A range on the stack.
struct Level {
    net: IpNet,
    with: With,
    /// The clusters that have this one, and where.
    holders: BTreeMap<(RangeKind, usize), usize>,
}

/// Searches `ranges`; positions of clusters decide which of equal ranges comes first.
pub(super) fn search(ranges: &[AddressRange], reach: &Neighbours) -> Conflict {
    let mut sorted: Vec<(usize, &AddressRange)> = ranges.iter().enumerate().collect();
    sorted.sort_by(|(at, a), (and, b)| compare(a, b).then(at.cmp(and)));
    let mut found = Conflict { hits: Vec::new(), steps: 0 };
    let mut stack: Vec<Level> = Vec::new();
    for run in sorted.chunk_by(|(_, a), (_, b)| a.net == b.net) {
        let Some((_, first)) = run.first() else { continue };
        while stack.pop_if(|level| !level.net.contains(&first.net)).is_some() {
            found.steps += 1;
        }
        let outer = stack.last().map(|level| level.with.clone()).unwrap_or_default();
        let mut level = Level { net: first.net, with: outer.clone(), holders: BTreeMap::new() };
        for (at, range) in run {
            level.with.add(range);
            for kind in [range.kind, range.kind.facing(RangeKind::Pods)] {
                level.holders.entry((kind, range.owner)).or_insert(*at);
            }
        }
        stack.push(level);
        hit_equals(run, &outer, &stack, reach, &mut found);
    }
    found
}

/// The hits of equal ranges, inside those that contain them.
fn hit_equals(run: &[(usize, &AddressRange)], outer: &With, stack: &[Level], reach: &Neighbours, found: &mut Conflict) {
    let Some(level) = stack.last() else { return };
    let mut before = outer.clone();
    let mut seen = BTreeSet::new();
    for (at, range) in run {
        if !seen.insert((range.kind, range.owner)) {
            continue;
        }
        let near = reach.near(range.owner);
        for other in range.kind.against() {
            found.steps += 1;
            let mut with = level.with.of(*other).and(&near);
            let facing = range.kind.facing(*other);
            if outer.of(facing).contains(range.owner) {
                with = with.without(outer.of(*other));
            }
            if facing.only_with_others(*other) {
                with = with.without(&std::iter::once(range.owner).collect());
            }
            // Of two equal ranges the later one is reported.
            if !with.and(before.of(*other)).is_empty() {
                let own = with.contains(range.owner).then_some(range.owner);
                let others = with.iter().filter(|owner| *owner != range.owner).take(SHOWN);
                let shown = own.into_iter().chain(others).filter_map(|owner| find_holder(stack, *other, owner, &mut found.steps));
                let shown = shown.collect();
                found.hits.push(Hit { range: *at, other: *other, with, shown });
            }
        }
        before.add(range);
    }
}

/// The smallest range on the stack that a cluster has.
fn find_holder(stack: &[Level], kind: RangeKind, owner: usize, steps: &mut usize) -> Option<usize> {
    stack.iter().rev().find_map(|level| {
        *steps += 1;
        level.holders.get(&(kind, owner)).copied()
    })
}

/// IPv4 before IPv6, by first address, larger ranges first; then the order of the file.
fn compare(a: &AddressRange, b: &AddressRange) -> Ordering {
    let key = |range: &AddressRange| (range.net.network(), range.net.prefix_len(), range.owner, range.kind);
    key(a).cmp(&key(b))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::{Ipv4Addr, Ipv6Addr};

    use ipnet::{IpNet, Ipv4Net, Ipv6Net};
    use proptest::collection::vec;
    use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};

    use super::{AddressRange, Clusters, Neighbours, RangeKind, search};

    /// Who is in conflict with whom, each pair once.
    type Pairs = BTreeSet<[(RangeKind, usize); 2]>;

    fn pair(a: (RangeKind, usize), b: (RangeKind, usize)) -> [(RangeKind, usize); 2] {
        if a < b { [a, b] } else { [b, a] }
    }

    fn search_pairs(ranges: &[AddressRange], reach: &Neighbours) -> Pairs {
        let mut pairs = Pairs::new();
        for hit in search(ranges, reach).hits {
            let range = ranges[hit.range];
            pairs.extend(hit.with.iter().map(|owner| pair((range.kind.facing(hit.other), range.owner), (hit.other, owner))));
            for shown in &hit.shown {
                assert!(ranges[*shown].net.contains(&range.net) && hit.with.contains(ranges[*shown].owner), "{hit:?}");
            }
        }
        pairs
    }

    /// Every range against every other.
    fn compare_all(ranges: &[AddressRange], reach: &Neighbours) -> Pairs {
        let mut pairs = Pairs::new();
        for a in ranges {
            for b in ranges.iter().filter(|b| a.net.contains(&b.net) || b.net.contains(&a.net)) {
                let own = a.owner == b.owner;
                let conflict = match (a.kind, b.kind) {
                    (RangeKind::Pods, RangeKind::Pods)
                    | (RangeKind::Services, RangeKind::Services)
                    | (RangeKind::Node, RangeKind::Node) => !own,
                    (RangeKind::Nodes | RangeKind::Node, RangeKind::Nodes | RangeKind::Node) => false,
                    _ => true,
                };
                if conflict && reach.near(a.owner).contains(b.owner) {
                    let node =
                        |kind: RangeKind| if a.kind != b.kind && kind == RangeKind::Node { RangeKind::Nodes } else { kind };
                    pairs.insert(pair((node(a.kind), a.owner), (node(b.kind), b.owner)));
                }
            }
        }
        pairs
    }

    /// Few addresses, so that many ranges meet.
    fn range() -> impl Strategy<Value = AddressRange> {
        let ipv4 = (any::<u8>(), 24_u8..=32).prop_map(|(last, length)| (Ipv4Addr::new(10, 0, 0, last), length));
        let ipv4 = ipv4.prop_map(|(address, length)| IpNet::from(Ipv4Net::new(address, length).expect("a length")));
        let ipv6 = (any::<u8>(), 118_u8..=128).prop_map(|(last, length)| (Ipv6Addr::from(u128::from(last)), length));
        let ipv6 = ipv6.prop_map(|(address, length)| IpNet::from(Ipv6Net::new(address, length).expect("a length")));
        let kind = prop_oneof![Just(RangeKind::Pods), Just(RangeKind::Nodes), Just(RangeKind::Services), Just(RangeKind::Node)];
        (prop_oneof![4 => ipv4, 1 => ipv6], kind, 0_usize..6).prop_map(|(net, kind, owner)| {
            let net = if kind == RangeKind::Node { net.addr().into() } else { net.trunc() };
            AddressRange { net, kind, owner }
        })
    }

    fn reach(links: &[(usize, usize)]) -> Neighbours {
        let mut linked = vec![Clusters::default(); 6];
        for (a, b) in links.iter().filter(|(a, b)| a != b) {
            linked[*a].insert(*b);
            linked[*b].insert(*a);
        }
        Neighbours::new(linked)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn it_finds_what_comparing_all_with_all_finds(ranges in vec(range(), 0..24), links in vec((0_usize..6, 0_usize..6), 0..9)) {
            let reach = reach(&links);
            prop_assert_eq!(search_pairs(&ranges, &reach), compare_all(&ranges, &reach), "{:?}", ranges);
        }

        #[test]
        fn the_order_of_the_file_hides_nothing(ranges in vec(range(), 0..24), turn in 0_usize..6) {
            let turned: Vec<AddressRange> = ranges.iter().rev().map(|range| AddressRange { owner: (range.owner + turn) % 6, ..*range }).collect();
            let full = reach(&[(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)]);
            let back = |(kind, owner): (RangeKind, usize)| (kind, (owner + 6 - turn) % 6);
            let there: Pairs = search_pairs(&turned, &full).into_iter().map(|[a, b]| pair(back(a), back(b))).collect();
            prop_assert_eq!(search_pairs(&ranges, &full), there);
        }
    }

    const CLUSTERS: usize = 511;
    const EACH: usize = 64;

    /// 64 ranges for each of 511 clusters, all linked to all.
    fn count_steps(net: impl Fn(usize, usize) -> Ipv4Net) -> (usize, usize) {
        let range = |owner: usize| move |net: Ipv4Net| AddressRange { net: net.into(), kind: RangeKind::Pods, owner };
        let ranges: Vec<AddressRange> = (0..CLUSTERS)
            .flat_map(|owner| (0..EACH).map(|each| net(owner, each).trunc()).map(range(owner)).collect::<Vec<_>>())
            .collect();
        let everyone: Clusters = (0..CLUSTERS).collect();
        let reach = Neighbours::new((0..CLUSTERS).map(|owner| everyone.without(&std::iter::once(owner).collect())).collect());
        let found = search(&ranges, &reach);
        (found.steps, found.hits.iter().map(|hit| 1 + hit.shown.len()).sum())
    }

    #[test]
    fn the_work_grows_with_the_ranges_and_not_with_their_square() {
        let net =
            |address: usize, length| Ipv4Net::new(Ipv4Addr::from(u32::try_from(address).expect("small")), length).expect("it");
        let all = CLUSTERS * EACH;
        for (what, (steps, size), hits) in [
            ("identical", count_steps(|_, _| net(0x0a00_0000, 8)), CLUSTERS - 1),
            ("the same 64 everywhere", count_steps(|_, each| net(each << 16, 16)), (CLUSTERS - 1) * EACH),
            (
                "nested in each cluster",
                count_steps(|_, each| net(0x0a00_0000, 8 + u8::try_from(each % 24).expect("small"))),
                CLUSTERS - 1,
            ),
            (
                "nested in each other's",
                count_steps(|owner, each| net(0x0a00_0000 + (each << 8), if owner < 24 { 8 } else { 24 })),
                all,
            ),
            ("disjoint", count_steps(|owner, each| net((owner * EACH + each) << 8, 24)), 0),
        ] {
            assert!(steps <= 20 * all, "{what}: {steps} steps for {all} ranges");
            assert!(size <= 4 * hits, "{what}: {size} ranges named, {hits} conflicts");
        }
    }
}
