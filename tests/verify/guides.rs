//! What people copied from, to the letter: the guide of 2020 (arthurchiao.art/blog/cilium-clustermesh) and the etcd.config of
//! ctripcloud/cilium-compose. Each slip is named, with the version from which it breaks.

use std::fs;

use crate::verify::bundle::{Bundle, FOLDER};
use crate::verify::codes::told;

const GUIDE: &str = "endpoints:
  - https://10.2.2.2:2379

ca-file:   '/var/lib/clustermesh/cluster2-etcd-client-ca.crt'
key-file:  '/var/lib/clustermesh/cluster2-etcd-client.key'
cert-file: '/var/lib/clustermesh/cluster2-etcd-client.crt'
";

/// mount/var/lib/etcd-config/etcd.config of cilium-compose, with addresses in the place of its own placeholders.
const COMPOSE: &str = "---
endpoints:
- https://10.1.1.1:2379
- https://10.1.1.2:2379
- https://10.1.1.3:2379
#
# In case you want to use TLS in etcd, uncomment the following line
ca-file: '/var/lib/etcd-secrets/etcd-client-ca.crt'
key-file: '/var/lib/etcd-secrets/etcd-client.key'
cert-file: '/var/lib/etcd-secrets/etcd-client.crt'
";

/// The guide's folder of cluster1/node1, with a good credential.
fn guide(bundle: &Bundle) -> String {
    let folder = bundle.sandbox.path("guide");
    fs::create_dir(&folder).expect("a folder");
    for ending in ["-ca.crt", ".crt", ".key"] {
        let good = bundle.at(FOLDER).join(format!("cluster2.etcd-client{ending}"));
        fs::copy(good, folder.join(format!("cluster2-etcd-client{ending}"))).expect("copied");
    }
    fs::write(folder.join("cluster2-cilium-etcd.config"), GUIDE).expect("written");
    folder.to_str().expect("text").to_owned()
}

#[test]
fn the_guides_folder_is_wrong_in_its_name_and_its_anchor() {
    let bundle = Bundle::new();
    let folder = guide(&bundle);
    for (version, severity) in [("1.14", "warning"), ("1.16", "warning"), ("1.17", "error"), ("1.20", "error")] {
        let told = told(&bundle.sandbox, &[&folder, "--cilium", version]);
        assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0702", "CM0713"], "{version}: {}", told.report);
        let report: serde_json::Value = serde_json::from_str(&told.report).expect("JSON");
        let findings = report["findings"].as_array().expect("findings");
        let anchor = findings.iter().find(|finding| finding["code"] == "CM0713").expect("the anchor");
        assert_eq!(anchor["severity"], severity, "{version}");
        assert_eq!(anchor["line"], 4, "{version}: the line of the file");
        // Whoever runs an older version is told when it breaks; whoever runs a newer one, what to do.
        let said = told.report.contains("1.17");
        assert!(said, "{version}: {}", told.report);
        assert!(told.report.contains("/cluster2-cilium-etcd.config ") && told.report.contains("`mv "), "{}", told.report);
    }
}

/// Put right as the findings say, nothing is left.
#[test]
fn the_guides_folder_put_right_is_clean() {
    let bundle = Bundle::new();
    let folder = guide(&bundle);
    let path = std::path::Path::new(&folder);
    fs::rename(path.join("cluster2-cilium-etcd.config"), path.join("cluster2")).expect("renamed");
    Bundle::edit(&path.join("cluster2"), "ca-file:", "trusted-ca-file:");
    let told = told(&bundle.sandbox, &[&folder]);
    assert!(told.codes.is_empty(), "{}", told.report);
}

/// As the way to a peer, the compose project's own file has the old key, and credentials outside of the folder.
#[test]
fn the_etcd_config_of_cilium_compose() {
    let bundle = Bundle::new();
    let root = bundle.sandbox.path("project/mount");
    let (folder, secrets) = (root.join("var/lib/clustermesh"), root.join("var/lib/etcd-secrets"));
    fs::create_dir_all(&folder).expect("folders");
    fs::create_dir_all(&secrets).expect("folders");
    fs::write(folder.join("cluster2"), COMPOSE).expect("written");
    let words = [folder.to_str().expect("text"), "--root", root.to_str().expect("text")];
    let missing = told(&bundle.sandbox, &words);
    assert_eq!(missing.codes.iter().collect::<Vec<_>>(), ["CM0706", "CM0713"], "{}", missing.report);
    for ending in ["-ca.crt", ".crt", ".key"] {
        let good = bundle.at(FOLDER).join(format!("cluster2.etcd-client{ending}"));
        fs::copy(good, secrets.join(format!("etcd-client{ending}"))).expect("copied");
    }
    let there = told(&bundle.sandbox, &words);
    assert_eq!(there.codes.iter().collect::<Vec<_>>(), ["CM0713"], "{}", there.report);
    let old = told(&bundle.sandbox, &[&words[..], &["--cilium", "1.16"]].concat());
    assert!(old.report.contains("from Cilium 1.17 on"), "{}", old.report);
}
