//! Authorities that are none, and leaves that must not be.

use meshbundle::pki::{Authority, AuthorityError, KeyError};
use meshbundle::plan::LeafRequest;
use time::Duration;

use crate::support::fixture::{self, client, self_sign, server};
use crate::support::openssl::Bench;

fn load(chain: &[u8], key: &[u8]) -> AuthorityError {
    Authority::load(chain, key).map(|_| ()).expect_err("refused")
}

#[test]
fn what_is_no_authority_is_refused() {
    let bench = Bench::new();
    bench.run("genpkey -algorithm ED25519 -out ca.key");
    let refused = |extensions: &str| {
        self_sign(&bench, "CN=Nobody", extensions);
        load(&bench.read("ca.pem"), &bench.read("ca.key"))
    };
    let subject = || "CN=Nobody".to_owned();
    for extensions in ["subjectKeyIdentifier=hash", "basicConstraints=critical,CA:FALSE"] {
        let expected = AuthorityError::NotAnAuthority { subject: subject() };
        assert_eq!(refused(extensions), expected, "{extensions}");
    }
    assert_eq!(
        refused("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature"),
        AuthorityError::NoCertSign { subject: subject() }
    );

    // RFC 5280 4.2.1.3: without key usage there is no restriction.
    self_sign(&bench, "CN=Somebody", "basicConstraints=critical,CA:TRUE");
    Authority::load(&bench.read("ca.pem"), &bench.read("ca.key")).expect("loaded");
}

#[test]
fn a_pair_that_is_none_is_refused() {
    let fixture = fixture::sub_ca();
    let bench = &fixture.bench;
    let (chain, key) = (bench.read("ca.pem"), bench.read("ca.key"));

    let mismatch = load(&chain, &bench.read("root.key"));
    assert!(matches!(&mismatch, AuthorityError::KeyMismatch { subject } if subject.contains("Mesh CA")));
    assert_eq!(load(&key, &key), AuthorityError::NoCertificate);
    assert_eq!(load(b"", &key), AuthorityError::NoCertificate);
    assert_eq!(load(&chain, &chain), AuthorityError::Key(KeyError::Missing));
    assert_eq!(load(&chain[..40], &key), AuthorityError::NoCertificate);
    let garbage = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(load(&[bench.read("sub.pem"), garbage.to_vec()].concat(), &key), AuthorityError::Certificate { position: 2 });

    let both = [key.clone(), chain].concat();
    Authority::load(&both, &both).expect("one file may hold both");
}

#[test]
fn an_anchor_has_to_be_in_the_chain() {
    let fixture = fixture::sub_ca();
    let bench = &fixture.bench;
    assert_eq!(fixture.load().with_anchor(2).map(|_| ()), Err(AuthorityError::Anchor { position: 3, length: 2 }));

    let stranger = fixture::kubeadm();
    let chain = [bench.read("sub.pem"), stranger.bench.read("ca.pem")].concat();
    let authority = Authority::load(&chain, &bench.read("ca.key")).expect("loaded");
    let broken = authority.with_anchor(1).map(|_| ()).expect_err("refused");
    assert!(matches!(broken, AuthorityError::BrokenChain { position: 1, .. }), "{broken}");
}

#[test]
fn a_leaf_does_not_outlive_what_is_above_it() {
    let fixture = fixture::sub_ca();
    let signer_is_anchor = fixture.load();
    let from = client().not_before;
    let end = signer_is_anchor.not_after(from);
    let until = |not_after| LeafRequest { not_after, ..client() };
    signer_is_anchor.issue(&until(end)).expect("to the last second");
    let error = signer_is_anchor.issue(&until(end + Duration::SECOND)).expect_err("a second too long");
    assert!(matches!(error, AuthorityError::Outlived { .. }), "{error}");

    // The sub-CA ends first (900 days against the root's 1000), so the anchor changes nothing.
    let root_is_anchor = fixture.load().with_anchor(1).expect("the root is there");
    assert_eq!(root_is_anchor.not_after(from), end);
}

/// A sub-CA whose root expires before it, in 30 days.
fn below_a_short_root() -> Authority {
    let fixture = fixture::sub_ca();
    let bench = &fixture.bench;
    bench.run("x509 -in root.pem -signkey root.key -days 30 -out short.pem");
    let chain = [bench.read("sub.pem"), bench.read("short.pem")].concat();
    Authority::load(&chain, &bench.read("ca.key")).expect("loaded")
}

#[test]
fn the_shortest_life_up_to_the_anchor_counts() {
    let authority = below_a_short_root();
    authority.issue(&server()).expect("90 days are fine for the sub-CA");
    let authority = authority.with_anchor(1).expect("the root is there");
    let error = authority.issue(&server()).expect_err("but not for the root");
    assert!(matches!(error, AuthorityError::Outlived { .. }), "{error}");
}

/// Clients that trust the sub-CA go on, and none can trust the root.
#[test]
fn a_root_that_has_expired_ends_no_leaf() {
    let authority = below_a_short_root().with_anchor(1).expect("the root is there");
    let from = server().not_before + Duration::days(40);
    authority
        .issue(&LeafRequest { not_before: from, not_after: from + Duration::days(90), ..server() })
        .expect("the root is gone");
}

#[test]
fn names_and_dates_that_no_certificate_can_have_are_refused() {
    let authority = fixture::without_key_id().load();
    let refused = |change: &dyn Fn(&mut LeafRequest)| {
        let mut request = server();
        change(&mut request);
        authority.issue(&request).expect_err("refused")
    };
    for name in ["", "*", "a..b", "a b", "zürich", "a.", "*.*.a", "-a", "a\n"] {
        assert_eq!(refused(&|request| request.dns_names.push(name.to_owned())), AuthorityError::DnsName(name.to_owned()));
    }
    let long = ["a".repeat(64), vec!["a".repeat(50); 5].join(".")];
    for name in long {
        assert_eq!(refused(&|request| request.dns_names.push(name.clone())), AuthorityError::DnsName(name.clone()));
    }
    let error = refused(&|request| request.common_name = "a".repeat(65));
    assert!(matches!(error, AuthorityError::Name { .. }), "{error}");
    let error = refused(&|request| request.not_before = request.not_after);
    assert!(matches!(error, AuthorityError::Validity { .. }), "{error}");
}
