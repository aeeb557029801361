//! Ranges with host bits: `10.60.1.0/16`. The other rules use the whole range, `10.60.0.0/16`.

use ipnet::IpNet;

use crate::diag::{Code, Collector, Diagnostic, FieldPath};
use crate::mesh::{Cilium, Mesh};

use super::super::setting;

pub(super) fn check(mesh: &Mesh, findings: &mut Collector) {
    for (field, net) in settings(&mesh.cilium) {
        judge(net, &FieldPath::root().field("cilium").field(field), findings);
    }
    for cluster in &mesh.clusters {
        for ((field, own), (_, of_mesh)) in settings(&cluster.cilium).into_iter().zip(settings(&mesh.cilium)) {
            if own != of_mesh {
                judge(own, &setting::place(cluster, field, false), findings);
            }
        }
        for cidr in [&cluster.pod_cidrs, &cluster.node_cidrs, &cluster.service_cidrs].into_iter().flatten() {
            judge(Some(cidr.net), &cidr.path, findings);
        }
    }
}

fn settings(cilium: &Cilium) -> [(&'static str, Option<IpNet>); 2] {
    [("ipv4NativeRoutingCIDR", cilium.ipv4_native_routing_cidr), ("ipv6NativeRoutingCIDR", cilium.ipv6_native_routing_cidr)]
}

fn judge(net: Option<IpNet>, path: &FieldPath, findings: &mut Collector) {
    if let Some(net) = net.filter(|net| *net != net.trunc()) {
        let message = format!("`{net}` has host bits set: its range is `{}`", net.trunc());
        let finding = Diagnostic::new(Code::HostBits, path.clone(), message);
        findings.push(finding.help(format!("write `{}`, or correct the prefix length", net.trunc())));
    }
}
