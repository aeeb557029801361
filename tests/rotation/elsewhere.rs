//! Etcds that are not run by bundles: those of others, and those of Helm clusters. People say what no receipt shows.

use crate::evolution::mesh::edit;
use crate::evolution::scene::Scene;
use crate::helm::scene::{Mixed, NODE_PORT, applied, mesh};
use crate::rotation::scene::{refused, rotate, ship};
use crate::support::Sandbox;

/// `a` reads the etcd of `b`, which others have set up with the CA `old`.
fn foreign(ca: &str) -> String {
    use crate::evolution::mesh::{cluster, mesh};
    let brought = "trust:\n  authorities:\n    old: { certificate: old.crt, key: old.key }\n    new: { certificate: new.crt, key: new.key }\n";
    let text = edit(&mesh(&[cluster("a", 1), cluster("b", 2)]), "trust:\n", brought);
    edit(&text, "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n", &format!("    authority: {ca}\n"))
}

#[test]
fn the_operator_of_the_etcd_of_others_says_what_is_done() {
    let scene = Scene { sandbox: Sandbox::with_mesh(&foreign("old")) };
    ["old", "new"].into_iter().for_each(|name| scene.sandbox.authority(name));
    scene.generate(&["--create-authorities"]);
    ship(&scene);
    let asks = |what: &str| scene.sandbox.ok(&["plan"]).stdout.contains(what);
    rotate(&scene, "old", &["--to", "new", "--next"]);
    ship(&scene);
    assert!(asks("let its etcd trust CA new for clients as well"));
    refused(&scene, "old", &["--next"], &["`b/step/client-trust` is not recorded", "--by-hand b/step/client-trust`"]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "b/step/client-trust"]);
    assert!(!asks("let its etcd trust"));
    rotate(&scene, "old", &["--next"]);
    ship(&scene);
    scene.change(&foreign("new"), &[]);
    rotate(&scene, "old", &["--next"]);
    ship(&scene);
    // Agents trust the old one until its servers have certificates of the new one.
    assert!(asks("once no server of its etcd has a certificate of CA old"));
    let count = || scene.bundle("a/nodes/n1").peer("b.etcd-client-ca.crt").matches("BEGIN CERTIFICATE").count();
    assert_eq!(count(), 2);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "b/step/server-certificates"]);
    scene.generate(&[]);
    assert_eq!(count(), 1);
}

/// Its Secrets are the evidence, and its clustermesh-apiserver reads CAs only when it starts.
#[test]
fn a_helm_cluster_takes_part_in_each_step() {
    let text = mesh("1.20", ", method: provided", NODE_PORT).replace("{ authority: corp, clientSigner: mesh, ", "{ ");
    let made = Mixed::new(&text);
    let scene = Scene { sandbox: made.sandbox };
    let applied = || applied(&scene.sandbox);
    let all = |scene: &Scene| {
        ship(scene);
        scene.sandbox.write("stream.txt", &applied().get());
        scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "stream.txt"]);
    };
    all(&scene);
    let cas = || {
        let secret = applied().data("clustermesh-apiserver-server-cert");
        secret["ca.crt"].matches("BEGIN CERTIFICATE").count()
    };
    rotate(&scene, "mesh", &["--next"]);
    all(&scene);
    assert_eq!(cas(), 2);
    let plan = scene.sandbox.ok(&["plan"]).stdout;
    assert!(plan.contains("kubectl rollout restart deployment/clustermesh-apiserver"), "{plan}");
    refused(&scene, "mesh", &["--next"], &["1 unit is not known to trust it: `cairo/helm`"]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "cairo/helm"]);
    rotate(&scene, "mesh", &["--next"]);
    refused(&scene, "mesh", &["--next"], &["`cairo/helm`"]);
    all(&scene);
    rotate(&scene, "mesh", &["--next"]);
    all(&scene);
    assert_eq!(cas(), 1);
    assert_eq!(scene.plan(&[])["pending"], false);
}
