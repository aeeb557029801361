//! A Helm cluster whose etcd gets its certificates from here.

use serde_json::Value;

use crate::helm::scene::{Mixed, NODE_PORT, mesh};
use crate::support::Sandbox;
use crate::support::files::files;

fn provided(version: &str, runtime: &str, etcd: &str) -> String {
    let text = mesh(version, &format!(", method: provided{runtime}"), &format!("{NODE_PORT}{etcd}"));
    // One CA for both, and the owner's is gone.
    text.replace("{ authority: corp, clientSigner: mesh, ", "{ ")
}

const OF_APISERVER: [&str; 4] = ["admin", "local", "remote", "server"];

/// The four Secrets that the chart mounts, with the users that Cilium gives to each.
#[test]
fn the_chart_gets_its_four_secrets() {
    for (version, mode, remote) in
        [("1.16", "legacy", "remote"), ("1.19", "migration", "remote"), ("1.20", "cluster", "remote-cairo")]
    {
        let mixed = Mixed::new(&provided(version, &format!(", authMode: {mode}"), ""));
        let cluster = mixed.applied();
        let subject = |name: &str| {
            let pem = &cluster.data(&format!("clustermesh-apiserver-{name}-cert"))["tls.crt"];
            let chain = meshbundle::x509::Certificate::chain_from_pem(pem.as_bytes()).expect("PEM");
            chain.first().and_then(|leaf| leaf.common_name().map(str::to_owned)).expect("a common name")
        };
        assert_eq!(
            [subject("admin"), subject("local"), subject("remote")],
            ["admin-cairo", "local-cairo", remote].map(str::to_owned)
        );
        let values = mixed.values();
        let tls = &values["clustermesh"]["apiserver"]["tls"];
        assert_eq!(tls["auto"]["enabled"], false);
        assert_eq!(tls["enableSecrets"], if version == "1.20" { Value::Null } else { false.into() }, "{version}");
        assert_eq!(values["tls"], Value::Null, "no caBundle: ca.crt of the Secrets has all CAs");
        let proven = mixed.sandbox.ok(&["verify", "out", "--mesh", "mesh.yaml", "--deny-warnings"]);
        assert!(proven.said("cairo") && !proven.said("servers\n"), "{}", proven.stdout);
    }
}

/// Up to 1.15 the chart takes certificates in its values only.
#[test]
fn older_charts_cannot_have_them() {
    let sandbox = Sandbox::with_mesh(&provided("1.15", "", ""));
    files(&sandbox.path("files"));
    let ran = sandbox.run(&["lint", "mesh.yaml"]);
    assert!(ran.status == 1 && ran.said("CM0509") && ran.said("only in its values"), "{}", ran.stdout);
}

/// The certificate comes before the nodes that dial a new host, and a host that is still dialled stays in it.
#[test]
fn a_new_host_is_in_the_certificate_first() {
    let mixed = Mixed::new(&provided("1.20", "", ""));
    mixed.record(&mixed.applied().get());
    mixed.change(&provided("1.20", "", "").replace("10.63.0.1:32379", "10.63.0.9:32379"));
    let members = mixed.shipped("members");
    assert!(members.contains(&"cairo/helm/secrets/clustermesh-apiserver-server-cert.yaml".to_owned()), "{members:?}");
    let server = &mixed.applied().data("clustermesh-apiserver-server-cert")["tls.crt"];
    let chain = meshbundle::x509::Certificate::chain_from_pem(server.as_bytes()).expect("PEM");
    let leaf = chain.first().expect("a leaf");
    for host in ["10.63.0.9", "10.63.0.1", "clustermesh-apiserver.kube-system.svc", "cairo.mesh.cilium.io", "127.0.0.1"] {
        assert!(meshbundle::x509::host_matches(leaf, host), "{host}");
    }
}

/// A new CA signs clients once its etcd has read it. No Secret shows that: the owner says so.
#[test]
fn another_signer_waits_until_the_etcd_was_restarted() {
    let mixed = Mixed::new(&provided("1.20", "", ""));
    mixed.record(&mixed.applied().get());
    let other = provided("1.20", "", ", clientSigner: corp").replace("corp.crt }", "corp.crt, key: files/corp.key }");
    mixed.change(&other);
    mixed.record(&mixed.applied().get());
    let next = |mixed: &Mixed| {
        let plan = mixed.sandbox.run(&["plan", "mesh.yaml", "--format", "json"]).json();
        plan["nextSigners"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(next(&mixed), 1, "the Secret is there, and nothing shows a restart");
    let plan = mixed.sandbox.run(&["plan", "mesh.yaml"]);
    assert!(plan.said("kubectl rollout restart deployment/clustermesh-apiserver"), "{}", plan.stdout);
    mixed.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "cairo/helm"]);
    assert_eq!(next(&mixed), 0);
}

/// The Secrets of clustermesh-apiserver are 0600, and nothing else has a key.
#[test]
fn no_key_is_outside_of_the_secrets() {
    let mixed = Mixed::new(&provided("1.20", "", ""));
    for name in OF_APISERVER {
        let path = format!("secrets/clustermesh-apiserver-{name}-cert.yaml");
        let (mode, _) = mixed.sandbox.tree("out/bundles/cairo/helm")[&path].clone();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
}
