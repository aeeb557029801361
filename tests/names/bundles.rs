//! What `dns` says that bundles have is in the bundles.

use std::collections::BTreeSet;

use serde_json::Value;

use super::MESH;
use crate::support::{Sandbox, tree};

/// Names that the agents or the announcer of `cluster` find in the way `by`.
fn found(report: &Value, cluster: &str, by: &str) -> BTreeSet<String> {
    let names = report["names"].as_array().expect("names").iter();
    let needs = |name: &Value| name["neededBy"].as_array().expect("needs").clone();
    let is_one =
        |need: &Value| need["by"] == by && need["clusters"].as_array().expect("clusters").contains(&Value::from(cluster));
    names.filter(|name| needs(name).iter().any(is_one)).map(|name| name["name"].as_str().expect("text").to_owned()).collect()
}

/// The names after `mark` in every file of a node's bundle whose path ends with `file`.
fn inside(sandbox: &Sandbox, cluster: &str, file: &str, name: fn(&str) -> Option<&str>) -> BTreeSet<String> {
    let files = tree(&sandbox.path(format!("out/unpacked/{cluster}/nodes")));
    let texts = files.iter().filter(|(path, _)| path.contains(file)).map(|(_, (_, bytes))| String::from_utf8_lossy(bytes));
    texts.flat_map(|text| text.lines().filter_map(name).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn bundles_have_what_dns_says() {
    let sandbox = Sandbox::with_mesh(MESH);
    let report = sandbox.ok(&["dns", "--format", "json"]).json();
    sandbox.generate(&["--unpack"]);
    let alias: fn(&str) -> Option<&str> = |line| line.split_once("hostname: ").map(|(_, name)| name);
    let extra: fn(&str) -> Option<&str> = |line| {
        line.trim()
            .strip_prefix("- ")?
            .split_once(':')
            .filter(|(name, _)| name.contains(".example.") || name.contains(".mesh."))
            .map(|(name, _)| name)
    };
    let hosts: fn(&str) -> Option<&str> = |line| line.split_once(' ').filter(|_| !line.starts_with('#')).map(|(_, name)| name);
    let compose = found(&report, "oslo", "extraHosts");
    assert_eq!(inside(&sandbox, "oslo", "docker-compose.clustermesh.yaml", extra), compose);
    assert_eq!(inside(&sandbox, "rome", "clustermesh.hosts", hosts), found(&report, "rome", "bundleHosts"));
    assert_eq!(inside(&sandbox, "lima", "payload", alias), found(&report, "lima", "config"));
    assert!(compose.len() == 3, "{compose:?}");
}
