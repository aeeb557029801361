//! What `verify` makes of the objects of a cluster, and of what the mesh says of its release.

use crate::helm::scene::{Mixed, NODE_PORT, mesh};
use crate::support::kubernetes::{config_map, list, secret};

/// An endpoint that the certificate in `files/etcd.crt` covers.
const ETCD: &str = r#", endpoints: ["https://10.12.0.1:32379"]"#;

/// The proof of the link from oslo to cairo, and what is printed. The clients are of meshbundle's CA, and `corp` is the chart's.
fn verified(mixed: &Mixed, others: &[serde_json::Value]) -> (String, String) {
    let read = |name: &str| mixed.sandbox.read(format!("files/{name}"));
    let server = [("ca.crt", "corp.crt"), ("tls.crt", "etcd.crt"), ("tls.key", "etcd.key")];
    let server = server.map(|(key, file)| (key.to_owned(), read(file))).into();
    link_to(mixed, [secret("clustermesh-apiserver-server-cert", &server)].into_iter().chain(others.iter().cloned()))
}

/// The same with these objects of cairo alone.
fn link_to(mixed: &Mixed, objects: impl IntoIterator<Item = serde_json::Value>) -> (String, String) {
    mixed.sandbox.write("cairo.json", &list(objects));
    let words = ["verify", "out/bundles/oslo/nodes/n1.tar.gz", "cairo.json", "--cluster", "cairo", "--mesh", "mesh.yaml"];
    let report = mixed.sandbox.run(&[&words[..], &["--format", "json"]].concat()).json();
    let link = &report["subjects"][0]["links"][0];
    (link["proven"].as_str().unwrap_or_else(|| panic!("{report}")).to_owned(), format!("{report:#}"))
}

/// The state has the CAs that values.yaml lets the etcd trust. What the cluster really has counts before.
#[test]
fn the_mesh_knows_the_bundle_of_values() {
    let mixed = Mixed::new(&mesh("1.20", "", ETCD));
    let (proven, report) = verified(&mixed, &[]);
    assert!(proven == "both" && !report.contains("CM0404") && !report.contains("CM0762"), "{report}");
    let (proven, report) = verified(&mixed, &[config_map("cilium-config", "cluster-name", "cairo")]);
    assert!(proven == "refuted" && report.contains("CM0404"), "values.yaml is not in use yet: {report}");
    std::fs::rename(mixed.sandbox.path("state"), mixed.sandbox.path("elsewhere")).expect("renamed");
    let (proven, report) = verified(&mixed, &[]);
    assert!(proven == "servers" && report.contains("CM0762") && !report.contains("CM0404"), "{report}");
}

/// Certificates from here bring their CAs with them, unless the release has a bundle, which replaces these.
#[test]
fn the_cas_of_provided_secrets_count_without_a_bundle() {
    let of = |runtime: &str| {
        let text = mesh("1.20", &format!(", method: provided{runtime}"), &format!("{NODE_PORT}, clientTrust: [mesh, corp]"));
        text.replace("authority: corp, clientSigner: mesh, ", "")
    };
    let bundle = |name: &str| format!("tls: {{caBundle: {{enabled: true, name: {name}}}}}\n");
    for (runtime, proven, code) in [("", "refuted", "CM0404"), (", values: release.yaml", "servers", "CM0762")] {
        let mixed = Mixed::of_release(&of(runtime), &bundle("of-the-owner"));
        let mut server = mixed.applied().data("clustermesh-apiserver-server-cert");
        server.insert("ca.crt".to_owned(), mixed.sandbox.read("files/corp.crt"));
        let (link, report) = link_to(&mixed, [secret("clustermesh-apiserver-server-cert", &server)]);
        assert!(link == proven && report.contains(code), "{runtime}: {report}");
    }
}

/// Pods mount nothing from another namespace than that of the release, which the mesh has.
#[test]
fn secrets_in_another_namespace_are_not_mounted() {
    let mixed = Mixed::new(&mesh("1.20", "", ETCD));
    let words = ["verify", "out/bundles/cairo/helm/secrets", "--cluster", "cairo"];
    let moved = mesh("1.20", ", namespace: cilium", ETCD);
    mixed.sandbox.write("moved.yaml", &moved);
    assert!(!mixed.sandbox.run(&[&words[..], &["--mesh", "mesh.yaml"]].concat()).said("CM0765"));
    let ran = mixed.sandbox.run(&[&words[..], &["--mesh", "moved.yaml", "--deny-warnings"]].concat());
    let said = "no pod mounts `cilium-kvstoremesh` in the namespace `kube-system`";
    let words: Vec<&str> = ran.stdout.split_whitespace().collect();
    assert!(ran.status == 1 && words.join(" ").contains(said), "{}", ran.stdout);
}
