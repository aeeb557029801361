//! Why there is no chain, in words, and which of several reasons is told.

use meshbundle::x509::{Certificate, ChainError, Usage, verify_chain};

use crate::chain_judges::forge::{CLIENT, Extension, Forge, IP, Plan, dns, noon};

#[test]
fn reasons_in_words() {
    let forge = Forge::new(2);
    let plan = |subject: &str, key: usize, extensions: Vec<Extension>| Plan {
        subject: subject.to_owned(),
        key,
        issuer: "mesh".to_owned(),
        issuer_key: 0,
        days: (-9, 9),
        extensions,
    };
    let read = |plan: &Plan| Certificate::from_der(&forge.make(plan)).expect("a certificate");
    let anchor = read(&plan("mesh", 0, vec![Extension::basic_constraints(true, None)]));
    let stranger = read(&plan("stranger", 0, vec![Extension::basic_constraints(true, None)]));
    let names = Extension::alt_names(&[dns("a.mesh"), (IP, vec![10, 1, 1, 1])]);
    let leaf = read(&plan("leaf", 1, vec![Extension::ext_key_usage(&[CLIENT]), names]));
    let reason = |anchor: &Certificate, usage, host: Option<&str>, days| {
        let anchors = std::slice::from_ref(anchor);
        let at = noon() + time::Duration::days(days);
        verify_chain(&leaf, &[], anchors, usage, host, at).expect_err("no chain")
    };
    let words = |error: ChainError| error.to_string();
    assert_eq!(
        words(reason(&stranger, Usage::ClientAuth, None, 0)),
        "signed by an unknown CA: the issuer `CN=mesh` of `CN=leaf` is not among the trusted CAs (`CN=stranger`)"
    );
    assert_eq!(
        words(reason(&anchor, Usage::ServerAuth, None, 0)),
        "`CN=leaf` does not allow server authentication (extended key usage)"
    );
    assert_eq!(
        words(reason(&anchor, Usage::ClientAuth, Some("10.1.1.2"), 0)),
        "`CN=leaf` is not valid for `10.1.1.2`: it is valid for `DNS:a.mesh`, `IP:10.1.1.1`"
    );
    assert_eq!(words(reason(&anchor, Usage::ClientAuth, None, 20)), "`CN=leaf` expired on 2030-06-10 12:00:00 UTC");
    assert_eq!(words(reason(&anchor, Usage::ClientAuth, None, -20)), "`CN=leaf` is not valid before 2030-05-23 12:00:00 UTC");
    // An empty host is a mistake of the caller's, not a wish to check none.
    assert_eq!(reason(&anchor, Usage::ClientAuth, Some(""), 0).code(), "host");
}

/// An authority that only shares the name must not hide what is wrong with the right one.
#[test]
fn the_error_is_that_of_the_candidate_that_came_furthest() {
    let forge = Forge::new(3);
    let authority = |key: usize, days: (i64, i64), extensions: &[Extension]| {
        let basic = [Extension::basic_constraints(true, None)];
        let extensions = basic.iter().chain(extensions).cloned().collect();
        let name = "mesh".to_owned();
        let plan = Plan { subject: name.clone(), key, issuer: name, issuer_key: key, days, extensions };
        Certificate::from_der(&forge.make(&plan)).expect("a certificate")
    };
    let stranger = authority(1, (-9, 9), &[]);
    let no_sign = authority(1, (-9, 9), &[Extension::key_usage(false)]);
    let expired = authority(0, (-9, -1), &[]);
    let for_clients = authority(0, (-9, 9), &[Extension::ext_key_usage(&[CLIENT])]);
    let names = Extension::alt_names(&[dns("etcd.mesh")]);
    let (subject, issuer) = ("leaf".to_owned(), "mesh".to_owned());
    let leaf = Plan { subject, key: 2, issuer, issuer_key: 0, days: (-9, 9), extensions: vec![names] };
    let leaf = Certificate::from_der(&forge.make(&leaf)).expect("a certificate");
    let steps = [(&stranger, "signature-mismatch"), (&no_sign, "no-cert-sign"), (&expired, "expired"), (&for_clients, "usage")];
    for (near, far) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        for anchors in [[near, far], [far, near]] {
            let anchors = anchors.map(|step| steps[step].0.clone());
            let reason = verify_chain(&leaf, &[], &anchors, Usage::ServerAuth, None, noon()).expect_err("no chain");
            assert_eq!(reason.code(), steps[far].1, "{reason}");
        }
    }
}
