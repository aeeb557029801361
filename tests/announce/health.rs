//! `--check` in each state, as text and as JSON.

use crate::announce::scene::{CONFIG, HEARTBEAT, Scene, VALUE, stamp};
use crate::support::Ran;
use crate::support::namespaces::alone;
use crate::support::reports::judged;

#[test]
fn health_is_what_remote_agents_would_find() {
    alone("announce::health::health_is_what_remote_agents_would_find", || {
        let scene = Scene::new();
        let check = || scene.check();
        let demand = |expected: i32, words: &[&str]| {
            let (status, said) = check();
            assert_eq!(status, expected, "{said}");
            assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
        };
        demand(3, &["error: `https://127.0.0.1:2379`: nothing listens at 127.0.0.1:2379"]);
        let etcd = scene.etcd();
        demand(1, &["cluster-config: wrong: it does not exist", "heartbeat: wrong: it does not exist"]);
        etcd.put(HEARTBEAT, &stamp(-30));
        demand(1, &["cluster-config: wrong: it does not exist", "heartbeat: 3"]);
        etcd.put(CONFIG, "oslo");
        demand(1, &["cluster-config: wrong: agents cannot read it"]);
        etcd.put(CONFIG, r#"{"id":8}"#);
        etcd.put(HEARTBEAT, &stamp(-200));
        demand(1, &["cluster-config: id 8, wrong: this cluster's id is 7", "heartbeat: wrong: it is 20"]);
        etcd.put(CONFIG, r#"{"id":7}"#);
        etcd.put(HEARTBEAT, &stamp(-30));
        demand(0, &["cluster-config: id 7, right", "heartbeat: 3", " s ago"]);
        // Clocks differ, and it moves.
        etcd.put(HEARTBEAT, "2020-01-01T00:00:00Z");
        let mut command = scene.command(&["--check", "--format", "json"]);
        let _beat = etcd.beat();
        let ran = Ran::of(command.env("MESHBUNDLE_NOW", stamp(3600)));
        let report = ran.json();
        assert_eq!(ran.status, 0, "{report:#}");
        judged("announce", &report);
        assert_eq!((&report["format"], &report["healthy"]), (&1.into(), &true.into()));
        assert_eq!((&report["heartbeat"]["moved"], &report["heartbeat"]["fresh"]), (&true.into(), &true.into()));
        assert!(report["heartbeat"]["ageSeconds"].as_i64().is_some_and(|age| age > 3500), "{report:#}");
        assert_eq!(report["clusterConfig"], serde_json::json!({ "key": CONFIG, "right": true, "id": 7 }));
        etcd.put(CONFIG, VALUE);
        demand(0, &["cluster-config: id 7, right", "heartbeat: "]);
        // Agents with 511 refuse it.
        let ran = Ran::of(scene.command(&["--check"]).args(["--max-connected-clusters", "511"]));
        assert_eq!(ran.status, 2, "a word twice: {}", ran.stderr);
    });
}

#[test]
fn words_that_agents_would_refuse_are_refused() {
    let scene = Scene::new();
    for (words, said) in [
        (["--cluster-name", "Oslo", "--cluster-id", "7"], "perhaps `oslo`"),
        (["--cluster-name", "default", "--cluster-id", "7"], "cannot be named `default`"),
        (["--cluster-name", "oslo", "--cluster-id", "0"], "1..=511"),
        (["--cluster-name", "oslo", "--cluster-id", "512"], "1..=511"),
        (["--cluster-name", "oslo", "--cluster-id", "300"], "--max-connected-clusters 511"),
    ] {
        let ran = scene.sandbox.run(&[&["announce", "--etcd-config", "none"], &words[..]].concat());
        assert_eq!(ran.status, 2, "{words:?}");
        assert!(ran.stderr.contains(said), "{words:?}: {}", ran.stderr);
    }
}
