//! Schema and parser say the same of thousands of meshes that are wrong in one place, and of some that are wrong in two.

use crate::schema::mutations;
use crate::support::everything::EVERYTHING;
use crate::support::schema::{agree, as_json, form, schema_judge};

#[test]
fn of_every_small_change_of_a_mesh_with_everything() {
    let judge = schema_judge();
    let all = mutations::of(EVERYTHING);
    let valid = all.iter().filter(|text| agree(&judge, text)).count();
    assert!(all.len() > 2000 && valid > all.len() / 20 && valid < all.len() / 2, "{valid} of {} are valid", all.len());
}

#[test]
fn of_two_changes_at_once() {
    let judge = schema_judge();
    let small = "version: 1\nmesh: m\ncilium: { version: \"1.18\" }\nclusters: [{ name: a, id: 1, etcd: { endpoints: [a] } }]\n";
    // Every 11th of the changes of every change: some thousands.
    let twice = mutations::of(small).into_iter().flat_map(|once| mutations::of(&once).into_iter().step_by(11));
    for text in twice {
        agree(&judge, &text);
    }
}

/// A duplicate key is no JSON, so the judge cannot say: the parser has a finding of its own.
#[test]
fn duplicate_keys_are_an_error() {
    for field in ["mesh: other", "clusters: []", "version: 1", "links: full"] {
        let text = format!("{EVERYTHING}{field}\n");
        assert!(as_json(&text).is_err(), "{field}");
        assert!(form(&text).is_empty(), "{field}");
        let findings = meshbundle::mesh::parse(&text).findings;
        assert!(findings.iter().any(|finding| finding.code.as_str() == "CM0003"), "{field}");
    }
}
