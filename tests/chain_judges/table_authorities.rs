//! Rows on who may sign what, and for how long.

use meshbundle::x509::Certificate;
use time::Duration;

use crate::chain_judges::row::Row;
use crate::support::workshop::{CA, LEAF, Workshop};

pub(crate) fn rows() -> Vec<Row> {
    let w = Workshop::new();
    [paths(&w), same_names(&w), validity(&w), authority_rights(&w), path_lengths(&w)].into_iter().flatten().collect()
}

fn paths(w: &Workshop) -> Vec<Row> {
    let root = w.authority("root", None, CA);
    let (one, two) = (w.authority("one", Some(&root), CA), w.authority("two", Some(&root), CA));
    let deep = w.authority("deep", Some(&one), CA);
    let (by_root, by_one, by_two, by_deep) = (w.leaf(&root, LEAF), w.leaf(&one, LEAF), w.leaf(&two, LEAF), w.leaf(&deep, LEAF));
    let alone = w.authority("alone", None, LEAF.replace("authorityKeyIdentifier=keyid\n", "").as_str());
    vec![
        Row::new("signed by the anchor", &by_root, &[], &[&root]),
        Row::new("client signed by the anchor", &by_root, &[], &[&root]).client(),
        Row::new("through an intermediate", &by_one, &[&one], &[&root]),
        Row::new("through two intermediates, in any order", &by_deep, &[&one, &deep], &[&root]),
        Row::new("more intermediates than needed", &by_one, &[&two, &deep, &one, &root], &[&root]),
        Row::new("an intermediate as the anchor", &by_one, &[], &[&one]),
        Row::new("one of two anchors", &by_two, &[], &[&one, &two]),
        Row::new("the leaf is the anchor", &by_one, &[], &[&by_one]),
        Row::new("self-signed leaf as the anchor", &alone, &[], &[&alone]),
        Row::new("self-signed leaf elsewhere", &alone, &[], &[&root]).bad("unknown-authority"),
        Row::new("the intermediate is missing", &by_one, &[], &[&root]).bad("unknown-authority"),
        Row::new("no anchors", &by_root, &[], &[]).bad("unknown-authority"),
        Row::new("a sibling's leaf, root sent along", &by_two, &[&two, &root], &[&one]).bad("unknown-authority"),
        Row::new("the root sent along is no anchor", &by_root, &[&root], &[&one]).bad("unknown-authority"),
    ]
}

fn same_names(w: &Workshop) -> Vec<Row> {
    let old = w.authority("mesh ca", None, CA);
    let new = w.authority("mesh ca", None, CA);
    let nameless_key = CA.replace("subjectKeyIdentifier=hash\n", "");
    let (plain_old, plain_new) = (w.authority("plain", None, &nameless_key), w.authority("plain", None, &nameless_key));
    let plain = LEAF.replace("authorityKeyIdentifier=keyid\n", "");
    let leaf = w.leaf(&new, LEAF);
    let plain_leaf = w.leaf(&plain_new, &plain);
    let stranger_key_id = format!("{plain}2.5.29.35=DER:300a8008aabbccddeeff0011\n");
    let misled = w.leaf(&new, &stranger_key_id);
    let mut tampered = w.leaf(&old, LEAF);
    let last = tampered.der.len() - 1;
    tampered.der[last] ^= 1;
    // Two roots that have signed each other, and neither is trusted.
    let (left, right) = (w.authority("left", None, CA), w.authority("right", None, CA));
    let left_by_right = w.cross_signed(&left, &right);
    let right_by_left = w.cross_signed(&right, &left);
    let in_the_loop = w.leaf(&left, LEAF);
    vec![
        Row::new("rotation: both authorities of one name", &leaf, &[], &[&old, &new]),
        Row::new("rotation: the old authority only", &leaf, &[], &[&old]).bad("signature-mismatch"),
        Row::new("rotation without key identifiers", &plain_leaf, &[], &[&plain_old, &plain_new]),
        Row::new("another key identifier than the authority's", &misled, &[], &[&new])
            .openssl_differs("key identifiers only order Go's candidates"),
        Row::new("tampered with", &tampered, &[], &[&old]).bad("signature-mismatch"),
        Row::new("cross-signed loop", &in_the_loop, &[&left_by_right, &right_by_left], &[&old]).bad("unknown-authority"),
        Row::new("cross-signed, the other root is trusted", &in_the_loop, &[&left_by_right], &[&right]),
    ]
}

fn validity(w: &Workshop) -> Vec<Row> {
    let made = |name: &str, issuer, extensions, days| w.certificate(name, &w.key("EC:P-256"), issuer, extensions, days);
    let (long, short) = (made("long", None, CA, 100), made("short", None, CA, 10));
    let (leaf, short_leaf) = (made("leaf", Some(&long), LEAF, 100), made("leaf", Some(&long), LEAF, 10));
    let outlives = made("leaf", Some(&short), LEAF, 100);
    let short_intermediate = made("between", Some(&long), CA, 10);
    let below = made("leaf", Some(&short_intermediate), LEAF, 100);
    let last = Certificate::from_der(&short_leaf.der).expect("a certificate").not_after();
    vec![
        Row::new("leaf expired", &short_leaf, &[], &[&long]).days(20).bad("expired"),
        Row::new("anchor expired", &outlives, &[], &[&short]).days(20).bad("expired"),
        Row::new("intermediate expired", &below, &[&short_intermediate], &[&long]).days(20).bad("expired"),
        Row::new("intermediate still valid", &below, &[&short_intermediate], &[&long]).days(5),
        Row::new("not yet valid", &leaf, &[], &[&long]).days(-2).bad("not-yet-valid"),
        Row::new("the last second but one", &short_leaf, &[], &[&long]).at(last - Duration::SECOND),
        Row::new("the last second", &short_leaf, &[], &[&long])
            .at(last)
            .openssl_differs("OpenSSL ends the validity a second early (X509_cmp_time)"),
        Row::new("a second later", &short_leaf, &[], &[&long]).at(last + Duration::SECOND).bad("expired"),
    ]
}

fn authority_rights(w: &Workshop) -> Vec<Row> {
    let not_a_ca = CA.replace("CA:TRUE", "CA:FALSE");
    let no_constraints = CA.replace("basicConstraints=critical,CA:TRUE\n", "");
    let no_usage = CA.replace("keyUsage=critical,keyCertSign,cRLSign\n", "");
    let no_sign = CA.replace("keyCertSign,cRLSign", "digitalSignature");
    let plain_leaf = LEAF.replace("authorityKeyIdentifier=keyid\n", "");
    let root = w.authority("root", None, CA);
    let mut rows = Vec::new();
    for (name, extensions, code) in [
        ("basic constraints without CA", &not_a_ca, Some("not-an-authority")),
        ("no basic constraints", &no_constraints, Some("not-an-authority")),
        ("no key usage", &no_usage, None),
        ("no keyCertSign", &no_sign, Some("no-cert-sign")),
    ] {
        let anchor = w.authority("anchor", None, extensions);
        let between = w.authority("between", Some(&root), extensions);
        for mut row in [
            Row::new(&format!("anchor: {name}"), &w.leaf(&anchor, &plain_leaf), &[], &[&anchor]),
            Row::new(&format!("intermediate: {name}"), &w.leaf(&between, &plain_leaf), &[&between], &[&root]),
        ] {
            row.expected = code.map_or(Ok(()), Err);
            if row.case.name == "anchor: no basic constraints" {
                row = row.openssl_differs("OpenSSL takes keyCertSign alone for enough in an anchor");
            }
            rows.push(row);
        }
    }
    let version_1 = w.authority("version 1", None, "");
    let version_1_between = w.authority("version 1 between", Some(&root), "");
    rows.push(Row::new("anchor of version 1", &w.leaf(&version_1, &plain_leaf), &[], &[&version_1]));
    rows.push(
        Row::new("intermediate of version 1", &w.leaf(&version_1_between, &plain_leaf), &[&version_1_between], &[&root])
            .bad("not-an-authority"),
    );
    rows
}

fn path_lengths(w: &Workshop) -> Vec<Row> {
    let limited = |limit: u32| CA.replace("CA:TRUE", &format!("CA:TRUE,pathlen:{limit}"));
    let (zero, one) = (w.authority("zero", None, &limited(0)), w.authority("one", None, &limited(1)));
    let below_zero = w.authority("below zero", Some(&zero), CA);
    let below_one = w.authority("below one", Some(&one), CA);
    let lowest = w.authority("lowest", Some(&below_one), CA);
    let between = w.authority("between zero", Some(&one), &limited(0));
    let below_between = w.authority("below between", Some(&between), CA);
    let renewed = w.authority("zero", Some(&zero), CA);
    vec![
        Row::new("path length 0, none between", &w.leaf(&zero, LEAF), &[], &[&zero]),
        Row::new("path length 0, one between", &w.leaf(&below_zero, LEAF), &[&below_zero], &[&zero]).bad("path-length"),
        Row::new("path length 1, one between", &w.leaf(&below_one, LEAF), &[&below_one], &[&one]),
        Row::new("path length 1, two between", &w.leaf(&lowest, LEAF), &[&lowest, &below_one], &[&one]).bad("path-length"),
        Row::new("path length 0 of an intermediate", &w.leaf(&below_between, LEAF), &[&below_between, &between], &[&one])
            .bad("path-length"),
        Row::new("path length 0, self-issued between", &w.leaf(&renewed, LEAF), &[&renewed], &[&zero])
            .bad("path-length")
            .openssl_differs("RFC 5280 does not count self-issued authorities, Go does"),
    ]
}
