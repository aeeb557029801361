//! The same state gives the same bytes into a fresh output folder: elsewhere, later, by other threads, from a mesh in another
//! order.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::reproducible::{SAMPLES, generated, with_umask};
use crate::support::{Ran, Sandbox, sample, tool};

/// Runs `command`, which writes to `fresh`, and holds that against `out`.
fn assert_same_output(sandbox: &Sandbox, command: &mut Command, what: &str) {
    let ran = Ran::of(command);
    assert_eq!(ran.status, 0, "{what}: {}", ran.stderr);
    assert_same_trees(sandbox, &sandbox.path("fresh"), what);
    fs::remove_dir_all(sandbox.path("fresh")).expect("it goes");
}

fn assert_same_trees(sandbox: &Sandbox, fresh: &Path, what: &str) {
    let (out, fresh) = (sandbox.tree("out"), crate::support::tree(fresh));
    assert!(out.keys().eq(fresh.keys()), "{what}: other files");
    for (path, file) in &out {
        assert!(fresh[path] == *file, "{what}: {path} is another");
    }
}

const FRESH: [&str; 4] = ["generate", "mesh.yaml", "--out", "fresh"];

#[test]
fn zone_locale_home_and_an_empty_environment_change_no_byte() {
    let sandbox = generated("loopback.yaml", &[]);
    let environments: [&[(&str, &str)]; 5] = [
        &[("TZ", "XYZ-14"), ("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")],
        &[("TZ", "XYZ+12"), ("LC_ALL", "C")],
        &[("HOME", "/nonexistent"), ("USER", "nobody"), ("TMPDIR", "/nonexistent")],
        &[("RAYON_NUM_THREADS", "1"), ("NO_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "20")],
        &[("SOURCE_DATE_EPOCH", "1")],
    ];
    for environment in environments {
        assert_same_output(&sandbox, sandbox.command(&FRESH).envs(environment.iter().copied()), &format!("{environment:?}"));
    }
    let now = crate::support::NOW;
    assert_same_output(&sandbox, sandbox.command(&FRESH).env_clear().env("MESHBUNDLE_NOW", now), "an empty environment");
}

#[test]
fn umask_changes_no_byte_and_no_mode() {
    let sandbox = generated("guide-two-clusters.yaml", &[]);
    for umask in ["000", "022", "077", "027"] {
        assert_same_output(&sandbox, &mut with_umask(umask, &sandbox.command(&FRESH), &sandbox.path(".")), umask);
    }
}

#[test]
fn working_directory_and_ways_to_say_a_path_change_no_byte() {
    let sandbox = generated("guide-two-clusters.yaml", &[]);
    let [mesh, fresh, state] = ["mesh.yaml", "fresh", "state"].map(|name| sandbox.path(name).display().to_string());
    let words = ["generate", &mesh, "--out", &fresh, "--state", &state];
    assert_same_output(&sandbox, sandbox.command(&words).current_dir("/"), "in the root folder");
    let words = ["generate", "../mesh.yaml", "--out", "./../fresh/"];
    fs::create_dir(sandbox.path("below")).expect("a folder");
    assert_same_output(&sandbox, sandbox.command(&words).current_dir(sandbox.path("below")), "in a folder beside");
}

#[test]
fn threads_change_no_byte() {
    for sample in SAMPLES {
        let sandbox = generated(sample, &["--jobs", "2"]);
        for jobs in ["1", "2", "7"] {
            let words = [&FRESH[..], &["--jobs", jobs]].concat();
            assert_same_output(&sandbox, &mut sandbox.command(&words), &format!("{sample} with {jobs} threads"));
        }
    }
}

/// Time decides what is issued, and nothing else.
#[test]
fn a_later_time_changes_no_byte() {
    let sandbox = generated("guide-two-clusters.yaml", &[]);
    assert_same_output(&sandbox, sandbox.command(&FRESH).env("MESHBUNDLE_NOW", "2027-02-03T04:05:06+07:00"), "later");
}

#[test]
fn another_place_changes_no_byte() {
    let (here, there) = (generated("loopback.yaml", &[]), Sandbox::with_sample("loopback.yaml"));
    tool("cp", "coreutils", ["-r", &here.path("state").display().to_string(), &there.path("state").display().to_string()]);
    there.ok(&["generate", "mesh.yaml", "--out", "elsewhere"]);
    assert_same_trees(&here, &there.path("elsewhere"), "another folder");
}

/// The clusters of `text` in reverse, and other orders within them.
fn reordered(text: &str) -> String {
    let (head, clusters) = text.split_once("\nclusters:\n").expect("clusters");
    let mut blocks: Vec<String> = Vec::new();
    for line in clusters.lines() {
        if line.starts_with("- name:") {
            blocks.push(String::new());
        }
        blocks.last_mut().expect("a cluster").extend([line, "\n"]);
    }
    blocks.reverse();
    let turned = format!("{head}\nclusters:\n{}", blocks.concat());
    let swaps = [
        ("  - node1\n  - node2\n", "  - node2\n  - node1\n"),
        ("  - a1\n  - a2\n", "  - a2\n  - a1\n"),
        ("  - \"b[1:2]\"\n", "  - b2\n  - b1\n"),
        ("  - \"fra-edge[01:03]\"", "  - fra-edge03\n  - \"fra-edge[01:02]\""),
        ("    - name: b1\n      addresses:\n      - 127.0.0.21\n    - name: b2\n", "    - name: b2\n"),
        (
            "      - 127.0.0.22\n    - name: b3\n",
            "      - 127.0.0.22\n    - name: b1\n      addresses:\n      - 127.0.0.21\n    - name: b3\n",
        ),
    ];
    swaps.iter().fold(turned, |text, (from, to)| text.replace(from, to))
}

#[test]
fn order_in_the_file_changes_no_byte() {
    for name in SAMPLES {
        let sandbox = generated(name, &[]);
        let (text, other) = (sample(name), reordered(&sample(name)));
        assert!(text != other && text.lines().count() <= other.lines().count() + 1, "{other}");
        sandbox.write("mesh.yaml", &other);
        let ran = sandbox.generate(&[]);
        assert!(ran.stdout.contains("0 certificates issued, 0 archives written"), "{name}: {}", ran.stdout);
        assert_same_output(&sandbox, &mut sandbox.command(&FRESH), name);
    }
}
