//! What must be the same at both ends of a link: routing, tunnels, encryption, address families. A value that is not given
//! differs from none.
//!
//! A link whose ends differ is reported at the end that differs from more of its linked clusters: one odd cluster in a mesh of
//! 511 is one finding.

use std::collections::BTreeMap;

use crate::diag::{Code, Collector, Diagnostic, FieldPath};
use crate::mesh::{Cilium, Cluster, Mesh};

use super::super::setting;
use super::cluster_lists::{describe_clusters, group_by_place, list_names};
use super::clusters::Clusters;
use super::reach::Neighbours;
use super::search::SHOWN;

/// Something that must be the same in linked clusters.
struct Aspect<'a> {
    mesh: &'a Mesh,
    code: Code,
    /// By position of the cluster.
    values: Vec<Option<&'a str>>,
    place: &'a dyn Fn(&Cluster) -> FieldPath,
    /// A value in words, after "has".
    words: &'a dyn Fn(&str) -> String,
    /// The setting, if it is one, and its value in the mesh.
    setting: Option<(&'a str, Option<&'a str>)>,
}

/// Clusters with one value, and those linked to them that have another.
type Difference<'a> = (&'a str, &'a str, Clusters);

pub(super) fn check(mesh: &Mesh, reach: &Neighbours, findings: &mut Collector) {
    let mut setting_differs = |code: Code, field: &str, of: &dyn Fn(&Cilium) -> Option<&str>| {
        Aspect {
            mesh,
            code,
            values: mesh.clusters.iter().map(|cluster| of(&cluster.cilium)).collect(),
            place: &|cluster| setting::place(cluster, field, of(&cluster.cilium) == of(&mesh.cilium)),
            words: &|value| format!("{field} `{value}`"),
            setting: Some((field, of(&mesh.cilium))),
        }
        .check(reach, findings);
    };
    setting_differs(Code::DatapathDiffers, "routingMode", &|cilium| cilium.routing_mode.as_deref());
    setting_differs(Code::DatapathDiffers, "tunnelProtocol", &tunnel_protocol);
    setting_differs(Code::EncryptionDiffers, "encryption", &|cilium| cilium.encryption.as_deref());
    Aspect {
        mesh,
        code: Code::FamilyMissing,
        values: mesh.clusters.iter().map(families).collect(),
        place: &|cluster| cluster.path.field("podCIDRs"),
        words: &|value| format!("{value} pods"),
        setting: None,
    }
    .check(reach, findings);
}

/// Agents tunnel by default (`RoutingMode` in pkg/defaults/defaults.go).
fn tunnel_protocol(cilium: &Cilium) -> Option<&str> {
    cilium.tunnel_protocol.as_deref().filter(|_| cilium.routing_mode.as_deref() != Some("native"))
}

const BOTH: &str = "IPv4 and IPv6";

fn families(cluster: &Cluster) -> Option<&'static str> {
    let has = |ipv4: bool| cluster.pod_cidrs.iter().any(|cidr| cidr.net.addr().is_ipv4() == ipv4);
    match (has(true), has(false)) {
        (true, true) => Some(BOTH),
        (true, false) => Some("only IPv4"),
        (false, true) => Some("only IPv6"),
        (false, false) => None,
    }
}

impl<'a> Aspect<'a> {
    fn check(&self, reach: &Neighbours, findings: &mut Collector) {
        for ((value, other, others), positions) in self.find_differences(reach) {
            let places =
                positions.iter().filter_map(|position| Some(((self.place)(self.mesh.clusters.get(*position)?), *position)));
            for (path, odd) in group_by_place(places) {
                findings.push(self.report(path, &odd, (value, other), &others));
            }
        }
    }

    fn value(&self, position: usize) -> Option<&'a str> {
        self.values.get(position).copied().flatten()
    }

    /// Each link whose ends differ, at one of them.
    fn find_differences(&self, reach: &Neighbours) -> BTreeMap<Difference<'a>, Vec<usize>> {
        let mut having: BTreeMap<&str, Clusters> = BTreeMap::new();
        let mut given = Clusters::default();
        for (position, value) in self.values.iter().enumerate() {
            let Some(value) = value else { continue };
            having.entry(value).or_default().insert(position);
            given.insert(position);
        }
        let having = |value: &str| having.get(value).cloned().unwrap_or_default();
        let differing: Vec<Clusters> = (0..self.values.len())
            .map(|position| match self.value(position) {
                Some(value) => reach.linked(position).and(&given).without(&having(value)),
                None => Clusters::default(),
            })
            .collect();
        // If both differ from the same number, the value that comes first in the file is taken as the intended one.
        let rank = |position: usize| {
            let first = self.value(position).and_then(|value| having(value).iter().next());
            (differing.get(position).map_or(0, Clusters::len), first, position)
        };
        let ranks: Vec<_> = (0..self.values.len()).map(rank).collect();
        let mut differences: BTreeMap<Difference, Vec<usize>> = BTreeMap::new();
        for (position, others) in differing.iter().enumerate() {
            let Some(value) = self.value(position) else { continue };
            let mut by_value: BTreeMap<&str, Clusters> = BTreeMap::new();
            for other in others.iter().filter(|other| ranks.get(position) > ranks.get(*other)) {
                if let Some(theirs) = self.value(other) {
                    by_value.entry(theirs).or_default().insert(other);
                }
            }
            for (theirs, others) in by_value {
                differences.entry((value, theirs, others)).or_default().push(position);
            }
        }
        differences
    }

    fn report(&self, path: FieldPath, odd: &Clusters, (value, other): (&str, &str), others: &Clusters) -> Diagnostic {
        let (mine, theirs) = ((self.words)(value), (self.words)(other));
        let verb = |clusters: &Clusters| if clusters.len() == 1 { "has" } else { "have" };
        let linked = match (odd.len(), others.len()) {
            (_, ..=SHOWN) => "",
            (1, _) => " that it is linked to",
            _ => " that they are linked to",
        };
        let (here, there) = (describe_clusters(self.mesh, odd), format!("{}{linked}", describe_clusters(self.mesh, others)));
        let apart = self.code == Code::FamilyMissing && value != BOTH && other != BOTH;
        let message = if apart {
            format!("{here} and {there} have no address family in common: {mine} and {theirs}")
        } else {
            format!("{here} {} {mine}, but {there} {} {theirs}", verb(odd), verb(others))
        };
        let mut finding = Diagnostic::new(self.code, path, message).label(&mine);
        for cluster in others.iter().filter_map(|position| self.mesh.clusters.get(position)) {
            let place = (self.place)(cluster);
            let seen = finding.path == place || finding.labels.iter().any(|label| label.path == place);
            if finding.labels.len() < SHOWN && !seen {
                finding = finding.also(place, format!("`{}` has {theirs}", cluster.name));
            }
        }
        let why = if apart { "no pod of one cluster can reach a pod of the other" } else { self.code.entry().why };
        let many = [odd, others].into_iter().filter(|clusters| clusters.len() > SHOWN).min_by_key(|clusters| clusters.len());
        let cause = match many {
            Some(many) if many == odd => format!("{why}; {mine}: {}", list_names(self.mesh, odd)),
            Some(_) => format!("{why}; {theirs}: {}", list_names(self.mesh, others)),
            None => why.to_owned(),
        };
        finding.cause(cause).help(self.help(odd, (value, other), others))
    }

    /// The help depends on where the values are: in the mesh, or in clusters that override it.
    fn help(&self, odd: &Clusters, (value, other): (&str, &str), others: &Clusters) -> String {
        let (here, there) = (list_names(self.mesh, odd), list_names(self.mesh, others));
        match self.setting {
            None => "give the pods of both clusters the same families".to_owned(),
            Some((_, None)) => "set it once, under the mesh's `cilium`".to_owned(),
            Some((field, Some(of_mesh))) if of_mesh == other => {
                format!("remove the `{field}` of {here}: the mesh has `{other}`")
            }
            Some((field, Some(of_mesh))) if of_mesh == value => {
                format!("remove the `{field}` of {there}, or set `{field}: {other}` under the mesh's `cilium`")
            }
            Some((field, Some(_))) => format!("set `{field}: {other}` in the `cilium` of {here}"),
        }
    }
}
