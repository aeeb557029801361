//! Rows on host names and name constraints.

use crate::chain_judges::row::Row;
use crate::support::workshop::{CA, LEAF, Workshop};

pub(crate) fn rows() -> Vec<Row> {
    let w = Workshop::new();
    [hosts(&w), constraints(&w)].into_iter().flatten().collect()
}

/// An ordinary leaf with other names.
fn named(names: &str) -> String {
    LEAF.replace("DNS:etcd.mesh,IP:10.1.1.1", names)
}

fn hosts(w: &Workshop) -> Vec<Row> {
    let root = w.authority("root", None, CA);
    let leaf = |names: &str| w.leaf(&root, &named(names));
    let member = leaf("DNS:etcd1.cluster1.mesh,DNS:localhost,IP:10.1.1.1,IP:2001:db8::1");
    let wildcard = leaf("DNS:*.mesh.cilium.io");
    let partial = leaf("DNS:etcd*.mesh.cilium.io");
    let ip_as_name = leaf("DNS:10.1.1.1");
    let mapped = leaf("IP:::ffff:10.1.1.1");
    let nameless = w.leaf(&root, &LEAF.replace("subjectAltName=DNS:etcd.mesh,IP:10.1.1.1\n", ""));
    let to = |name: &str, leaf, host: &str| Row::new(&format!("{name}: {host}"), leaf, &[], &[&root]).host(host);
    vec![
        to("name", &member, "etcd1.cluster1.mesh"),
        to("name in capitals", &member, "ETCD1.Cluster1.mesh"),
        to("name with its last dot", &member, "etcd1.cluster1.mesh.").openssl_differs("Go ignores the closing dot of the host"),
        to("single label", &member, "localhost"),
        to("other name", &member, "etcd2.cluster1.mesh").bad("host"),
        to("suffix of the name", &member, "cluster1.mesh").bad("host"),
        to("address", &member, "10.1.1.1"),
        to("other address", &member, "10.1.1.2").bad("host"),
        to("IPv6 address", &member, "2001:db8::1"),
        to("IPv6 address spelled out", &member, "2001:0db8:0:0:0:0:0:1"),
        to("IPv6 address in brackets", &member, "[2001:db8::1]"),
        to("address as a DNS name", &ip_as_name, "10.1.1.1").bad("host"),
        to("IPv4-mapped address", &mapped, "10.1.1.1").openssl_differs("for Go both forms are one address"),
        to("wildcard", &wildcard, "cluster1.mesh.cilium.io"),
        to("wildcard for two labels", &wildcard, "a.b.mesh.cilium.io").bad("host"),
        to("wildcard for none", &wildcard, "mesh.cilium.io").bad("host"),
        to("wildcard for itself, letter by letter", &wildcard, "*.mesh.cilium.io"),
        to("partial wildcard", &partial, "etcd1.mesh.cilium.io")
            .bad("host")
            .openssl_differs("OpenSSL takes a wildcard that is a part of a label"),
        to("common name only", &nameless, "leaf")
            .bad("host")
            .openssl_differs("OpenSSL falls back to the common name, Go no longer does"),
        to("common name beside other names", &member, "leaf").bad("host"),
    ]
}

fn constraints(w: &Workshop) -> Vec<Row> {
    let root = w.authority("root", None, CA);
    let check = |constraints: &str, names: &str| {
        let between = w.authority("between", Some(&root), &format!("{CA}nameConstraints=critical,{constraints}\n"));
        let leaf = w.leaf(&between, &named(names));
        Row::new(&format!("{constraints} for {names}"), &leaf, &[&between], &[&root])
    };
    let forbidden = "name-constraints";
    let constrained_root = w.authority("mesh root", None, &format!("{CA}nameConstraints=permitted;DNS:mesh\n"));
    let by_constrained = w.leaf(&constrained_root, &named("DNS:etcd.other"));
    vec![
        check("permitted;DNS:mesh", "DNS:etcd.mesh"),
        check("permitted;DNS:mesh", "DNS:mesh"),
        check("permitted;DNS:mesh", "DNS:etcd.MESH"),
        check("permitted;DNS:mesh", "DNS:etcd.othermesh").bad(forbidden),
        check("permitted;DNS:mesh", "DNS:etcd.mesh,DNS:localhost").bad(forbidden),
        check("permitted;DNS:mesh", "IP:10.1.1.1"),
        check("permitted;DNS:.mesh", "DNS:etcd.mesh"),
        check("permitted;DNS:.mesh", "DNS:mesh").bad(forbidden),
        check("permitted;DNS:a,permitted;DNS:b", "DNS:x.a,DNS:y.b"),
        check("excluded;DNS:secret.mesh", "DNS:etcd.mesh"),
        check("excluded;DNS:secret.mesh", "DNS:etcd.secret.mesh").bad(forbidden),
        check("excluded;DNS:secret.mesh", "DNS:*.mesh")
            .bad(forbidden)
            .openssl_differs("a wildcard may be the excluded name; OpenSSL compares letters"),
        check("permitted;DNS:mesh,excluded;DNS:secret.mesh", "DNS:a.secret.mesh").bad(forbidden),
        check("permitted;IP:10.0.0.0/255.0.0.0", "IP:10.1.1.1"),
        check("permitted;IP:10.0.0.0/255.0.0.0", "IP:192.168.1.1").bad(forbidden),
        check("permitted;IP:10.0.0.0/255.0.0.0", "IP:2001:db8::1").bad(forbidden),
        check("excluded;IP:2001:db8::/ffff:ffff::", "IP:2001:db8::1").bad(forbidden),
        check("excluded;IP:10.0.0.0/255.0.0.0", "DNS:etcd.mesh"),
        check("permitted;email:mesh", "email:a@mesh"),
        check("permitted;email:a@mesh", "email:b@mesh").bad(forbidden),
        check("permitted;URI:.mesh", "URI:https://etcd.mesh/x"),
        check("permitted;URI:.mesh", "URI:spiffe://other/x").bad(forbidden),
        check("permitted;DNS:mesh", "URI:urn:x")
            .bad(forbidden)
            .openssl_differs("under any constraint Go refuses a URI without a host"),
        check("excluded;RID:1.2.3", "DNS:etcd.mesh")
            .bad("critical-extension")
            .openssl_differs("no name of that kind is there to be excluded"),
        Row::new("an anchor's constraints count too", &by_constrained, &[], &[&constrained_root]).bad(forbidden),
    ]
}
