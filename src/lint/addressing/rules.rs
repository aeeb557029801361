//! All rules about addresses, in the order of their findings.

use crate::diag::{Collector, Diagnostic};
use crate::mesh::Mesh;

use super::super::links;
use super::reach::Neighbours;
use super::{both_ends, host_bits, native, nodes, overlap, pool};

pub(in crate::lint) fn check(mesh: &Mesh, links: &links::ResolvedLinks) -> Vec<Diagnostic> {
    let reach = Neighbours::of(mesh, links);
    let mut findings = Collector::of_mesh();
    host_bits::check(mesh, &mut findings);
    nodes::check(mesh, &mut findings);
    overlap::check(mesh, &reach, &mut findings);
    pool::check(mesh, &reach, &mut findings);
    native::check(mesh, &reach, &mut findings);
    both_ends::check(mesh, &reach, &mut findings);
    findings.finish()
}

#[cfg(test)]
mod tests {
    use crate::diag::{Code, Diagnostic, arrange};
    use crate::mesh::parse;

    use super::super::super::links;

    const CLUSTERS: usize = 511;

    /// The findings in a full mesh of 511 clusters.
    fn findings(cilium: &str, cluster: impl Fn(usize) -> String) -> Vec<Diagnostic> {
        let mut text = format!("version: 1\nmesh: m\ncilium: {{ version: \"1.20\", {cilium} }}\nclusters:\n");
        for number in 0..CLUSTERS {
            let etcd = "{ endpoints: [\"https://192.0.2.1:2379\"] }";
            text.push_str(&format!("- {{ name: c{number}, id: {}, etcd: {etcd}, {} }}\n", number + 1, cluster(number)));
        }
        let parsed = parse(&text);
        let mesh = parsed.mesh.expect("a mesh");
        assert_eq!(mesh.clusters.len(), CLUSTERS, "{:#?}", parsed.findings);
        let (links, _) = links::resolve(&mesh);
        arrange(super::check(&mesh, &links), &parsed.places)
    }

    fn pods(ranges: impl Iterator<Item = String>) -> String {
        format!("podCIDRs: [{}]", ranges.collect::<Vec<_>>().join(", "))
    }

    fn one(findings: &[Diagnostic], code: Code, path: &str) {
        let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.path.as_str())).collect();
        assert_eq!(found, [(code, path)], "{:#?}", findings.get(..findings.len().min(3)));
        let size: usize = findings.iter().map(|finding| finding.message.len() + finding.labels.len() * 80).sum();
        assert!(size < 1000, "{findings:#?}");
    }

    #[test]
    fn ranges_in_common_are_few_findings() {
        let identical = |_| pods((0..64).map(|_| "10.0.0.0/8".to_owned()));
        one(&findings("", identical), Code::PodCidrOverlap, "clusters[c1].podCIDRs[0]");
        let same = |_| pods((0..64).map(|each| format!("10.{each}.0.0/16")));
        one(&findings("", same), Code::PodCidrOverlap, "clusters[c1].podCIDRs");
        let nested = |_| pods((8..32).map(|length| format!("10.0.0.0/{length}")));
        one(&findings("", nested), Code::PodCidrOverlap, "clusters[c1].podCIDRs[0]");
        let inside = |number: usize| match number {
            300 => pods(std::iter::once("10.0.0.0/8".to_owned())),
            _ => pods((0..64).map(|each| format!("10.{}.{}.0/24", number / 4, number % 4 * 64 + each))),
        };
        one(&findings("", inside), Code::PodCidrOverlap, "clusters[c300].podCIDRs[0]");
        let disjoint = |number: usize| pods((0..64).map(|each| format!("10.{}.{}.0/24", number / 4, number % 4 * 64 + each)));
        assert_eq!(findings("", disjoint), []);
    }

    #[test]
    fn names_in_a_text_are_few_and_the_rest_is_counted() {
        let found = findings("", |_| pods(std::iter::once("10.0.0.0/8".to_owned())));
        let cause = found[0].cause.as_deref().expect("a cause");
        assert!(cause.ends_with("the clusters are `c0`, `c1`, `c2`, `c3`, `c4`, `c5`, `c6`, `c7` and 503 more"), "{cause}");
        let half =
            |number: usize| format!("cilium: {{ encryption: {} }}", if number.is_multiple_of(2) { "none" } else { "wireguard" });
        for finding in findings("", half) {
            let texts = finding.cause.as_deref().into_iter().chain(finding.help.as_deref());
            assert!(texts.clone().all(|text| text.len() < 400), "{finding:#?}");
        }
    }

    #[test]
    fn pods_that_have_ranges_are_not_those_of_the_default_pool() {
        assert_eq!(findings("ipam: cluster-pool", |number| pods(std::iter::once(format!("\"fd00:{number:x}::/48\"")))), []);
    }

    #[test]
    fn one_odd_cluster_is_one_finding() {
        let range = |number: usize| format!("10.{}.{}.0/24", number / 256, number % 256);
        let odd = |odd: &'static str| {
            move |number: usize| if number == 300 { odd.to_owned() } else { pods(std::iter::once(range(number))) }
        };
        let found = findings("routingMode: tunnel", odd("cilium: { routingMode: native }"));
        one(&found, Code::DatapathDiffers, "clusters[c300].cilium.routingMode");
        let found = findings("encryption: wireguard", odd("cilium: { encryption: none }"));
        one(&found, Code::EncryptionDiffers, "clusters[c300].cilium.encryption");
        one(&findings("", odd("podCIDRs: [\"fd00::/48\"]")), Code::FamilyMissing, "clusters[c300].podCIDRs");
        let native = "routingMode: native, ipv4NativeRoutingCIDR: 10.0.0.0/8";
        let found = findings(native, odd("podCIDRs: [192.168.0.0/16]"));
        one(&found, Code::NativeRoutingUncovered, "clusters[c300].podCIDRs[0]");
        let found = findings(native, odd("podCIDRs: [10.9.0.0/16], cilium: { ipv4NativeRoutingCIDR: 10.9.0.0/16 }"));
        one(&found, Code::NativeRoutingUncovered, "clusters[c300].cilium.ipv4NativeRoutingCIDR");
        let found = findings("routingMode: native", odd("cilium: { ipv4NativeRoutingCIDR: 10.0.0.0/8 }"));
        one(&found, Code::NativeRoutingUncovered, "cilium.routingMode");
        one(&findings("ipam: cluster-pool", |_| "nodes: []".to_owned()), Code::DefaultPool, "cilium.ipam");
    }
}
