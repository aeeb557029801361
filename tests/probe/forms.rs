//! The forms of a report, and how it says that it cannot work.

use std::collections::BTreeMap;

use crate::probe::scene::{Config, Scene, warnings};
use crate::support::Ran;
use crate::support::namespaces::alone;
use crate::support::reports::judged;

#[test]
fn text_json_and_prometheus_say_the_same() {
    alone("probe::forms::text_json_and_prometheus_say_the_same", || {
        let scene = Scene::new();
        let client = scene.client("remote");
        scene.add(&Config::new("down", &["https://127.0.0.1:2379", "https://127.0.0.2:2379"], &client));
        let text = scene.probe(&[]);
        assert_eq!(text.status, 1);
        let lines: Vec<_> = text.stdout.lines().collect();
        assert_eq!(lines[0].split_whitespace().take(3).collect::<Vec<_>>(), ["cluster", "endpoints", "verdict"]);
        assert!(lines[1].starts_with("down") && lines[1].contains("0/2") && lines[1].contains("CM0802 nothing listens there"));
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{}", text.stdout);
        assert!(text.stdout.contains("error[CM0802]") && text.stdout.contains("= help: "), "{}", text.stdout);
        assert!(!text.stdout.contains("PRIVATE"));

        let json = scene.probe(&["--format", "json"]).json();
        assert_eq!(json["links"][0]["code"], "CM0802");
        assert_eq!(json["links"][0]["attempts"][1]["error"]["code"], "CM0802");
        assert!(json["links"][0]["daysLeft"].as_i64().is_some_and(|days| days > 10_000));

        let metrics = exposition(&scene.probe(&["--format", "prometheus"]).stdout);
        assert_eq!(metrics[r#"meshbundle_link_ready{cluster="down"}"#], "0");
        assert_eq!(metrics[r#"meshbundle_link_cause{cluster="down",code="CM0802"}"#], "1");
        assert_eq!(metrics[r#"meshbundle_endpoint_up{cluster="down",endpoint="https://127.0.0.2:2379"}"#], "0");
        assert_eq!(metrics[r#"meshbundle_certificate_expiry_seconds{cluster="down"}"#], "4733510400");
        assert_eq!((metrics["meshbundle_probe_success"].as_str(), metrics["meshbundle_links"].as_str()), ("1", "1"));
        assert_eq!(metrics.len(), 9, "{metrics:?}");

        // A link of the mesh that is not there is not ready.
        let cluster = |name: &str, id: u32| {
            format!(
                "- name: {name}\n  id: {id}\n  etcd:\n    endpoints: [\"https://127.0.0.{id}:2379\"]\n    \
                 members: [{{ name: {name}, addresses: [127.0.0.{id}] }}]\n"
            )
        };
        let head = "version: 1\nmesh: m\ncilium: { version: \"1.20\" }\nclusters:\n";
        let mesh = head.to_owned() + &cluster("me", 99) + &cluster("down", 1) + &cluster("gamma", 3);
        scene.sandbox.write("mesh.yaml", &mesh);
        let path = scene.sandbox.path("mesh.yaml");
        let args = ["--cluster", "me", "--mesh", path.to_str().expect("text"), "--format", "prometheus"];
        let ran = scene.probe(&args);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        let metrics = exposition(&ran.stdout);
        assert_eq!(metrics[r#"meshbundle_link_ready{cluster="gamma"}"#], "0");
        assert_eq!(metrics[r#"meshbundle_link_cause{cluster="gamma",code="CM0751"}"#], "1");
        let json = scene.probe(&["--cluster", "me", "--mesh", path.to_str().expect("text"), "--format", "json"]).json();
        judged("probe", &json);
        assert_eq!(json["missing"], serde_json::json!(["gamma"]));
        let findings = json["findings"].as_array().expect("findings");
        assert!(findings.iter().any(|finding| finding["code"] == "CM0751"), "{json:#}");
    });
}

/// Samples by their names and labels, demanding that each has a help and a type before it.
fn exposition(text: &str) -> BTreeMap<String, String> {
    let (mut described, mut typed, mut samples) = (Vec::new(), Vec::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            described.push(rest.split(' ').next().expect("a name").to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert_eq!(kind, "gauge");
            typed.push(name.to_owned());
        } else {
            let (sample, value) = line.rsplit_once(' ').expect("a value");
            let name = sample.split('{').next().expect("a name").to_owned();
            assert!(described.last() == Some(&name) && typed.last() == Some(&name), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(samples.insert(sample.to_owned(), value.to_owned()).is_none(), "{line}");
        }
    }
    samples
}

/// The program must find names where there is no glibc to ask, so it never asks glibc.
#[test]
fn names_are_not_asked_of_glibc() {
    let program = std::fs::read(env!("CARGO_BIN_EXE_meshbundle")).expect("the program");
    let has = |word: &[u8]| program.windows(word.len()).any(|window| window == word);
    assert!(has(b"getrandom\0") || has(b"clock_gettime\0"), "symbols of the C library are not seen at all");
    assert!(!has(b"getaddrinfo\0"), "names are asked of glibc, which a static program cannot");
}

#[test]
fn a_ca_file_that_running_agents_have_not_read_is_a_warning() {
    alone("probe::forms::a_ca_file_that_running_agents_have_not_read_is_a_warning", || {
        let scene = Scene::new();
        scene.add(&Config::new("one", &["https://127.0.0.1:2999"], &scene.client("remote")));
        let config = scene.folder().join("one");
        let text = std::fs::read_to_string(&config).expect("a config");
        assert!(!warnings(&scene.links(&[])["one"]).contains(&"CM0760".to_owned()));
        std::fs::write(&config, format!("# anchors sha256:{}\n{text}", "0".repeat(64))).expect("written");
        assert!(warnings(&scene.links(&[])["one"]).contains(&"CM0760".to_owned()));
    });
}

#[test]
fn what_was_meant_is_named() {
    alone("probe::forms::what_was_meant_is_named", || {
        let scene = Scene::new();
        // What reads the metrics sees that nothing was tried, also in a pipe.
        let ran = scene.probe(&["--format", "prometheus"]);
        assert!(ran.stdout.contains("meshbundle_probe_success 0\n"), "{}", ran.stdout);
        let says = |ran: Ran, status: i32, words: &[&str]| {
            assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
            assert!(words.iter().all(|words| ran.stderr.contains(words)), "{words:?}: {}", ran.stderr);
        };
        scene.add(&Config::new("one", &["https://127.0.0.1:2999"], &scene.client("remote")));
        // Nothing is tried for a report that cannot be written.
        let ran = scene.probe(&["--output", "nowhere/report"]);
        assert!(!ran.stderr.contains("probing"), "{}", ran.stderr);
        says(ran, 3, &["nowhere", "help: name a file in a directory that exists"]);
        says(scene.probe(&["--output", "/dev/null"]), 3, &["a regular file", "help: "]);
        says(scene.probe(&["--cluster", "one", "--remote", "one"]), 2, &["`one` is the local cluster", "help: name a remote"]);
        let (node, folder) = (scene.sandbox.path("node"), scene.folder());
        let probe = |path: &std::path::Path, root: &std::path::Path| {
            let mut command = scene.machine.command(env!("CARGO_BIN_EXE_meshbundle"));
            Ran::of(command.arg("probe").arg(path).arg("--root").arg(root))
        };
        says(probe(&folder, &scene.sandbox.path("nowhere")), 3, &["nowhere` is not there", "help: name the folder"]);
        says(probe(&node, &node), 3, &[&format!("`meshbundle probe {}`", folder.display())]);
        assert!(scene.probe(&[]).stderr.contains("probing 1 link: "));
        let archive = scene.sandbox.path("node1.tar.gz");
        std::fs::write(&archive, "").expect("written");
        says(probe(&archive, &node), 2, &["--root has no effect on an archive"]);
    });
}

#[test]
fn what_cannot_work_ends_with_2_or_3() {
    alone("probe::forms::what_cannot_work_ends_with_2_or_3", || {
        let scene = Scene::new();
        assert_eq!(scene.probe(&[]).status, 3);
        assert_eq!(scene.probe(&["--cilium", "new"]).status, 2);
        assert_eq!(scene.probe(&["--watch", "--wait", "5"]).status, 2);
        // No round waits for a heartbeat, and one round has no pause: the option would do nothing.
        for words in [&["--wait", "5", "--heartbeat", "120"][..], &["--watch", "--heartbeat", "5"], &["--every", "5"]] {
            assert_eq!(scene.probe(words).status, 2, "{words:?}");
        }
        scene.add(&Config::new("one", &["https://127.0.0.1:2379"], &scene.client("remote")));
        assert_eq!(scene.probe(&["--watch", "--format", "prometheus"]).status, 2);
    });
}
