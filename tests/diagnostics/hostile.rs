//! Files that nobody writes by hand: each a plain diagnosis, with little memory, and the exit status of a bad mesh.
//!
//! A hang shows as a test that never ends; memory is bounded by the kernel (`ulimit -v`), so that too much of it is a crash.

use std::fs;
use std::process::Command;

use crate::support::{NOW, Ran, Sandbox};

/// Address space that a run may have, in KiB. What an empty mesh needs is less than a tenth of it.
const MEMORY: u64 = 1024 * 1024;

/// Lints `bytes` with a bound on memory.
fn lint(bytes: &[u8]) -> Ran {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("mesh.yaml"), bytes).expect("written");
    let script = format!("ulimit -v {MEMORY}; exec \"$0\" lint mesh.yaml");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_meshbundle")]).current_dir(sandbox.path(".")).env("MESHBUNDLE_NOW", NOW);
    Ran::of(&mut command)
}

/// Demands that `bytes` are told to be wrong by a finding that says `said`.
fn is_told(what: &str, bytes: &[u8], said: &str) {
    let ran = lint(bytes);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""), "{what}: {}", ran.stdout.chars().take(2000).collect::<String>());
    let unfolded = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unfolded.contains(said), "{what}: {}", ran.stdout.chars().take(2000).collect::<String>());
    assert!(ran.stdout.len() < 64 * 1024, "{what}: a report of {} bytes", ran.stdout.len());
}

const TOP: &str = "version: 1\nmesh: m\ncilium: { version: \"1.18\" }\n";
const CLUSTERS: &str = "clusters:\n- name: paris\n  id: 1\n  \
    etcd: { endpoints: [\"https://10.0.0.1:2379\"], localClients: true, members: [{ name: e, addresses: [10.0.0.1] }] }\n- name: tokyo\n  \
    id: 2\n  etcd: { endpoints: [\"https://10.0.0.2:2379\"], localClients: true, members: [{ name: e, addresses: [10.0.0.2] }] }\n";

#[test]
fn aliases_that_multiply() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    is_told("a billion laughs", format!("{TOP}{CLUSTERS}{bomb}").as_bytes(), "error[CM0001]");
    is_told("an alias of itself", format!("{TOP}clusters: &c [*c]\n").as_bytes(), "error[CM0001]");
}

#[test]
fn nesting_without_end() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let deep = format!("{TOP}clusters: {}{}\n", open.repeat(10_000), close.repeat(10_000));
        is_told(open, deep.as_bytes(), "error[CM0001]");
        let unclosed = format!("{TOP}clusters: {}\n", open.repeat(10_000));
        is_told(open, unclosed.as_bytes(), "error[CM0001]");
    }
    let indented: String = (0..4_000_usize).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    is_told("indentation", indented.as_bytes(), "error[CM0001]");
}

#[test]
fn the_largest_file_that_is_read() {
    let size = 15 * 1024 * 1024;
    let comment = format!("{TOP}{CLUSTERS}{}", "# nothing to see here\n".repeat(size / 22));
    assert_eq!(lint(comment.as_bytes()).status, 0, "comments are no findings");
    is_told("one word", &b"x".repeat(size), "error[CM0004]");
    is_told("one value", format!("{TOP}name: {}\n{CLUSTERS}", "x".repeat(size)).as_bytes(), "error[CM0002]");
    is_told("unknown fields", format!("{TOP}{CLUSTERS}{}", "  x: 1\n".repeat(300_000)).as_bytes(), "error[CM00");
}

#[test]
fn files_that_no_mesh_has() {
    for (what, bytes, said) in [
        ("seventeen megabytes", "#".repeat(17 << 20), "more than 16 MiB"),
        ("a million lines", "\n".repeat(1_000_001), "more than 1000000 lines"),
    ] {
        let ran = lint(format!("{TOP}{CLUSTERS}{bytes}").as_bytes());
        assert_eq!(ran.status, 3, "{what}: {}", ran.stdout);
        assert!(ran.stderr.contains(said), "{what}: {}", ran.stderr);
    }
}

/// 8,000 clusters took 42 s: each was compared with each.
#[test]
fn more_clusters_than_ids() {
    let clusters: String = (0..8000)
        .map(|n| format!("- {{ name: c{n}, id: {}, etcd: {{ endpoints: [\"https://10.0.0.1:2379\"] }} }}\n", n % 255 + 1))
        .collect();
    let ran = lint(format!("{TOP}clusters:\n{clusters}").as_bytes());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("the mesh has 8000 clusters, but Cilium supports at most 511"), "{}", ran.stdout);
    assert!(ran.stdout.contains(": 1 error\n"), "one finding says it: {}", ran.stdout.chars().take(2000).collect::<String>());
}

/// 40,000 unknown or repeated keys took 10 to 15 s, for the line of each was counted anew.
#[test]
fn very_many_findings_of_a_kind() {
    let unknown: String = (0..100_000).map(|n| format!("unknown{n}: 1\n")).collect();
    let repeated = "mesh: m\n".repeat(100_000);
    let one_line = (0..100_000).map(|n| format!("unknown{n}: 1, ")).collect::<String>();
    for (bytes, code) in [(unknown, "CM0002"), (repeated, "CM0003"), (format!("{{{one_line}}}\n"), "CM0002")] {
        let text = if bytes.starts_with('{') { bytes } else { format!("{TOP}{CLUSTERS}{bytes}") };
        let ran = lint(text.as_bytes());
        assert_eq!(ran.status, 1, "{code}: {}", ran.stderr);
        assert!(ran.stdout.contains(&format!("error[{code}]")), "{}", ran.stdout.chars().take(2000).collect::<String>());
        assert!(ran.stdout.contains("000 more findings of this kind"), "the others are counted");
        assert!(ran.stdout.len() < 256 * 1024, "{code}: a report of {} bytes", ran.stdout.len());
    }
}

#[test]
fn characters_that_do_not_belong() {
    is_told("a NUL", format!("{TOP}{CLUSTERS}  ipam: \"a\0b\"\n").as_bytes(), "error[CM0");
    is_told("a NUL in a name", format!("{TOP}{}", CLUSTERS.replace("paris", "pa\0ris")).as_bytes(), "error[CM0");
    is_told("a bell", format!("{TOP}{}", CLUSTERS.replace("paris", "pa\x07ris")).as_bytes(), "error[CM0");
    is_told("tabs", format!("{TOP}{}", CLUSTERS.replace("  ", "\t")).as_bytes(), "indent with spaces");
    for odd in ["p\u{e4}ris", "p\u{430}ris", "paris\u{200b}", "\u{202e}sirap", "\u{1f5fc}", "pari\u{17f}", "\u{ff50}aris"] {
        is_told(odd, format!("{TOP}{}", CLUSTERS.replace("paris", odd)).as_bytes(), "is not a cluster name");
    }
}

#[test]
fn what_editors_leave_behind_is_harmless() {
    let mesh = format!("{TOP}{CLUSTERS}");
    for (what, bytes) in [
        ("a byte order mark", format!("\u{feff}{mesh}")),
        ("lines that end with CRLF", mesh.replace('\n', "\r\n")),
        ("both", format!("\u{feff}{}", mesh.replace('\n', "\r\n"))),
        ("no last newline", mesh.trim_end().to_owned()),
        ("a document's marks", format!("---\n{mesh}...\n")),
    ] {
        let ran = lint(bytes.as_bytes());
        assert_eq!(ran.status, 0, "{what}: {}", ran.stdout);
        assert!(ran.stdout.ends_with("mesh.yaml: no findings\n"), "{what}: {}", ran.stdout);
    }
    let slip = mesh.replace("id: 2", "id: 0").replace('\n', "\r\n");
    is_told("a slip between them", format!("\u{feff}{slip}").as_bytes(), "--> mesh.yaml:9:7");
}

#[test]
fn numbers_beyond_64_bits() {
    for number in [
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        &"9".repeat(10_000),
        "1e400",
        "0x1",
        ".inf",
        ".nan",
    ] {
        let whole = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let said = if whole { "a number that is far too large" } else { "where a whole number belongs" };
        let mesh = format!("{TOP}{}", CLUSTERS.replace("id: 1", &format!("id: {number}")));
        is_told(number.get(..20).unwrap_or(number), mesh.as_bytes(), said);
    }
    let huge = "9".repeat(40);
    is_told("a port", format!("{TOP}{}", CLUSTERS.replace("0.1:2379", &format!("0.1:{huge}"))).as_bytes(), "error[CM0302]");
    is_told("a range", format!("{TOP}{CLUSTERS}  nodes: [\"n[1:{huge}]\"]\n").as_bytes(), "error[CM0111]");
    is_told("a prefix", format!("{TOP}{CLUSTERS}  podCIDRs: [10.0.0.0/{huge}]\n").as_bytes(), "error[CM0201]");
    is_told("a lifetime", format!("{TOP}trust: {{ renewBefore: {huge}y }}\n{CLUSTERS}").as_bytes(), "error[CM0");
    is_told("a version", format!("{TOP}{CLUSTERS}  cilium: {{ version: \"1.{huge}\" }}\n").as_bytes(), "error[CM0107]");
}

#[test]
fn more_than_a_mesh_ever_has_is_not_read() {
    let sandbox = Sandbox::new();
    fs::File::create(sandbox.path("mesh.yaml")).and_then(|file| file.set_len(65 * 1024 * 1024)).expect("a sparse file");
    let ran = sandbox.run(&["lint", "mesh.yaml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("which no mesh has"), "{}", ran.stderr);
}
