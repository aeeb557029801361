//! Failures within an etcd that is reached: rights, announcement, canaries, heartbeat, and two etcds behind one config.

use crate::probe::scene::{Config, Scene, hold, least_rights, verdict, warnings};
use crate::support::etcd::{Etcd, Member};
use crate::support::namespaces::alone;

const FIRST: &str = "https://127.0.0.1:2379";
const SECOND: &str = "https://127.0.0.2:2379";

#[test]
fn each_failure_within_an_etcd_has_its_code() {
    alone("probe::contents::each_failure_within_an_etcd_has_its_code", || {
        let scene = Scene::new();
        let server = scene.server();
        let start = |name, addresses: &[&str]| {
            let member = Member { name, addresses, server: Some(&server), clients: Some(&scene.authority), cluster: &[] };
            Etcd::alone(&scene.sandbox, &member)
        };
        let (etcd, second) = (start("first", &["127.0.0.1"]), start("second", &["127.0.0.2"]));
        let _beat = etcd.beat();
        second.put("cilium/.heartbeat", "2026-01-01T00:00:00Z");

        let least = least_rights("healthy");
        let least: Vec<_> = least.iter().map(String::as_str).collect();
        let everything = ["cilium/*"];
        let without = |unwanted: &str| least.iter().copied().filter(|grant| !grant.contains(unwanted)).collect::<Vec<_>>();
        etcd.user("least", &least);
        etcd.user("reader", &everything);
        etcd.user("onekey", &[without(".heartbeat"), vec!["cilium/.heartbeat"]].concat());
        etcd.user("slash", &[without("identities"), vec!["cilium/state/identities/v1/id/*"]].concat());
        etcd.user("nobeat", &without(".heartbeat"));
        etcd.run(&["user", "add", "roleless", "--no-password"]);
        etcd.enable_auth();
        let client = |name: &str| scene.client(name);
        let reader = client("reader");

        // Cluster, announcement in the first etcd, verdict.
        let announcements = [
            ("absent", None, "CM0815"),
            ("zero", Some("{}"), "CM0816"),
            ("garbled", Some("id: 2"), "CM0816"),
            ("toolarge", Some(r#"{"id":300}"#), "CM0816"),
            ("twin", Some(r#"{"id":7}"#), "CM0816"),
            ("twin2", Some(r#"{"id":7}"#), "CM0816"),
            ("canaries", Some(r#"{"id":8,"capabilities":{"syncedCanaries":true}}"#), "CM0817"),
            ("synced", Some(r#"{"id":9,"capabilities":{"syncedCanaries":true,"cached":true}}"#), "ready"),
        ];
        for (cluster, announcement, _) in announcements {
            scene.add(&Config::new(cluster, &[FIRST], &reader));
            announcement.iter().for_each(|text| etcd.announce(cluster, text));
        }
        for kind in ["nodes", "services", "ip", "identities"] {
            etcd.put(&format!("cilium/synced/synced/cilium/cache/{kind}/v1"), "now");
        }
        etcd.put("cilium/synced/canaries/cilium/state/nodes/v1", "now");
        etcd.announce("healthy", r#"{"id":1}"#);
        scene.add(&Config::new("healthy", &[FIRST], &client("least")));
        second.announce("stale", r#"{"id":20}"#);
        scene.add(&Config::new("stale", &[SECOND], &reader));
        etcd.announce("several", r#"{"id":21}"#);
        scene.add(&Config::new("several", &[FIRST, SECOND], &reader));

        let links = scene.links(&["--heartbeat", "3"]);
        let others = [("healthy", "ready"), ("stale", "CM0830"), ("several", "CM0819")];
        let all: Vec<_> = announcements.iter().map(|(cluster, _, code)| (*cluster, *code)).chain(others).collect();
        hold(&links, &all);
        let message = |cluster: &str| links[cluster]["message"].as_str().expect("a message").to_owned();
        assert!(message("absent").contains("this is the etcd of `canaries`"), "{}", message("absent"));
        assert!(message("canaries").contains("`cilium/synced/canaries/cilium/state/ip/v1`"), "{}", message("canaries"));
        assert!(!message("canaries").contains("state/nodes"), "{}", message("canaries"));
        assert!(message("twin").contains("`twin2`") && message("twin2").contains("`twin`"));
        assert_eq!(warnings(&links["healthy"]), [""; 0]);
        assert!(links["stale"]["heartbeat"]["ageSeconds"].as_i64().is_some_and(|age| age > 1000));

        let helps = |link: &serde_json::Value, with: &str| {
            let help = link["findings"][0]["help"].as_str().expect("a help");
            assert!(help.contains(with), "{link:#}");
        };
        helps(&links["stale"], "use `--heartbeat 120`");

        // The same link with other users.
        for (user, code, words) in [
            ("unknown", "CM0812", "does not exist"),
            ("roleless", "CM0812", "no role"),
            ("onekey", "CM0813", "the prefix `cilium/.heartbeat`"),
            ("nobeat", "CM0814", "the prefix `cilium/.heartbeat`"),
            // What agents list has no slash at its end, so this grant does not cover it.
            ("slash", "CM0814", "the prefix `cilium/state/identities/v1/id`"),
        ] {
            scene.add(&Config::new("healthy", &[FIRST], &client(user)));
            let link = &scene.links(&["--heartbeat", "3"])["healthy"];
            assert_eq!(verdict(link), code, "{user}: {link:#}");
            assert!(link["message"].as_str().is_some_and(|message| message.contains(words)), "{user}: {link:#}");
            helps(link, &format!("`healthy`, the cluster that is read, if it lists `{user}`; otherwise "));
            if code != "CM0812" {
                paste(&etcd, link);
                assert_eq!(verdict(&scene.links(&["--heartbeat", "3"])["healthy"]), "ready", "{user}: {link:#}");
            }
        }

        // The mesh knows which id the cluster should announce, and which links there should be.
        scene.add(&Config::new("healthy", &[FIRST], &client("least")));
        let mesh = |id: u32| {
            let cluster = |name: &str, id: u32| {
                format!(
                    "- name: {name}\n  id: {id}\n  etcd:\n    endpoints: [{FIRST}]\n    members: [{{ name: m, addresses: [127.0.0.1] }}]\n"
                )
            };
            let head = "version: 1\nmesh: m\ncilium: { version: \"1.20\" }\nclusters:\n";
            let accept = "accept: [{ code: CM0305, at: clusters, reason: one etcd stands for both }]\n";
            scene.sandbox.write("mesh.yaml", &(head.to_owned() + &cluster("me", 99) + &cluster("healthy", id) + accept));
            let path = scene.sandbox.path("mesh.yaml");
            scene.links(&["--heartbeat", "3", "--cluster", "me", "--mesh", path.to_str().expect("text")])
        };
        assert_eq!(verdict(&mesh(1)["healthy"]), "ready");
        let other = &mesh(55)["healthy"];
        assert_eq!(verdict(other), "CM0816", "{other:#}");
        assert!(other["message"].as_str().is_some_and(|message| message.contains("55")), "{other:#}");

        // Before 1.16 agents went on without an announcement.
        let links = scene.links(&["--heartbeat", "3", "--cilium", "1.15"]);
        assert_eq!((verdict(&links["absent"]), warnings(&links["absent"])), ("ready".to_owned(), vec!["CM0815".to_owned()]));
    });
}

#[test]
fn nobody_waits_for_a_heartbeat_of_a_link_that_is_broken() {
    alone("probe::contents::nobody_waits_for_a_heartbeat_of_a_link_that_is_broken", || {
        let (scene, etcd) = Scene::with_etcd();
        scene.add(&Config::new("one", &[FIRST], &scene.client("remote")));
        // It would wait for an hour, for each of the two keys that nobody writes.
        for value in [None, Some("2020-01-01T00:00:00Z")] {
            value.iter().for_each(|value| etcd.put("cilium/.heartbeat", value));
            let link = &scene.links(&["--heartbeat", "3600"])["one"];
            assert_eq!(verdict(link), "CM0815", "{link:#}");
            let codes: Vec<_> = link["findings"].as_array().expect("findings").iter().map(|one| &one["code"]).collect();
            assert_eq!(codes.contains(&&"CM0818".into()), value.is_none(), "{link:#}");
            assert!(!codes.contains(&&"CM0830".into()), "{link:#}");
        }
    });
}

#[test]
fn a_certificate_that_is_not_presented_is_not_the_etcds_fault() {
    alone("probe::contents::a_certificate_that_is_not_presented_is_not_the_etcds_fault", || {
        let scene = Scene::new();
        let plain = Member { name: "plain", addresses: &["127.0.0.1"], server: None, clients: None, cluster: &[] };
        let etcd = Etcd::alone(&scene.sandbox, &plain);
        etcd.enable_auth();
        scene.add(&Config::new("one", &["http://127.0.0.1:2379"], &scene.client("remote")));
        let link = &scene.links(&["--heartbeat", "1"])["one"];
        assert_eq!(verdict(link), "CM0812", "{link:#}");
        let help = link["help"].as_str().expect("a help");
        assert!(help.contains("`https`") && !help.contains("ETCD_"), "{link:#}");
    });
}

/// Runs the commands of a link's help. A role that exists cannot be added, and does for what follows.
fn paste(etcd: &Etcd, link: &serde_json::Value) {
    let help = link["help"].as_str().expect("a help");
    let commands: Vec<_> = help.split('`').skip(1).step_by(2).filter_map(|span| span.strip_prefix("etcdctl ")).collect();
    assert!(commands.len() > 2 && !help.contains("ROLE"), "{help}");
    for command in commands {
        let words: Vec<_> = command.split(' ').collect();
        if words.starts_with(&["role", "add"]) {
            drop(etcd.etcdctl().args(words).output().expect("etcdctl starts"));
        } else {
            etcd.run(&words);
        }
    }
}

#[test]
fn differing_clocks_are_reported_at_the_next_heartbeat() {
    alone("probe::contents::differing_clocks_are_reported_at_the_next_heartbeat", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        etcd.announce("one", r#"{"id":1}"#);
        scene.add(&Config::new("one", &[FIRST], &scene.client("remote")));
        let later = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
        let later = later.format(&time::format_description::well_known::Rfc3339).expect("a time");
        let mut command = scene.command(&["--format", "json"]);
        let ran = crate::support::Ran::of(command.env("MESHBUNDLE_NOW", later));
        let link = &ran.json()["links"][0];
        assert_eq!((ran.status, verdict(link), warnings(link)), (0, "ready".to_owned(), vec!["CM0822".to_owned()]));
    });
}
