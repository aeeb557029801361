//! When a link expires: with the certificates that it uses, not with whatever else is in its files.

use rcgen::{ExtendedKeyUsagePurpose, SanType, date_time_ymd};

use crate::verify::bundle::Bundle;
use crate::verify::codes::{Told, told};
use crate::verify::forge::{anchor, below, client};

const CA: &str = "cluster2.etcd-client-ca.crt";

/// When the first link of the first subject expires, by the report.
fn expires(told: &Told) -> String {
    let report: serde_json::Value = serde_json::from_str(&told.report).expect("JSON");
    report["subjects"][0]["links"][0]["expires"].as_str().expect("a date").to_owned()
}

#[test]
fn certificates_that_lead_nowhere_do_not_make_a_link_look_expired() {
    let bundle = Bundle::new();
    let node = bundle.root.to_str().expect("text").to_owned();
    let before = expires(&told(&bundle.sandbox, &[&node]));
    let soon = |params: &mut rcgen::CertificateParams| params.not_after = date_time_ymd(2026, 12, 1);
    Bundle::append(&bundle.peer(CA), &anchor(soon));
    Bundle::append(&bundle.peer("cluster2.etcd-client.crt"), &client(&bundle, soon).0);
    bundle.reseal();
    let after = told(&bundle.sandbox, &[&node, "--expires-within", "30d"]);
    assert!(!after.codes.contains("CM0732"), "{}", after.report);
    assert_eq!(expires(&after), before);
}

/// The CA that lasts longest is of no use to a server whose certificate the other one has signed.
#[test]
fn a_link_expires_with_the_ca_that_has_signed_the_server() {
    let bundle = Bundle::new();
    let node = bundle.root.to_str().expect("text").to_owned();
    let (ca, server) = below(
        |params| params.not_after = date_time_ymd(2026, 12, 1),
        |params| {
            params.subject_alt_names = vec![SanType::IpAddress([10, 2, 2, 2].into())];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        },
    );
    Bundle::append(&bundle.peer(CA), &ca);
    bundle.reseal();
    let path = bundle.sandbox.path("server.pem");
    Bundle::write(&path, server);
    let alone = told(&bundle.sandbox, &[&node]);
    assert!(!alone.codes.contains("CM0732"), "{}", alone.report);
    let proven = told(&bundle.sandbox, &[&node, path.to_str().expect("text")]);
    assert!(proven.codes.contains("CM0732"), "{}", proven.report);
    assert!(expires(&proven).starts_with("2026-12-01"), "{}", proven.report);
}
