//! Authorities made here: sound to OpenSSL, and loaded like any other.

use meshbundle::mesh::KeyAlgorithm;
use meshbundle::pki::{Authority, AuthorityError, NewAuthority};
use meshbundle::plan::AuthorityRequest;
use time::{Duration, OffsetDateTime};

use crate::support::fixture::{client, server};
use crate::support::openssl::Bench;

fn request(algorithm: KeyAlgorithm) -> AuthorityRequest {
    let now = OffsetDateTime::now_utc();
    AuthorityRequest {
        common_name: "Mesh Zürich CA".to_owned(),
        organization: Some("Example".to_owned()),
        algorithm,
        not_before: now - Duration::hours(1),
        not_after: now + Duration::days(3650),
    }
}

#[test]
fn openssl_verifies_a_mesh_of_our_own() {
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384, KeyAlgorithm::Ed25519] {
        let bench = Bench::new();
        let NewAuthority { certificate_pem, key_pem } = Authority::create(&request(algorithm)).expect("created");
        bench.write("ca.pem", &certificate_pem);
        bench.run("verify -x509_strict -check_ss_sig -trusted ca.pem ca.pem");
        let text = bench.run("x509 -in ca.pem -noout -text -nameopt RFC2253,-esc_msb");
        for stated in [
            "Subject: CN=Mesh Zürich CA,O=Example,serialNumber=",
            "Issuer: CN=Mesh Zürich CA,O=Example,serialNumber=",
            "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign",
            "X509v3 Basic Constraints: critical\n                CA:TRUE\n",
            "X509v3 Subject Key Identifier:",
        ] {
            assert!(text.contains(stated), "{stated} in {text}");
        }

        let authority = Authority::load(certificate_pem.as_bytes(), key_pem.as_bytes()).expect("loaded");
        for (request, purpose) in [(server(), "sslserver"), (client(), "sslclient")] {
            let issued = authority.issue(&request).expect("issued");
            bench.write("leaf.pem", authority.chain_pem(&issued.leaf_der));
            bench.run(&format!("verify -x509_strict -purpose {purpose} -trusted ca.pem leaf.pem"));
        }
    }
}

#[test]
fn dates_beyond_2049_and_other_offsets_are_written_in_utc() {
    let bench = Bench::new();
    let mut request = request(KeyAlgorithm::EcdsaP256);
    request.not_before = time::macros::datetime!(2030-01-01 00:30 +02:00);
    request.not_after = time::macros::datetime!(2049-12-31 23:30:07.9 -01:00);
    let made = Authority::create(&request).expect("created");
    bench.write("ca.pem", &made.certificate_pem);
    assert_eq!(
        bench.run("x509 -in ca.pem -noout -dates -dateopt iso_8601"),
        "notBefore=2029-12-31 22:30:00Z\nnotAfter=2050-01-01 00:30:07Z\n"
    );
    let listing = bench.run("asn1parse -in ca.pem");
    assert!(listing.contains("UTCTIME           :291231223000Z"), "{listing}");
    assert!(listing.contains("GENERALIZEDTIME   :20500101003007Z"), "{listing}");
}

#[test]
fn names_and_dates_that_no_certificate_can_have_are_refused() {
    let sound = request(KeyAlgorithm::Ed25519);
    let refused = |change: fn(&mut AuthorityRequest)| {
        let mut request = sound.clone();
        change(&mut request);
        Authority::create(&request).map(|_| ()).expect_err("refused")
    };
    for error in [
        refused(|request| request.common_name = String::new()),
        refused(|request| request.common_name = "ü".repeat(65)),
        refused(|request| request.common_name = "a\u{1b}[2J".to_owned()),
        refused(|request| request.organization = Some(String::new())),
    ] {
        assert!(matches!(error, AuthorityError::Name { .. }), "{error}");
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
    }
    for error in [
        refused(|request| request.not_after = request.not_before),
        refused(|request| request.not_before = time::macros::datetime!(1949-12-31 0:00 UTC)),
        refused(|request| request.not_after = time::macros::datetime!(9999-12-31 23:59 -05:00)),
    ] {
        assert!(matches!(error, AuthorityError::Validity { .. }), "{error}");
    }

    let mut longest = sound.clone();
    longest.common_name = "ü".repeat(64);
    Authority::create(&longest).expect("64 characters are allowed, however many octets");
}

/// Two of one name are told apart by their subjects alone.
#[test]
fn a_subject_has_a_digest_of_the_key() {
    let subjects = [0, 1].map(|_| {
        let bench = Bench::new();
        let made = Authority::create(&request(KeyAlgorithm::EcdsaP256)).expect("created");
        bench.write("ca.pem", &made.certificate_pem);
        bench.run("x509 -in ca.pem -noout -subject -nameopt RFC2253,-esc_msb").trim().to_owned()
    });
    assert_ne!(subjects[0], subjects[1]);
    for subject in subjects {
        let digest = subject.strip_prefix("subject=CN=Mesh Zürich CA,O=Example,serialNumber=").expect("the other names");
        assert!(digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
    }
}
