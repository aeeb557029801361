//! The recipe for Prometheus in docs/probe.md, run as it is there, by runs that overlap; promtool judges what is read meanwhile.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::probe::scene::{Config, Scene};
use crate::support::metrics::promtool;
use crate::support::namespaces::alone;

/// The block of the document that has the recipe, with the places of this test.
fn recipe(scene: &Scene, collector: &str) -> String {
    let document = include_str!("../../docs/probe.md");
    let blocks = document.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let recipe = blocks.into_iter().find(|block| block.contains("--format prometheus")).expect("the recipe");
    let program = format!("{} probe --root {}", env!("CARGO_BIN_EXE_meshbundle"), scene.sandbox.path("node").display());
    for word in ["meshbundle probe", "/var/lib/clustermesh", "/var/lib/node_exporter", "--heartbeat 70"] {
        assert!(recipe.contains(word), "{recipe}");
    }
    recipe
        .replace("meshbundle probe", &program)
        .replace("/var/lib/clustermesh", &scene.folder().display().to_string())
        .replace("/var/lib/node_exporter", collector)
        .replace("--heartbeat 70", "--heartbeat 2")
}

#[test]
fn the_recipe_survives_runs_that_overlap() {
    alone("probe::recipe::the_recipe_survives_runs_that_overlap", || {
        let (scene, etcd) = Scene::with_etcd();
        etcd.announce("one", r#"{"id":1}"#);
        etcd.put("cilium/.heartbeat", "2099-01-01T00:00:00Z");
        scene.add(&Config::new("one", &["https://127.0.0.1:2379"], &scene.client("remote")));
        scene.add(&Config::new("two", &["https://127.0.0.1:2999"], &scene.client("remote")));
        let collector = scene.sandbox.path("collector");
        std::fs::create_dir(&collector).expect("a folder");
        let script = recipe(&scene, collector.to_str().expect("text"));
        let file = collector.join("meshbundle.prom");
        let begin = || Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).spawn().expect("a shell");
        let mut running = Vec::new();
        // The time of the file is the start of the run that wrote it.
        let began = || std::fs::metadata(&file).and_then(|metadata| metadata.modified()).expect("a time");
        let (mut read, mut last) = (0, SystemTime::UNIX_EPOCH);
        while read <= 3 || running.iter_mut().any(|child: &mut Child| child.try_wait().expect("a child").is_none()) {
            if running.len() < 6 || read <= 3 {
                assert!(running.len() < 100, "no run wrote the file");
                running.push(begin());
                std::thread::sleep(Duration::from_millis(300));
            }
            if let Ok(text) = std::fs::read_to_string(&file) {
                promtool(&text);
                assert!(text.contains("meshbundle_link_ready{cluster=\"two\"} 0\n"), "{text}");
                assert!(began() >= last, "an older run has replaced a later one");
                last = began();
                read += 1;
            }
        }
        running.iter_mut().for_each(|child| drop(child.wait()));
        let left: Vec<_> =
            std::fs::read_dir(&collector).expect("a folder").map(|one| one.expect("an entry").file_name()).collect();
        assert_eq!(left, ["meshbundle.prom"]);
        let text = std::fs::read_to_string(&file).expect("text");
        for line in ["meshbundle_probe_success 1\n", "meshbundle_links 2\n", "meshbundle_build_info{version=\""] {
            assert!(text.contains(line), "{line}: {text}");
        }

        // A directory without configs, or none: the file says so, and does not keep what was true before.
        for gone in [false, true] {
            std::fs::remove_dir_all(scene.folder()).expect("removed");
            if gone {
                assert!(!scene.folder().exists());
            } else {
                std::fs::create_dir_all(scene.folder()).expect("a folder");
            }
            let ran = Command::new("sh").args(["-c", &script]).output().expect("a shell");
            assert!(!ran.status.success());
            let text = std::fs::read_to_string(&file).expect("text");
            promtool(&text);
            assert!(text.contains("meshbundle_probe_success 0\n") && text.contains("meshbundle_links 0\n"), "{text}");
            assert!(!text.contains("cluster="), "{text}");
        }
    });
}
