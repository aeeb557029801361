//! `tls.caBundle` of Cilium's chart: pods trust the CAs of a `ConfigMap` in place of `ca.crt` in their Secrets.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::kubernetes::{config_map, list, secret};
use crate::support::pki::{Authority, Wish};
use crate::verify::codes::told;

const BUNDLE: &str = "cilium-root-ca.crt";
const DIRECTORY: &str = "/var/lib/cilium/clustermesh";

fn files<const N: usize>(files: [(&str, &str); N]) -> BTreeMap<String, String> {
    files.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

/// What links are proven, and the codes.
fn verify(sandbox: &Sandbox, objects: impl IntoIterator<Item = Value>, words: &[&str]) -> (Vec<String>, Vec<String>) {
    sandbox.write("objects.json", &list(objects));
    let told = told(sandbox, &[&["objects.json"], words].concat());
    let report: Value = serde_json::from_str(&told.report).expect("JSON");
    let links = report["subjects"].as_array().expect("subjects").iter().flat_map(|one| one["links"].as_array().expect("links"));
    let links = links.map(|link| link["proven"].as_str().expect("a word").to_owned()).collect();
    (links, told.codes.into_iter().collect())
}

fn expected(proven: &str, codes: &[&str]) -> (Vec<String>, Vec<String>) {
    (vec![proven.to_owned()], codes.iter().map(|code| (*code).to_owned()).collect())
}

/// Without the `ConfigMaps` it is not known whether there is one; with them it is the bundle, or the Secret's own CA.
#[test]
fn an_etcd_trusts_the_bundle_if_there_is_one() {
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&[]);
    let member = sandbox.unpack("cluster2/etcd/etcd1").join("payload/etc/etcd/clustermesh");
    let read = |name: &str| fs::read_to_string(member.join(name)).expect("a file");
    // The CA of the chart is another one than that of the clients.
    let charts = Authority::new("Cilium CA").certificate;
    let server = files([("ca.crt", &charts), ("tls.crt", &read("server.crt")), ("tls.key", &read("server.key"))]);
    let server = secret("clustermesh-apiserver-server-cert", &server);
    let both = charts.clone() + &read("client-ca.crt");
    let config = || config_map("cilium-config", "cluster-name", "cluster2");
    let bundle = || config_map(BUNDLE, "ca.crt", &both);
    let mut elsewhere = bundle();
    elsewhere["metadata"]["namespace"] = "cilium".into();
    for (what, others, proven, codes) in [
        ("Secrets alone", vec![], "servers", &["CM0762"][..]),
        ("all ConfigMaps, and no bundle", vec![config()], "refuted", &["CM0404"]),
        ("a bundle", vec![bundle()], "both", &[]),
        ("a bundle among all", vec![config(), bundle()], "both", &[]),
        ("a bundle with `useSecret`", vec![secret(BUNDLE, &files([("ca.crt", &both)]))], "both", &[]),
        ("a bundle in another namespace", vec![config(), elsewhere], "refuted", &["CM0404"]),
        ("a bundle without the CA of the clients", vec![config_map(BUNDLE, "ca.crt", &charts)], "refuted", &["CM0404"]),
        ("a bundle without its key", vec![config_map(BUNDLE, "roots.pem", &both)], "refuted", &["CM0404", "CM0706"]),
    ] {
        let words = ["out/bundles/cluster1/nodes/node1.tar.gz", "--cluster", "cluster2"];
        let found = verify(&sandbox, [server.clone()].into_iter().chain(others), &words);
        assert_eq!(found, expected(proven, codes), "{what}");
    }
}

/// `common-etcd-client-ca.crt` is of the bundle for agents, and for KVStoreMesh from chart 1.18.5 on.
#[test]
fn agents_and_kvstoremesh_trust_the_bundle_as_their_chart_mounts_it() {
    let (sandbox, charts, rome) = (Sandbox::new(), Authority::new("Cilium CA"), Authority::new("Rome CA"));
    let server = rome.issue(&Wish::named("server").sans(&["rome.mesh.cilium.io"]));
    sandbox.write("rome.crt", &server.certificate);
    let client = charts.issue(&Wish::named("remote"));
    let remote = files([("ca.crt", &charts.certificate), ("tls.crt", &client.certificate), ("tls.key", &client.key)]);
    let remote = secret("clustermesh-apiserver-remote-cert", &remote);
    let bundle = config_map(BUNDLE, "ca.crt", &format!("{}{}", charts.certificate, rome.certificate));
    let stem = format!("{DIRECTORY}/common-etcd-client");
    let config = format!(
        "endpoints:\n- https://rome.mesh.cilium.io:2379\ntrusted-ca-file: {stem}-ca.crt\nkey-file: {stem}.key\ncert-file: {stem}.crt\n"
    );
    for (directory, version, proven, codes) in [
        ("cilium-clustermesh", "1.14", "servers", &[][..]),
        ("cilium-clustermesh", "1.20", "servers", &[]),
        ("cilium-kvstoremesh", "1.17", "refuted", &["CM0404"]),
        ("cilium-kvstoremesh", "1.18", "unknown", &["CM0762"]),
        ("cilium-kvstoremesh", "1.19", "servers", &[]),
    ] {
        let objects = [secret(directory, &files([("rome", &config)])), remote.clone(), bundle.clone()];
        let found = verify(&sandbox, objects, &["rome.crt", "--cilium", version]);
        assert_eq!(found, expected(proven, codes), "{directory} {version}");
    }
}
