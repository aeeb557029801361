//! Plain scalars: where YAML readers agree what they are, so do schema and parser.

use crate::support::everything::EVERYTHING;
use crate::support::schema::{agree, form, schema_judge};

/// Everything, with one value written differently.
fn with(field: &str, written: &str, instead: &str) -> String {
    let before = format!("{field}: {written}");
    assert_eq!(EVERYTHING.matches(&before).count(), 1, "{before}");
    EVERYTHING.replace(&before, &format!("{field}: {instead}"))
}

#[test]
fn both_read_them_alike() {
    let judge = schema_judge();
    for scalar in [
        "a",
        "a b",
        "'a'",
        "\"a\"",
        "7",
        "-7",
        "+7",
        "0",
        "0.5",
        ".5",
        "5.",
        "1e3",
        "1.5e-3",
        "0x1f",
        "0o17",
        "true",
        "True",
        "FALSE",
        "yes",
        "no",
        "on",
        "~",
        "null",
        "NULL",
        "inf",
        "nan",
        "infinity",
        "1_000",
        "1.2.3",
        "10.0.0.1",
        "2026-11-21",
        "12:30",
        "\"7\"",
        "'true'",
        "|\n      a\n      b",
        ">-\n      7",
        "",
        "!!str 7x",
        "&x a",
    ] {
        for (field, written) in [
            ("mesh", "prod"),
            ("id", "101"),
            ("policyDefaultLocalCluster", "true"),
            ("routingMode", "tunnel"),
            ("renewBefore", "90d"),
            ("ipam", "cluster-pool"),
            ("maxConnectedClusters", "255"),
            ("links", "[[cluster1, cluster2]]"),
            ("version", "\"1.18\""),
        ] {
            // JSON has one kind of number: 5. and 1e3 are whole to a schema, and the parser wants them written like others.
            let whole = ["5.", "1e3", "0x1f", "0o17"].contains(&scalar) && ["id", "maxConnectedClusters"].contains(&field);
            let text = with(field, written, scalar);
            if whole {
                assert!(!form(&text).is_empty(), "{field}: {scalar}");
            } else {
                agree(&judge, &text);
            }
        }
    }
}

#[test]
fn lifetimes() {
    let judge = schema_judge();
    for lifetime in
        ["10y", "1d", "876000h", "0d", "00y", "010y", "y", "1", "1m", "1 y", "1Y", "-1y", "+1y", "1.5y", "١y", "1y1d", ""]
    {
        agree(&judge, &with("renewBefore", "90d", &format!("\"{lifetime}\"")));
    }
}

/// Where readers of YAML differ, a mesh must not depend on which one reads it: the parser refuses.
#[test]
fn what_readers_take_for_different_things_is_refused() {
    for (field, written, scalar) in [
        ("mesh", "prod", "007"),
        ("mesh", "prod", "0b1"),
        ("id", "101", "0101"),
        ("id", "101", "0x65"),
        ("id", "101", "101.0"),
        ("mesh", "prod", ".inf"),
    ] {
        assert!(!form(&with(field, written, scalar)).is_empty(), "{field}: {scalar}");
    }
}

#[test]
fn anchors_and_aliases_are_what_they_stand_for() {
    let judge = schema_judge();
    let text = EVERYTHING.replace("podCIDRs: [10.60.0.0/16]", "podCIDRs: &pods [10.60.0.0/16]");
    assert!(agree(&judge, &text.replace("nodeCIDRs: [10.1.0.0/16]", "nodeCIDRs: *pods")));
    assert!(!agree(&judge, &text.replace("runtime: { kind: systemd, unit: cilium-agent.service }", "runtime: *pods")));
}
