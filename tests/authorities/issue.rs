//! What every authority issues, judged by OpenSSL.

use std::collections::HashSet;
use std::thread;

use meshbundle::mesh::KeyAlgorithm;
use meshbundle::plan::LeafRequest;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::support::fixture::{self, Fixture, client, server};
use crate::support::openssl::{self, Bench};

const ALGORITHMS: [KeyAlgorithm; 3] = [KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384, KeyAlgorithm::Ed25519];

#[test]
fn openssl_verifies_what_every_authority_issues() {
    for fixture in fixture::all() {
        let Fixture { name, bench } = &fixture;
        let authority = fixture.load();
        bench.write("anchor.pem", authority.anchor_pem());
        // OpenSSL's strict mode wants an identifier in every authority (RFC 5280 4.2.1.2).
        let strict = if *name == "without_key_id" { "" } else { "-x509_strict" };
        for algorithm in ALGORITHMS {
            for request in [server(), client()] {
                let request = LeafRequest { algorithm, ..request };
                let issued = authority.issue(&request).expect(name);
                bench.write("leaf.pem", authority.chain_pem(&issued.leaf_der));
                bench.write("leaf.key", &*meshbundle::pem::key(&issued.key_der));
                let verify = format!("verify -partial_chain {strict} -trusted anchor.pem -purpose");

                bench.run(&format!("{verify} sslclient leaf.pem"));
                if request.dns_names.is_empty() {
                    let reason = bench.fail(&format!("{verify} sslserver leaf.pem"));
                    assert!(reason.contains("unsuitable certificate purpose"), "{reason}");
                } else {
                    let server = format!("{verify} sslserver");
                    for host in ["localhost", "one.mesh.cilium.io"] {
                        bench.run(&format!("{server} -verify_hostname {host} leaf.pem"));
                    }
                    bench.run(&format!("{server} -verify_ip 2001:db8::7 leaf.pem"));
                    bench.fail(&format!("{server} -verify_hostname elsewhere leaf.pem"));
                }

                assert_eq!(
                    openssl::issuer(bench, "leaf.pem"),
                    openssl::subject(bench, "ca.pem"),
                    "{name}: the issuer is not the authority's subject"
                );
                assert_eq!(
                    bench.run("pkey -in leaf.key -pubout"),
                    bench.run("x509 -in leaf.pem -noout -pubkey"),
                    "{name}: the key is not the leaf's"
                );
            }
        }
    }
}

#[test]
fn a_leaf_says_what_was_asked_for() {
    let fixture = fixture::kubeadm();
    let bench = &fixture.bench;
    let authority = fixture.load();
    for (request, usages, names) in [
        (
            server(),
            "TLS Web Server Authentication, TLS Web Client Authentication",
            Some(
                "DNS:clustermesh-apiserver.cilium.io, DNS:*.mesh.cilium.io, DNS:localhost, \
                 IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:7",
            ),
        ),
        (client(), "TLS Web Client Authentication", None),
    ] {
        let issued = authority.issue(&request).expect("issued");
        bench.write("leaf.pem", authority.chain_pem(&issued.leaf_der));

        let subject = bench.run("x509 -in leaf.pem -noout -subject -nameopt RFC2253");
        assert_eq!(subject, format!("subject=CN={}\n", request.common_name));
        let serial = bench.run("x509 -in leaf.pem -noout -serial");
        assert_eq!(serial, format!("serial={}\n", issued.serial_hex.to_uppercase()));
        assert_eq!(issued.serial_hex.len(), 32);
        let dates = bench.run("x509 -in leaf.pem -noout -dates -dateopt iso_8601");
        assert_eq!(dates, format!("notBefore={}\nnotAfter={}\n", iso(request.not_before), iso(request.not_after)));

        assert_eq!(extension(bench, "extendedKeyUsage"), [usages]);
        assert_eq!(extension(bench, "keyUsage"), ["critical", "Digital Signature"]);
        assert_eq!(extension(bench, "basicConstraints"), ["critical", "CA:FALSE"]);
        assert_eq!(extension(bench, "subjectKeyIdentifier").len(), 1);
        let expected: Vec<_> = names.into_iter().collect();
        assert_eq!(extension(bench, "subjectAltName"), expected);
    }
}

#[test]
fn the_authority_key_identifier_repeats_the_authoritys_own() {
    let sub_ca = fixture::sub_ca();
    let issued = sub_ca.load().issue(&client()).expect("issued");
    sub_ca.bench.write("leaf.pem", sub_ca.load().chain_pem(&issued.leaf_der));
    assert_eq!(extension(&sub_ca.bench, "authorityKeyIdentifier"), ["01:02:03:04:05"]);

    let old = fixture::without_key_id();
    assert!(!old.bench.run("x509 -in ca.pem -noout -text").contains("Key Identifier"));
    let issued = old.load().issue(&client()).expect("issued");
    old.bench.write("leaf.pem", old.load().chain_pem(&issued.leaf_der));
    assert!(extension(&old.bench, "authorityKeyIdentifier").is_empty());
}

#[test]
fn certificates_below_the_anchor_travel_with_the_leaf() {
    let sub_ca = fixture::sub_ca();
    let bench = &sub_ca.bench;

    let signer_is_anchor = sub_ca.load();
    let issued = signer_is_anchor.issue(&server()).expect("issued");
    assert_eq!(signer_is_anchor.anchor_pem(), bench.text("sub.pem"));
    let alone = signer_is_anchor.chain_pem(&issued.leaf_der);
    assert_eq!(alone.matches("BEGIN CERTIFICATE").count(), 1);

    let root_is_anchor = sub_ca.load().with_anchor(1).expect("the root is there");
    let issued = root_is_anchor.issue(&server()).expect("issued");
    assert_eq!(root_is_anchor.anchor_pem(), bench.text("root.pem"));
    let chain = root_is_anchor.chain_pem(&issued.leaf_der);
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
    assert!(chain.ends_with(&bench.text("sub.pem")));
    bench.write("leaf.pem", &chain);
    bench.run("verify -x509_strict -purpose sslserver -trusted root.pem -untrusted leaf.pem leaf.pem");
    bench.fail("verify -x509_strict -purpose sslserver -trusted root.pem leaf.pem");
}

#[test]
fn many_threads_issue_at_once() {
    let authority = fixture::kubeadm().load();
    let serials: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..8).map(|_| authority.issue(&client()).expect("issued").serial_hex).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(serials.iter().collect::<HashSet<_>>().len(), 32);
}

/// What `openssl x509 -ext` shows of one extension: `critical`, if it is, and its value.
fn extension(bench: &Bench, name: &str) -> Vec<String> {
    let shown = bench.run(&format!("x509 -in leaf.pem -noout -ext {name}"));
    let mut lines = shown.lines();
    let Some(head) = lines.next().filter(|head| head.starts_with("X509v3")) else {
        return Vec::new();
    };
    let critical = head.contains("critical").then(|| "critical".to_owned());
    let value = lines.map(|line| line.trim().to_owned());
    critical.into_iter().chain(value).collect()
}

fn iso(time: OffsetDateTime) -> String {
    let layout = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    time.format(&layout).expect("a date")
}
