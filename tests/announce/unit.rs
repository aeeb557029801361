//! What starts it in a bundle: the unit, and the compose service. Each with the words that the program takes.

use std::fs;
use std::process::Command;

use crate::support::namespaces::alone;
use crate::support::{Sandbox, tool};

const UNIT: &str = "payload/etc/systemd/system/clustermesh-announce.service";

/// The unit of a sample whose clusters run under systemd, and the words of its `ExecStart`.
fn unit(sandbox: &Sandbox) -> (String, Vec<String>) {
    sandbox.generate(&[]);
    let top = sandbox.unpack("fra/nodes/fra-edge01");
    let text = fs::read_to_string(top.join(UNIT)).expect("the unit");
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let words = line.split(' ').map(str::to_owned).collect();
    (text, words)
}

/// Runs the words on the files of the bundle, once, on a machine without a network: the etcd is dialled, so every word was taken.
fn is_taken(sandbox: &Sandbox, words: &[String], root: &str, endpoint: &str) {
    let words: Vec<String> = words.iter().map(|word| word.replace("--etcd-config=", &format!("--etcd-config={root}"))).collect();
    let ran = sandbox.run(&words.iter().map(String::as_str).chain(["--check", "--root", root]).collect::<Vec<_>>());
    assert_eq!(ran.status, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.said(endpoint) && ran.said("cannot be reached"), "{words:?}: {}", ran.stderr);
}

#[test]
fn systemd_has_nothing_to_say_against_the_unit() {
    let sandbox = Sandbox::with_sample("own-authorities.yaml");
    let (text, words) = unit(&sandbox);
    assert_eq!(words.first().map(String::as_str), Some("/usr/local/bin/meshbundle"));
    // The program is not installed there on a machine that only tests.
    let text = text.replace("/usr/local/bin/meshbundle", env!("CARGO_BIN_EXE_meshbundle"));
    sandbox.write("clustermesh-announce.service", &text);
    let path = sandbox.path("clustermesh-announce.service");
    tool("systemd-analyze", "systemd", ["--version"]);
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(path).output().expect("it ran");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn the_program_takes_the_words_of_the_unit() {
    alone("announce::unit::the_program_takes_the_words_of_the_unit", || {
        let sandbox = Sandbox::with_sample("own-authorities.yaml");
        let (_, words) = unit(&sandbox);
        let root = sandbox.path("unpacked-by-tar/fra/nodes/fra-edge01/fra.fra-edge01/payload");
        is_taken(&sandbox, &words[1..], root.to_str().expect("text"), "10.21.0.1");
    });
}

#[test]
fn the_program_takes_the_words_of_the_compose_service_and_its_health_check() {
    alone("announce::unit::the_program_takes_the_words_of_the_compose_service_and_its_health_check", || {
        let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
        sandbox.generate(&[]);
        let top = sandbox.unpack("cluster1/nodes/node1");
        let text = fs::read_to_string(top.join("payload/docker-compose.clustermesh.yaml")).expect("the override");
        let file: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
        let service = &file["services"]["clustermesh-announce"];
        let words = |list: &serde_json::Value| -> Vec<String> { serde_json::from_value(list.clone()).expect("words") };
        let root = top.join("payload/mount");
        let root = root.to_str().expect("text");
        let entrypoint = words(&service["entrypoint"]);
        assert_eq!(entrypoint.first().map(String::as_str), Some("meshbundle"));
        is_taken(&sandbox, &entrypoint[1..], root, "10.1.1.1");
        let check: Vec<String> = words(&service["healthcheck"]["test"]);
        assert_eq!(check[..4], ["CMD", "meshbundle", "announce", "--check"]);
        let rest: Vec<String> = check[2..].iter().filter(|word| *word != "--check").cloned().collect();
        is_taken(&sandbox, &rest, root, "10.1.1.1");
    });
}
