//! The exit codes: each command comes to an end with every code that its help names, and with no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::path::Path;

use crate::manual::help::verbs;
use crate::support::{Ran, Sandbox, sample};

/// The lines below `Exit status:`, by code.
fn table(help: &str) -> BTreeMap<i32, String> {
    let lines = help.lines().skip_while(|line| *line != "Exit status:").skip(1).take_while(|line| !line.is_empty());
    let cells = lines.map(|line| line.trim().split_once("  ").unwrap_or_else(|| panic!("no code: {line}")));
    cells.map(|(code, meaning)| (code.parse().expect("a code"), meaning.to_owned())).collect()
}

/// Shown with a network: in tests/probe, tests/announce and tests/firewall.
const WITH_A_NETWORK: [(&str, i32); 4] = [("probe", 0), ("announce", 0), ("announce", 1), ("firewall", 1)];

/// How a command comes to its end.
enum Run {
    /// In a folder without anything.
    Empty(&'static [&'static str]),
    /// Beside a mesh that was generated, with all that is told of it.
    Mesh(&'static [&'static str]),
    /// Beside a mesh that has errors.
    Bad(&'static [&'static str]),
    /// With a full disk behind standard output.
    Full(&'static [&'static str]),
}

use Run::{Bad, Empty, Full, Mesh};

/// No etcd is there.
const ANNOUNCE: &[&str] = &["announce", "--cluster-name", "oslo", "--cluster-id", "7", "--etcd-config", "etcd.config", "--check"];

const RUNS: [(i32, Run); 94] = [
    (0, Empty(&["init"])),
    (2, Empty(&["init", "--force"])),
    (3, Mesh(&["init"])),
    (0, Mesh(&["lint"])),
    (1, Bad(&["lint"])),
    (2, Mesh(&["lint", "--nonsense"])),
    (3, Empty(&["lint"])),
    (0, Empty(&["explain", "CM0105"])),
    (2, Empty(&["explain", "CM9999"])),
    (3, Full(&["explain", "CM0105"])),
    (0, Empty(&["schema"])),
    (2, Empty(&["schema", "nonsense"])),
    (3, Full(&["schema"])),
    (0, Mesh(&["plan", "--exit-code"])),
    (1, Mesh(&["plan", "--out", "other", "--state", "other-state", "--exit-code"])),
    (1, Bad(&["plan"])),
    (2, Mesh(&["plan", "--state", "out/state"])),
    (3, Mesh(&["plan", "--state", "other-state"])),
    (0, Mesh(&["generate"])),
    (1, Bad(&["generate"])),
    (2, Mesh(&["generate", "--node", "cluster1/nobody"])),
    (3, Empty(&["generate"])),
    (3, Mesh(&["generate", "--out", "mesh.yaml"])),
    (0, Mesh(&["verify"])),
    (1, Mesh(&["verify", "--expires-within", "2y"])),
    (2, Mesh(&["verify", "--expires-within", "soon"])),
    (3, Empty(&["verify"])),
    (1, Mesh(&["probe", "loopback", "--timeout", "1"])),
    (2, Mesh(&["probe", "loopback", "--timeout", "0"])),
    (3, Empty(&["probe", "nowhere"])),
    (2, Empty(&["announce"])),
    (3, Mesh(ANNOUNCE)),
    (0, Mesh(&["smoke", "mesh.yaml", "cluster1", "cluster2", "--out", "kit"])),
    (1, Bad(&["smoke", "mesh.yaml", "cluster1", "cluster2", "--out", "kit"])),
    (2, Mesh(&["smoke", "mesh.yaml", "cluster1", "nobody", "--out", "kit"])),
    (3, Mesh(&["smoke", "mesh.yaml", "cluster1", "cluster2", "--out", "out"])),
    (0, Mesh(&["dns"])),
    (1, Bad(&["dns"])),
    (2, Mesh(&["dns", "--zone", "example.net"])),
    (3, Empty(&["dns"])),
    (0, Mesh(&["firewall"])),
    (2, Mesh(&["firewall", "--format", "nft"])),
    (1, Bad(&["firewall"])),
    (3, Empty(&["firewall"])),
    (0, Empty(&["completions", "bash"])),
    (2, Empty(&["completions", "tcsh"])),
    (3, Full(&["completions", "bash"])),
    (0, Empty(&["man", "pages"])),
    (2, Empty(&["man"])),
    (3, Mesh(&["man", "mesh.yaml/pages"])),
    (0, Mesh(&["certs", "list"])),
    (1, Mesh(&["certs", "list", "--within", "2y"])),
    (2, Mesh(&["certs", "list", "--within", "soon"])),
    (3, Empty(&["certs", "list"])),
    (0, Mesh(&["rollout", "record", "mesh.yaml", "mesh.yaml"])),
    (1, Mesh(&["rollout", "record", "mesh.yaml", "--by-hand", "nobody/users"])),
    (2, Mesh(&["rollout", "record", "mesh.yaml"])),
    (3, Mesh(&["rollout", "record", "mesh.yaml", "nothing"])),
    (0, Mesh(&["rollout", "status"])),
    (1, Mesh(&["rollout", "status", "--exit-code"])),
    (2, Mesh(&["rollout", "status", "--nonsense"])),
    (3, Empty(&["rollout", "status"])),
    (0, Mesh(&["certs", "rotate", "--ca", "mesh"])),
    (1, Mesh(&["certs", "rotate", "--ca", "nobody"])),
    (2, Mesh(&["certs", "rotate"])),
    (3, Empty(&["certs", "rotate", "--ca", "mesh"])),
    (0, Mesh(&["certs", "revoke", "mesh.yaml", "cluster1/node/node1"])),
    (1, Mesh(&["certs", "revoke", "mesh.yaml", "cluster1/node/nobody"])),
    (2, Mesh(&["certs", "revoke", "mesh.yaml"])),
    (3, Empty(&["certs", "revoke", "mesh.yaml", "cluster1"])),
    (0, Mesh(&["graph"])),
    (1, Bad(&["graph"])),
    (2, Mesh(&["graph", "--as", "matrix", "--format", "dot"])),
    (3, Mesh(&["graph", "--observed", "nothing.json"])),
    (0, Mesh(&["report", "--out", "mesh.html"])),
    (1, Bad(&["report", "--out", "mesh.html"])),
    (2, Mesh(&["report"])),
    (3, Mesh(&["report", "--out", "mesh.yaml"])),
    (0, Mesh(&["state", "backup", "backup.tar.gz"])),
    (2, Mesh(&["state", "backup"])),
    (3, Mesh(&["state", "backup", "mesh.yaml"])),
    (0, Mesh(&["state", "restore", "state"])),
    (2, Mesh(&["state", "restore"])),
    (3, Mesh(&["state", "restore", "mesh.yaml"])),
    (0, Mesh(&["state", "check"])),
    (1, Mesh(&["state", "check", "--state", "damaged"])),
    (2, Mesh(&["state", "check", "--nonsense"])),
    (3, Empty(&["state", "check"])),
    (0, Mesh(&["state", "encrypt", "--recipient", RECIPIENT])),
    (2, Mesh(&["state", "encrypt"])),
    (3, Empty(&["state", "encrypt", "--recipient", RECIPIENT])),
    (0, Mesh(&["state", "decrypt"])),
    (2, Mesh(&["state", "decrypt", "--nonsense"])),
    (3, Empty(&["state", "decrypt"])),
];

/// The public half of a key that everyone knows.
const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

/// A sandbox with a mesh and what was generated, an etcd's config that nobody answers to, and a folder of such.
fn generated() -> Sandbox {
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.ok(&["generate", "--create-authorities"]);
    // A state that has lost everything but its inventory.
    sandbox.write("damaged/inventory.json", &sandbox.read("state/inventory.json"));
    // Port 1 of the loopback: nobody is there.
    sandbox.write("etcd.config", "endpoints: [\"http://127.0.0.1:1\"]\n");
    sandbox.write("loopback/cluster9", "endpoints: [\"http://127.0.0.1:1\"]\n");
    sandbox
}

fn play(run: &Run) -> (&'static [&'static str], Ran) {
    match run {
        Empty(words) => (words, Sandbox::new().run(words)),
        Mesh(words) => (words, generated().run(words)),
        Bad(words) => (words, Sandbox::with_mesh(&sample("guide-two-clusters.yaml").replace("id: 102", "id: 101")).run(words)),
        Full(words) => {
            let full = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
            (words, Ran::of(Sandbox::new().command(words).stdout(full)))
        }
    }
}

#[test]
fn every_command_ends_with_the_codes_that_its_help_has_and_no_others() {
    let mut shown: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
    for (verb, code) in WITH_A_NETWORK {
        shown.entry(verb.to_owned()).or_default().insert(code);
    }
    for (code, run) in &RUNS {
        let (words, ran) = play(run);
        assert_eq!(ran.status, *code, "{words:?}: {}{}", ran.stdout, ran.stderr);
        // A failure is said on stderr, and has nothing on stdout; findings are the result.
        assert_eq!(*code >= 2, ran.stderr.contains("error: "), "{words:?}: {}", ran.stderr);
        assert!(*code < 2 || ran.stdout.is_empty(), "{words:?}: {}", ran.stdout);
        assert!(*code != 1 || !ran.stdout.is_empty(), "{words:?}: nothing is on stdout");
        let is_group = matches!(words[0], "certs" | "rollout" | "state");
        shown.entry(words[0].to_owned()).or_default().insert(*code);
        if let Some(inner) = words.get(1).filter(|_| is_group) {
            shown.entry(format!("{} {inner}", words[0])).or_default().insert(*code);
        }
    }
    for verb in verbs(&Sandbox::new()) {
        let named: BTreeSet<i32> = table(&verb.help).into_keys().collect();
        assert_eq!(shown.get(&verb.name), Some(&named), "{}: {}", verb.name, verb.help);
    }
}

#[test]
fn every_help_has_examples_and_the_same_words_for_2() {
    let sandbox = Sandbox::new();
    let all = table(&sandbox.ok(&["--help"]).stdout);
    assert_eq!(all.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
    for verb in verbs(&sandbox) {
        assert_eq!(table(&verb.help).get(&2), all.get(&2), "{}", verb.name);
        assert!(verb.help.contains(&format!("\n  meshbundle {}", verb.name)), "{}: no example", verb.name);
    }
}

#[test]
fn the_readme_has_the_same_exit_codes() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README");
    for (code, meaning) in table(&Sandbox::new().ok(&["--help"]).stdout) {
        assert!(readme.contains(&format!("\n| {code} | {meaning} |\n")), "the README lacks `| {code} | {meaning} |`");
    }
}

/// A time that is no time is a wrong command line, wherever it comes from; a date is enough.
#[test]
fn times_are_dates_or_rfc_3339() {
    let mut sandbox = generated();
    for (time, status) in [
        ("2026-11-22", 0),
        ("2026-11-22T23:59:59Z", 0),
        ("2026-11-23T01:00:00+14:00", 0),
        ("2026-11-31", 2),
        ("2026-325", 2),
        ("20261122", 2),
        ("+002026-11-22", 2),
        ("2026-11-22 12:00", 2),
        ("tomorrow", 2),
        ("", 2),
    ] {
        let at = format!("--at={time}");
        assert_eq!(sandbox.run(&["verify", &at]).status, status, "--at {time}");
        sandbox.at(time);
        let ran = sandbox.run(&["verify"]);
        assert_eq!(ran.status, status, "MESHBUNDLE_NOW={time}: {}", ran.stderr);
        assert!(status == 0 || ran.said("MESHBUNDLE_NOW"), "{}", ran.stderr);
        sandbox.at("2026-11-21T12:00:00Z");
    }
    // The first certificates expire on 2027-10-17 at 12:00: at the first instant of that day they are valid.
    assert_eq!(sandbox.run(&["verify", "--at", "2027-10-17"]).status, 0);
    assert_eq!(sandbox.run(&["verify", "--at", "2027-10-18"]).status, 1);
}
