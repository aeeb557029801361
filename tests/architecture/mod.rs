//! The invariants of ARCHITECTURE.md, held against the sources.

mod cycles;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What belongs to everyone.
const SHARED: [&str; 3] = ["input", "pem", "wiped"];

/// Who may import whom, as ARCHITECTURE.md has it.
const MAY_IMPORT: [(&str, &[&str]); 28] = [
    ("pem", &[]),
    ("diag", &[]),
    ("mesh", &["diag"]),
    ("x509", &["mesh"]),
    ("verify", &["diag", "mesh", "x509"]),
    ("values", &["mesh", "verify"]),
    ("lint", &["diag", "mesh", "x509", "verify", "values"]),
    ("firewall", &["mesh", "values", "lint"]),
    ("plan", &["diag", "mesh", "values", "lint"]),
    ("names", &["mesh", "lint"]),
    ("smoke", &["diag", "mesh", "lint"]),
    ("pki", &["mesh", "plan"]),
    ("render", &["mesh", "values", "firewall", "plan"]),
    ("pack", &[]),
    ("ledger", &["diag", "mesh", "x509", "verify", "plan"]),
    ("seal", &[]),
    ("store", &["plan", "pack", "ledger", "seal"]),
    ("audit", &["diag", "x509", "plan", "ledger", "seal", "store"]),
    (
        "generate",
        &["diag", "mesh", "x509", "verify", "lint", "plan", "pki", "render", "pack", "ledger", "seal", "store", "audit"],
    ),
    ("etcd", &["diag", "mesh", "x509", "verify"]),
    ("probe", &["diag", "mesh", "x509", "verify", "etcd"]),
    ("announce", &["diag", "mesh", "x509", "verify", "etcd"]),
    ("certs", &["x509", "verify", "plan"]),
    (
        "report",
        &[
            "diag", "mesh", "verify", "probe", "announce", "firewall", "plan", "audit", "generate", "ledger", "names", "smoke",
            "certs",
        ],
    ),
    ("scene", &["diag", "mesh", "verify", "lint", "plan", "ledger"]),
    ("picture", &["diag", "scene"]),
    ("page", &["diag", "verify", "report", "scene", "picture"]),
    (
        "cli",
        &[
            "diag", "mesh", "x509", "verify", "probe", "announce", "values", "lint", "firewall", "plan", "pki", "render", "seal",
            "store", "audit", "generate", "report", "ledger", "names", "smoke", "certs", "scene", "picture", "page",
        ],
    ),
];

/// Longest file, in lines: longer ones have more than one concept. A table is one.
const MAX_LINES: usize = 400;
const TABLES: [&str; 1] = ["diag/catalogue.rs"];

fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = walkdir::WalkDir::new(&root).into_iter().map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"));
    let sources: BTreeMap<_, _> = files
        .map(|entry| {
            let path = entry.path().strip_prefix(&root).expect("below src").to_owned();
            (path, fs::read_to_string(entry.path()).expect("text"))
        })
        .collect();
    assert!(sources.len() > 60, "the sources were not found");
    sources
}

/// The code of a file without its comments and its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn module(path: &Path) -> String {
    path.components().next().expect("a part").as_os_str().to_string_lossy().into_owned()
}

#[test]
fn imports_flow_one_way() {
    let allowed: BTreeMap<_, _> = MAY_IMPORT.into_iter().collect();
    let mut seen = BTreeSet::new();
    for (path, text) in sources() {
        let own = module(&path);
        let Some(may) = allowed.get(own.as_str()) else {
            assert!(
                ["lib.rs", "main.rs", "input.rs", "wiped.rs"].contains(&own.as_str()),
                "{} belongs to no module of the map",
                path.display()
            );
            continue;
        };
        for part in code(&text).split("crate::").skip(1) {
            let named: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            seen.insert((own.clone(), named.clone()));
            assert!(
                named == own || SHARED.contains(&named.as_str()) || may.contains(&named.as_str()),
                "{} imports {named}",
                path.display()
            );
        }
    }
    assert!(seen.contains(&("lint".to_owned(), "mesh".to_owned())), "the test sees imports at all");
}

#[test]
fn the_map_in_the_document_is_the_map_of_the_sources() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).expect("text");
    let modules: BTreeSet<_> = sources().keys().map(|path| module(path)).filter(|name| !name.ends_with(".rs")).collect();
    let known: BTreeSet<_> = MAY_IMPORT.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(modules, known);
    for (name, may) in MAY_IMPORT {
        let row = map.lines().find(|line| line.starts_with(&format!("| `src/{name}` |")));
        let cell =
            row.unwrap_or_else(|| panic!("ARCHITECTURE.md does not mention src/{name}")).split('|').nth(3).expect("a cell");
        let listed: BTreeSet<_> = cell.split('`').skip(1).step_by(2).collect();
        assert_eq!(listed, may.iter().copied().collect::<BTreeSet<_>>(), "what src/{name} may import");
    }
}

/// Words that only some modules may use: disk, clock, network, printing.
#[test]
fn side_effects_stay_where_they_belong() {
    let rules: [(&str, &[&str]); 12] = [
        ("TcpStream", &["etcd/"]),
        ("UdpSocket", &[]),
        ("tokio::", &["etcd/", "probe/", "announce/"]),
        ("tonic::", &["etcd/"]),
        ("hickory_resolver::", &["etcd/"]),
        ("sd_notify::", &["announce/notify.rs"]),
        ("now_utc", &["cli/clock.rs"]),
        ("SystemTime", &[]),
        ("fs_err::", &["store/", "cli/", "generate/"]),
        // What is printed passes the mask.
        ("stdout().lock", &["cli/out.rs"]),
        ("stderr().lock", &["cli/out.rs"]),
        ("std::fs::", &["store/", "cli/", "generate/archives.rs", "input.rs"]),
    ];
    for (path, text) in sources() {
        let code = code(&text);
        for (word, places) in rules {
            let allowed = places.iter().any(|place| path.to_string_lossy().starts_with(place));
            assert!(allowed || !code.contains(word), "{} uses {word}", path.display());
        }
    }
}

/// `generate` reads the files that the mesh names, and nothing more: only `store` writes.
#[test]
fn only_the_store_writes() {
    let writers = ["fs_err::write", "fs::write", "File::create", "OpenOptions", "create_dir", "remove_file", "rename("];
    for (path, text) in sources() {
        if path.starts_with("store") {
            continue;
        }
        let code = code(&text);
        for word in writers {
            let makes_folder = ["cli/init.rs", "cli/man.rs"].map(Path::new).contains(&path.as_path()) && word == "create_dir";
            assert!(makes_folder || !code.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    for (path, text) in sources() {
        let opened = text.starts_with("//!") || path == Path::new("lib.rs");
        assert!(opened, "{} does not say what it is for", path.display());
        let lines = text.lines().count();
        let is_table = TABLES.iter().any(|table| path == Path::new(table));
        assert!(lines <= MAX_LINES || is_table, "{} has {lines} lines: what is its one concept?", path.display());
    }
}

#[test]
fn mod_files_only_list_what_a_folder_has() {
    for (path, text) in sources().iter().filter(|(path, _)| path.ends_with("mod.rs")) {
        let logic = syn::parse_file(text).expect("Rust").items.into_iter().find(|item| {
            let declares = matches!(item, syn::Item::Mod(item) if item.content.is_none());
            !declares && !matches!(item, syn::Item::Use(_))
        });
        assert!(logic.is_none(), "{} has logic: move it to a file that says what it is", path.display());
    }
}

#[test]
fn nothing_gives_up() {
    for (path, text) in sources() {
        let code = code(&text);
        for word in [".unwrap()", ".expect(\"", "panic!(", "todo!(", "unimplemented!(", "dbg!(", "use super::*"] {
            assert!(!code.contains(word), "{} uses {word}", path.display());
        }
    }
}

/// Whoever clones the repository has all of it: nothing points outside.
#[test]
fn nothing_in_the_repository_points_outside() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root).output().expect("git runs");
    let files: Vec<_> = String::from_utf8(listed.stdout).expect("text").split('\0').map(str::to_owned).collect();
    assert!(files.len() > 80, "git lists the files: apt-get install git");
    let outside = [["../", "shared"].concat(), ["field", "-notes"].concat()];
    for file in files.iter().filter(|file| !file.is_empty()) {
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        for word in &outside {
            assert!(!text.contains(word.as_str()), "{file} mentions {word}");
        }
        assert!(!text.contains(&["PRIVATE", " KEY-----\nM"].concat()), "{file} holds a key");
    }
}

/// `make test-quick` is for whoever has cargo and nothing else.
#[test]
fn quick_subjects_use_what_everyone_has() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let list = fs::read_to_string(tests.join("main.rs")).expect("text");
    let group = list.split("// Quick").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("the quick subjects");
    let quick: Vec<_> =
        group.lines().filter_map(|line| line.strip_prefix("mod ")).map(|line| line.trim_end_matches(';')).collect();
    assert!(quick.len() >= 5, "{quick:?}");
    for subject in quick.iter().filter(|subject| **subject != "architecture") {
        for entry in walkdir::WalkDir::new(tests.join(subject)).into_iter().map(|entry| entry.expect("readable")) {
            let path = entry.path();
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let text = fs::read_to_string(path).expect("text");
            for word in
                ["namespaces::", "generations::", "judges::", "support::etcd", "\"unshare\"", "\"go\"", "\"docker-compose\""]
            {
                assert!(!text.contains(word), "{} is quick, and uses {word}", path.display());
            }
        }
    }
}

/// The release binary is static: whatever else is built in release mode has a folder of its own.
#[test]
fn only_make_build_makes_the_release_binary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["Makefile", ".ci/run"] {
        let text = fs::read_to_string(root.join(file)).expect("text");
        let builds =
            text.lines().filter(|line| line.contains("--release") || line.contains(") bench ") || line.contains("cargo bench"));
        for line in builds.filter(|line| !line.starts_with('#')) {
            assert!(line.contains("--target"), "{file}: `{}` replaces target/release/meshbundle", line.trim());
        }
    }
}
