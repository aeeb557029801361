//! A link whose both ends are given is proven, or refuted with the reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{ExtendedKeyUsagePurpose, SanType, date_time_ymd};

use crate::support::{Sandbox, tool};
use crate::verify::bundle::Bundle;
use crate::verify::codes::told;
use crate::verify::forge::{anchor, client, stranger};

fn text(path: &std::path::Path) -> String {
    path.to_str().expect("text").to_owned()
}

/// What the report says of the one link of the first subject.
fn proven(report: &str) -> String {
    let report: serde_json::Value = serde_json::from_str(report).expect("JSON");
    report["subjects"][0]["links"][0]["proven"].as_str().expect("a proof").to_owned()
}

const MEMBER: &str = "payload/etc/etcd/clustermesh";

#[test]
fn a_bundle_beside_the_remote_members_is_proven_at_both_ends() {
    let bundle = Bundle::new();
    let member = text(&bundle.sandbox.unpack("cluster2/etcd/etcd1"));
    let node = text(&bundle.root);
    let alone = told(&bundle.sandbox, &[&node]);
    assert_eq!(proven(&alone.report), "unknown");
    let both = told(&bundle.sandbox, &[&node, &member]);
    assert!(both.codes.is_empty(), "{}", both.report);
    assert_eq!(proven(&both.report), "both");
}

/// Whose an archive is shows at its beginning, unless somebody has packed it again.
#[test]
fn a_members_archive_in_any_order_is_the_other_end() {
    let bundle = Bundle::new();
    let member = bundle.sandbox.unpack("cluster2/etcd/etcd1");
    let (parent, name) = (member.parent().expect("a parent"), member.file_name().expect("a name").to_str().expect("text"));
    let again = text(&bundle.sandbox.path("again.tar.gz"));
    // `SHA256SUMS` comes before `manifest.json`.
    tool("tar", "tar", ["--sort=name", "-czf", &again, "-C", &text(parent), name]);
    let both = told(&bundle.sandbox, &[&text(&bundle.root), &again]);
    assert_eq!(proven(&both.report), "both", "{}", both.report);
}

#[test]
fn another_anchor_at_either_end_refutes_it() {
    for (at, who) in [("node", "would refuse the etcd of"), ("member", "would refuse the agents of")] {
        let bundle = Bundle::new();
        let member = bundle.sandbox.unpack("cluster2/etcd/etcd1");
        let anchors =
            if at == "node" { bundle.peer("cluster2.etcd-client-ca.crt") } else { member.join(MEMBER).join("client-ca.crt") };
        Bundle::write(&anchors, stranger("Other CA"));
        bundle.reseal();
        let told = told(&bundle.sandbox, &[&text(&bundle.root), &text(&member)]);
        assert!(told.codes.contains("CM0404"), "{at}: {}", told.report);
        assert!(told.report.contains(who), "{at}: {}", told.report);
        assert_eq!(proven(&told.report), "refuted");
    }
}

/// The agents' own etcd is an end as well, though no link.
#[test]
fn a_local_etcd_that_would_reject_its_clients_is_reported() {
    let bundle = Bundle::new();
    let member = bundle.sandbox.unpack("cluster1/etcd/etcd1");
    let clean = told(&bundle.sandbox, &[&text(&bundle.root), &text(&member)]);
    assert!(clean.codes.is_empty(), "{}", clean.report);
    Bundle::write(&member.join(MEMBER).join("client-ca.crt"), stranger("Other CA"));
    let told = told(&bundle.sandbox, &[&text(&bundle.root), &text(&member)]);
    // Once for the agents, once for the announcer.
    assert_eq!(told.report.matches("the etcd of `cluster1` would refuse").count(), 2, "{}", told.report);
}

/// Does something to a member's folder.
type Spoil = fn(&Path);

/// What a member shows to others is looked at where it is there.
#[test]
fn a_member_that_its_peers_would_reject_is_reported() {
    let sandbox = Sandbox::with_sample("own-authorities.yaml");
    sandbox.generate(&[]);
    let spoil: [(&str, Spoil); 6] = [
        ("CM0749", |folder| Bundle::edit(&folder.join("etcd.env"), "ETCD_PEER_CERT_ALLOWED_CN=clustermesh-peer-fra\n", "")),
        ("CM0749", |folder| Bundle::edit(&folder.join("etcd.env"), "PEER_CLIENT_CERT_AUTH=true", "PEER_CLIENT_CERT_AUTH=false")),
        ("CM0749", |folder| Bundle::edit(&folder.join("etcd.env"), "clustermesh-peer-fra", "clustermesh-peer-ams")),
        // A good credential of the same authority, with another name.
        ("CM0403", |folder| {
            let at = |place: &str, ending: &str| folder.join(format!("{place}.{ending}"));
            ["crt", "key"].iter().for_each(|end| Bundle::write(&at("peer", end), Bundle::read(&at("server", end))));
        }),
        ("CM0415", |folder| Bundle::write(&folder.join("peer.key"), Bundle::read(&folder.join("server.key")))),
        ("CM0404", |folder| Bundle::write(&folder.join("peer-ca.crt"), stranger("Other CA"))),
    ];
    for (code, spoil) in spoil {
        let _ = fs::remove_dir_all(sandbox.path("unpacked-by-tar"));
        let member = sandbox.unpack("fra/etcd/fra-etcd1");
        assert!(told(&sandbox, &[&text(&member)]).codes.is_empty());
        spoil(&member.join(MEMBER));
        let told = told(&sandbox, &[&text(&member)]);
        assert!(told.codes.contains(code), "{code}: {}", told.report);
    }
}

/// What a unit starts is looked at like what a compose service starts.
#[test]
fn an_announcer_unit_that_does_not_fit_is_reported() {
    let sandbox = Sandbox::with_sample("own-authorities.yaml");
    sandbox.generate(&[]);
    let unit = "payload/etc/systemd/system/clustermesh-announce.service";
    let spoil: [(&str, Spoil); 5] = [
        ("CM0749", |unit| Bundle::edit(unit, "--cluster-name=fra", "--cluster-name=ams")),
        ("CM0749", |unit| Bundle::edit(unit, "--cluster-id=11", "--cluster-id=12")),
        ("CM0749", |unit| Bundle::edit(unit, " --cluster-id=11", "")),
        ("CM0706", |unit| fs::remove_file(of_announcer(unit).join("etcd.config")).expect("removed")),
        ("CM0706", |unit| fs::remove_dir_all(of_announcer(unit)).expect("removed")),
    ];
    for (number, (code, spoil)) in spoil.into_iter().enumerate() {
        let _ = fs::remove_dir_all(sandbox.path("unpacked-by-tar"));
        let node = sandbox.unpack("fra/nodes/fra-edge01");
        assert!(told(&sandbox, &[&text(&node)]).codes.is_empty());
        spoil(&node.join(unit));
        let told = told(&sandbox, &[&text(&node)]);
        // The checksums are those of before.
        let codes: Vec<_> = told.codes.iter().filter(|code| !["CM0746", "CM0747"].contains(&code.as_str())).collect();
        assert_eq!(codes, [code], "{number}: {}", told.report);
    }
}

/// The announcer's folder beside its unit.
fn of_announcer(unit: &Path) -> PathBuf {
    unit.ancestors().nth(4).expect("the payload").join("var/lib/clustermesh-announce")
}

#[test]
fn an_endpoint_that_no_server_certificate_covers_refutes_it() {
    let bundle = Bundle::new();
    let member = text(&bundle.sandbox.unpack("cluster2/etcd/etcd1"));
    Bundle::edit(&bundle.config(), "10.2.2.2", "10.9.9.9");
    bundle.reseal();
    let told = told(&bundle.sandbox, &[&text(&bundle.root), &member]);
    assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0404"], "{}", told.report);
    assert!(told.report.contains("10.9.9.9"), "{}", told.report);
}

/// A certificate file alone belongs to whichever peer dials a host that it is for.
#[test]
fn a_given_server_certificate_proves_its_end() {
    let bundle = Bundle::new();
    let server = |san: &str| {
        let address = SanType::IpAddress(san.parse().expect("an address"));
        let (certificate, _) = client(&bundle, |params| {
            params.subject_alt_names = vec![address];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        });
        let path = bundle.sandbox.path(format!("{san}.crt"));
        fs::write(&path, certificate).expect("written");
        text(&path)
    };
    let node = text(&bundle.root);
    let good = told(&bundle.sandbox, &[&node, &server("10.2.2.2")]);
    assert!(good.codes.is_empty(), "{}", good.report);
    assert_eq!(proven(&good.report), "servers");
    let elsewhere = told(&bundle.sandbox, &[&node, &server("10.2.2.9")]);
    assert_eq!(elsewhere.codes.iter().collect::<Vec<_>>(), ["CM0404"], "{}", elsewhere.report);
    assert!(elsewhere.report.contains("none of the hosts"), "{}", elsewhere.report);
}

#[test]
fn a_members_bundle_is_read_by_itself() {
    let bundle = Bundle::new();
    let member = bundle.sandbox.unpack("cluster2/etcd/etcd1");
    let good = told(&bundle.sandbox, &[&text(&member)]);
    assert!(good.codes.is_empty(), "{}", good.report);
    let env = member.join(MEMBER).join("etcd.env");
    let was = Bundle::read(&env);
    Bundle::edit(&env, "CLIENT_CERT_AUTH=true", "CLIENT_CERT_AUTH=false");
    Bundle::append(&env, "ETCD_NAME=etcd9\n");
    let changed = told(&bundle.sandbox, &[&text(&member)]);
    assert_eq!(changed.codes.iter().collect::<Vec<_>>(), ["CM0746", "CM0749"], "{}", changed.report);
    Bundle::write(&env, was);
    fs::remove_file(member.join(MEMBER).join("server.key")).expect("removed");
    let gone = told(&bundle.sandbox, &[&text(&member)]);
    assert_eq!(gone.codes.iter().collect::<Vec<_>>(), ["CM0706", "CM0747"], "{}", gone.report);
}

/// Of very many only the sum is told, and they are read one after another: the proofs are the same.
#[test]
fn very_many_are_proven_like_few() {
    let bundle = Bundle::new();
    let out = |name: &str| text(&bundle.sandbox.path("out/bundles").join(name));
    let (node, member) = (out("cluster1/nodes/node1.tar.gz"), out("cluster2/etcd/etcd1.tar.gz"));
    for (nodes, first) in
        [(8, "8 for agents (Cilium 1.18), 1 for etcd members"), (80, "80 for agents (Cilium 1.18), 1 for etcd members")]
    {
        let mut words = vec!["verify"];
        words.extend(std::iter::repeat_n(node.as_str(), nodes));
        words.push(&member);
        let ran = bundle.sandbox.ok(&words);
        assert_eq!(ran.stdout.lines().next(), Some(first), "{}", ran.stdout);
        let sum = format!("{nodes} links: {nodes} proven at both ends, 0 at the servers' end, 0 refuted");
        assert!(ran.stdout.contains(&sum), "{}", ran.stdout);
    }
}

/// Another member of the same etcd, whose certificate is for `hosts`.
fn another_member(bundle: &Bundle, member: &Path, hosts: &[SanType]) -> String {
    let other = bundle.sandbox.path("another-member");
    let _ = fs::remove_dir_all(&other);
    tool("cp", "coreutils", ["-r".as_ref(), member.as_os_str(), other.as_os_str()]);
    let (certificate, key) = client(bundle, |params| {
        params.subject_alt_names = hosts.to_vec();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    });
    Bundle::write(&other.join(MEMBER).join("server.crt"), certificate);
    Bundle::write(&other.join(MEMBER).join("server.key"), key);
    text(&other)
}

/// Without the codes of the checksums, which are those of before.
fn without_sums(codes: &BTreeSet<String>) -> Vec<&str> {
    codes.iter().map(String::as_str).filter(|code| *code != "CM0746").collect()
}

/// Agents may take any endpoint, and meet each member only by its own address: which that is, no file says.
#[test]
fn a_member_that_no_dialled_host_leads_to_is_reported_and_not_refuted() {
    let bundle = Bundle::new();
    let member = bundle.sandbox.unpack("cluster2/etcd/etcd1");
    let (node, first) = (text(&bundle.root), text(&member));
    let address = |address: &str| SanType::IpAddress(address.parse().expect("an address"));
    for (hosts, codes) in [(vec![address("10.2.2.9")], vec!["CM0429"]), (vec![address("10.2.2.9"), address("10.2.2.2")], vec![])]
    {
        let other = another_member(&bundle, &member, &hosts);
        let told = told(&bundle.sandbox, &[&node, &first, &other]);
        assert_eq!(without_sums(&told.codes), codes, "{}", told.report);
        assert_eq!(proven(&told.report), "both");
    }
}

/// A name with an address for each member leads to every one of them.
#[test]
fn a_member_behind_a_name_that_it_leaves_out_refutes_it() {
    let bundle = Bundle::new();
    let member = bundle.sandbox.unpack("cluster2/etcd/etcd1");
    Bundle::edit(&bundle.config(), "10.2.2.2", "etcd.example.net");
    Bundle::append(&bundle.config(), "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: [10.2.2.2, 10.2.2.9]\n");
    bundle.reseal();
    let name = SanType::DnsName("etcd.example.net".try_into().expect("a name"));
    let address = SanType::IpAddress("10.2.2.9".parse().expect("an address"));
    let first = another_member(&bundle, &member, &[name]);
    let named = bundle.sandbox.path("named-member");
    fs::rename(&first, &named).expect("renamed");
    let other = another_member(&bundle, &member, &[address]);
    let told = told(&bundle.sandbox, &[&text(&bundle.root), &text(&named), &other, "--cilium", "1.20"]);
    assert_eq!(without_sums(&told.codes), ["CM0404"], "{}", told.report);
    assert!(told.report.contains("which also leads to this member of `cluster2`"), "{}", told.report);
}

/// An expired CA beside the one that is used is normal during a rotation, and takes no day from the link.
#[test]
fn an_expired_second_anchor_neither_refutes_a_link_nor_ends_it() {
    let bundle = Bundle::new();
    let member = text(&bundle.sandbox.unpack("cluster2/etcd/etcd1"));
    let expires = |report: &str| -> String {
        let report: serde_json::Value = serde_json::from_str(report).expect("JSON");
        report["subjects"][0]["links"][0]["expires"].to_string()
    };
    let before = told(&bundle.sandbox, &[&text(&bundle.root), &member]);
    let expired = anchor(|params| params.not_after = date_time_ymd(2026, 2, 1));
    Bundle::append(&bundle.peer("cluster2.etcd-client-ca.crt"), &expired);
    bundle.reseal();
    let told = told(&bundle.sandbox, &[&text(&bundle.root), &member]);
    assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0428", "CM0760"], "{}", told.report);
    assert_eq!((told.status, proven(&told.report).as_str()), (0, "both"));
    assert_eq!(expires(&told.report), expires(&before.report));
    assert_ne!(expires(&told.report), "null");
}
