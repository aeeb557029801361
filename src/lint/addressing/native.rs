//! Native routing: traffic outside the native routing CIDR is masqueraded, so it must cover the pods of the cluster itself and of
//! every linked one (Documentation/network/clustermesh/setup.rst, "Additional Requirements for Native-routed Datapath Modes").
//!
//! Either the range is too small or the pods are elsewhere: the end with more such links is reported.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::diag::{Code, Collector, Diagnostic, FieldPath};
use crate::mesh::{Cidr, Cilium, Cluster, Mesh};

use super::super::setting;
use super::cluster_lists::{describe_clusters, group_by_place, list_names};
use super::clusters::Clusters;
use super::reach::Neighbours;
use super::search::SHOWN;

/// One address family.
struct Family<'a> {
    mesh: &'a Mesh,
    ipv4: bool,
    field: &'static str,
    /// First and last address of each cluster's pods: a range that contains both covers all between.
    pods: Vec<Option<(IpAddr, IpAddr)>>,
}

pub(super) fn check(mesh: &Mesh, reach: &Neighbours, findings: &mut Collector) {
    for (ipv4, field) in [(true, "ipv4NativeRoutingCIDR"), (false, "ipv6NativeRoutingCIDR")] {
        let ends = |cluster: &Cluster| {
            let pods = || pods(cluster, ipv4).map(|cidr| cidr.net);
            Some((pods().map(|net| net.network()).min()?, pods().map(|net| net.broadcast()).max()?))
        };
        let family = Family { mesh, ipv4, field, pods: mesh.clusters.iter().map(ends).collect() };
        family.report_missing(reach, findings);
        family.report_uncovered(reach, findings);
    }
}

fn pods(cluster: &Cluster, ipv4: bool) -> impl Iterator<Item = &Cidr> {
    cluster.pod_cidrs.iter().filter(move |cidr| cidr.net.addr().is_ipv4() == ipv4)
}

fn is_native(cluster: &Cluster) -> bool {
    cluster.cilium.routing_mode.as_deref() == Some("native")
}

impl Family<'_> {
    fn range(&self, cilium: &Cilium) -> Option<IpNet> {
        if self.ipv4 { cilium.ipv4_native_routing_cidr } else { cilium.ipv6_native_routing_cidr }.map(|net| net.trunc())
    }

    fn place(&self, cluster: &Cluster) -> FieldPath {
        setting::place(cluster, self.field, self.range(&cluster.cilium) == self.range(&self.mesh.cilium))
    }

    fn report_missing(&self, reach: &Neighbours, findings: &mut Collector) {
        let missing = self.mesh.clusters.iter().enumerate().filter(|(position, cluster)| {
            // These modes detect the CIDR from their cloud (checkIPv4NativeRoutingCIDR).
            let finds_out = self.ipv4 && matches!(cluster.cilium.ipam.as_deref(), Some("eni" | "alibabacloud"));
            let has_pods = self.pods.get(*position).is_some_and(Option::is_some);
            is_native(cluster) && has_pods && self.range(&cluster.cilium).is_none() && !finds_out
        });
        let of_mesh = |cluster: &Cluster| cluster.cilium.routing_mode == self.mesh.cilium.routing_mode;
        let places = missing.map(|(position, cluster)| (setting::place(cluster, "routingMode", of_mesh(cluster)), position));
        for (path, who) in group_by_place(places.collect::<Vec<_>>()) {
            let verb = if who.len() == 1 { "routes natively, and has" } else { "route natively, and have" };
            let message = format!("{} {verb} no {}", describe_clusters(self.mesh, &who), self.field);
            let function = if self.ipv4 { "checkIPv4NativeRoutingCIDR" } else { "checkIPv6NativeRoutingCIDR" };
            let mut needed = who.clone();
            who.iter().for_each(|position| needed.extend(&reach.linked(position)));
            findings.push(
                Diagnostic::new(Code::NativeRoutingUncovered, path, message)
                    .cause(format!("agents that masquerade do not start without it ({function} in pkg/option/config.go)"))
                    .help(self.help(&needed)),
            );
        }
    }

    fn report_uncovered(&self, reach: &Neighbours, findings: &mut Collector) {
        let none = || vec![Clusters::default(); self.mesh.clusters.len()];
        let (mut lacks, mut lacked) = (none(), none());
        for (position, cluster) in self.mesh.clusters.iter().enumerate().filter(|(_, cluster)| is_native(cluster)) {
            let Some(range) = self.range(&cluster.cilium) else { continue };
            let mut needed = reach.linked(position);
            needed.insert(position);
            for other in needed.iter() {
                let pods = self.pods.get(other).copied().flatten();
                if pods.is_some_and(|(first, last)| !(range.contains(&first) && range.contains(&last))) {
                    lacks.get_mut(position).into_iter().for_each(|lacks| _ = lacks.insert(other));
                    lacked.get_mut(other).into_iter().for_each(|lacked| _ = lacked.insert(position));
                }
            }
        }
        let count = |of: &[Clusters], position: usize| of.get(position).map_or(0, Clusters::len);
        let mut ranges: BTreeMap<(Option<IpNet>, Clusters), Vec<usize>> = BTreeMap::new();
        let mut outside: BTreeMap<Clusters, Vec<usize>> = BTreeMap::new();
        for (position, cluster) in self.mesh.clusters.iter().enumerate() {
            let elsewhere = |other: usize| count(&lacked, other) > count(&lacks, position);
            let these: Clusters = lacks.get(position).into_iter().flat_map(Clusters::iter).filter(|at| !elsewhere(*at)).collect();
            if !these.is_empty() {
                ranges.entry((self.range(&cluster.cilium), these)).or_default().push(position);
            }
            let too_far = |reader: usize| count(&lacked, position) > count(&lacks, reader);
            let these: Clusters = lacked.get(position).into_iter().flat_map(Clusters::iter).filter(|at| too_far(*at)).collect();
            if !these.is_empty() {
                outside.entry(these).or_default().push(position);
            }
        }
        for ((range, whose), who) in ranges {
            let who = who.iter().filter_map(|position| Some((self.place(self.mesh.clusters.get(*position)?), *position)));
            for (path, who) in group_by_place(who) {
                findings.extend(range.map(|range| self.report_too_small(path, range, &who, &whose)));
            }
        }
        for (readers, who) in outside {
            let path = |position: usize| Some((self.find_outside(position, &readers)?.0, position));
            for (path, who) in group_by_place(who.into_iter().filter_map(path)) {
                findings.extend(self.report_elsewhere(path, &who, &readers));
            }
        }
    }

    /// The first range of a cluster's pods that one of the readers does not cover: its place, or its list's if there are more.
    fn find_outside(&self, position: usize, readers: &Clusters) -> Option<(FieldPath, IpNet)> {
        let cluster = self.mesh.clusters.get(position)?;
        let covers = self.range(&self.mesh.clusters.get(readers.iter().next()?)?.cilium)?;
        let mut outside = pods(cluster, self.ipv4).filter(|cidr| !covers.contains(&cidr.net.trunc()));
        let first = outside.next()?;
        let path = if outside.next().is_some() { cluster.path.field("podCIDRs") } else { first.path.clone() };
        Some((path, first.net.trunc()))
    }

    fn report_too_small(&self, path: FieldPath, range: IpNet, who: &Clusters, whose: &Clusters) -> Diagnostic {
        let message = format!(
            "the {} of {}, `{range}`, does not cover the pods of {}",
            self.field,
            describe_clusters(self.mesh, who),
            describe_clusters(self.mesh, whose)
        );
        let mut finding = Diagnostic::new(Code::NativeRoutingUncovered, path, message);
        for other in whose.iter().take(SHOWN).filter_map(|position| self.mesh.clusters.get(position)) {
            if let Some(cidr) = pods(other, self.ipv4).find(|cidr| !range.contains(&cidr.net.trunc())) {
                finding = finding.also(cidr.path.clone(), format!("pods of `{}`", other.name));
            }
        }
        let mut needed = who.clone();
        needed.extend(whose);
        finding.cause(self.cause(whose)).help(self.help(&needed))
    }

    fn report_elsewhere(&self, path: FieldPath, who: &Clusters, readers: &Clusters) -> Option<Diagnostic> {
        let (_, net) = self.find_outside(who.iter().next()?, readers)?;
        let reader = self.mesh.clusters.get(readers.iter().next()?)?;
        let whose = if *readers == *who { "that cluster".to_owned() } else { describe_clusters(self.mesh, readers) };
        let message =
            format!("pods of {}, `{net}`, are outside the {} of {whose}", describe_clusters(self.mesh, who), self.field);
        let finding = Diagnostic::new(Code::NativeRoutingUncovered, path, message);
        let finding = finding.also(self.place(reader), format!("the range that `{}` routes natively", reader.name));
        let mut needed = who.clone();
        needed.extend(readers);
        Some(finding.cause(self.cause(if who.len() > 1 { who } else { readers })).help(self.help(&needed)))
    }

    fn cause(&self, clusters: &Clusters) -> String {
        let why = Code::NativeRoutingUncovered.entry().why;
        if clusters.len() > SHOWN {
            format!("{why}; the clusters are {}", list_names(self.mesh, clusters))
        } else {
            why.to_owned()
        }
    }

    /// Suggests the smallest range that covers the pods of all these clusters, if it is a plausible one.
    fn help(&self, needed: &Clusters) -> String {
        let ends = || needed.iter().filter_map(|position| self.pods.get(position).copied().flatten());
        let first = ends().map(|(first, _)| first).min();
        let last = ends().map(|(_, last)| last).max();
        let (full, shortest) = if self.ipv4 { (32, 8) } else { (128, 16) };
        let covering = first.zip(last).and_then(|(first, last)| {
            (shortest..=full).rev().find_map(|length| IpNet::new(first, length).ok().filter(|net| net.contains(&last)))
        });
        match covering {
            Some(net) => format!("set `{1}: {2}`: `{0}` covers the pods of all of them", net.trunc(), self.field, net.trunc()),
            None => format!("set `{}` to a range that covers the pods of every linked cluster", self.field),
        }
    }
}
