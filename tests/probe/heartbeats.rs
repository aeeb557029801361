//! Heartbeats that look alive: what is not known to move is never ready, and one dead link holds no other.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::probe::scene::{Config, Scene, hold, verdict};
use crate::support::etcd::Process;
use crate::support::namespaces::alone;
use crate::support::reports::judged;

const ENDPOINT: &str = "https://127.0.0.1:2379";

fn seconds_ago(seconds: i64) -> String {
    (OffsetDateTime::now_utc() - Duration::seconds(seconds)).format(&Rfc3339).expect("a time")
}

#[test]
fn a_link_whose_heartbeat_never_moves_is_never_ready() {
    alone("probe::heartbeats::a_link_whose_heartbeat_never_moves_is_never_ready", || {
        let (scene, etcd) = Scene::with_etcd();
        etcd.announce("one", r#"{"id":1}"#);
        scene.add(&Config::new("one", &[ENDPOINT], &scene.client("remote")));
        for (value, code) in [
            ("2099-01-01T00:00:00Z", "CM0830"),
            ("soon", "CM0830"),
            (seconds_ago(-30).as_str(), "CM0830"),
            (seconds_ago(80).as_str(), "CM0830"),
            // Its writer may be alive, with a clock that is slow.
            (seconds_ago(150).as_str(), "CM0830"),
            (seconds_ago(3600).as_str(), "CM0830"),
        ] {
            etcd.put("cilium/.heartbeat", value);
            let link = &scene.links(&["--heartbeat", "1"])["one"];
            assert_eq!(verdict(link), code, "{value}: {link:#}");
        }
        // It stopped 110 s ago, or its writer's clock is slow. The help fits the options.
        etcd.put("cilium/.heartbeat", &seconds_ago(110));
        let ran = scene.probe(&["--wait", "13", "--every", "1"]);
        assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("not yet: one (CM0830)"), "{}", ran.stderr);
        assert!(ran.stdout.contains("CM0830") && ran.stdout.contains("use `--wait 180` or more"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("--heartbeat"), "{}", ran.stdout);
        let ran = scene.probe(&["--heartbeat", "1"]);
        assert!(ran.stdout.contains("use `--heartbeat 120`"), "{}", ran.stdout);
        // The writer's clock is wrong, and it writes.
        let ran = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| scene.probe(&["--wait", "60", "--every", "1"]));
            for day in 1..28 {
                etcd.put("cilium/.heartbeat", &format!("2099-01-{day:02}T00:00:00Z"));
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            waiting.join().expect("ran")
        });
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("CM0822"), "{}", ran.stdout);
    });
}

#[test]
fn a_link_that_becomes_unknown_has_not_failed() {
    alone("probe::heartbeats::a_link_that_becomes_unknown_has_not_failed", || {
        let (scene, etcd) = Scene::with_etcd();
        etcd.announce("one", r#"{"id":1}"#);
        scene.add(&Config::new("one", &[ENDPOINT], &scene.client("remote")));
        // Ready by its value alone, until that is too old.
        etcd.put("cilium/.heartbeat", &seconds_ago(55));
        let mut command = scene.command(&["--watch", "--every", "1"]);
        let mut watched = Process(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started"));
        let mut said = BufReader::new(watched.0.stderr.take().expect("a pipe")).lines().map(|line| line.expect("text"));
        assert_eq!(said.next().expect("a line"), "probing 1 link: every 1 s, until interrupted");
        let mut lines = BufReader::new(watched.0.stdout.take().expect("a pipe")).lines().map(|line| line.expect("text"));
        assert!(lines.any(|line| line.starts_with("one") && line.contains("ready")));
        let line = lines.find(|line| line.contains("Z one: ")).expect("a change");
        assert!(line.contains("Z one: CM0830 "), "{line}");
    });
}

#[test]
fn one_dead_link_does_not_hold_the_verdicts_of_others() {
    alone("probe::heartbeats::one_dead_link_does_not_hold_the_verdicts_of_others", || {
        let (scene, etcd) = Scene::with_etcd();
        etcd.announce("dead", r#"{"id":1}"#);
        etcd.put("cilium/.heartbeat", "2099-01-01T00:00:00Z");
        for (name, endpoint) in [("dead", ENDPOINT), ("down", "https://127.0.0.1:2999")] {
            scene.add(&Config::new(name, &[endpoint], &scene.client("remote")));
        }
        // It would wait for an hour.
        let mut command = scene.command(&["--heartbeat", "3600"]);
        let mut running = Process(command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("started"));
        let mut lines = BufReader::new(running.0.stderr.take().expect("a pipe")).lines().map(|line| line.expect("text"));
        assert!(lines.any(|line| line.starts_with("down: CM0802 ")), "a line as soon as it is known");
        drop(running);
        // In rounds it is looked at again and again.
        let mut command = scene.command(&["--watch", "--every", "1", "--format", "json"]);
        let mut running = Process(command.stdout(Stdio::piped()).spawn().expect("started"));
        let rounds = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
        assert_eq!(rounds.take(3).filter(|line| line.as_ref().is_ok_and(|line| line.contains("CM0830"))).count(), 3);
    });
}

#[test]
fn a_directory_that_is_absent_for_a_while_is_waited_for() {
    alone("probe::heartbeats::a_directory_that_is_absent_for_a_while_is_waited_for", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        etcd.announce("one", r#"{"id":1}"#);
        scene.add(&Config::new("one", &[ENDPOINT], &scene.client("remote")));
        let (there, aside) = (scene.folder(), scene.folder().with_extension("aside"));
        std::fs::rename(&there, &aside).expect("renamed");
        let watch = |format: &[&str]| {
            let mut command = scene.command(&[&["--watch", "--every", "1", "--timeout", "2"], format].concat());
            Process(command.stdout(Stdio::piped()).spawn().expect("started"))
        };
        let (mut watched, mut json) = (watch(&[]), watch(&["--format", "json"]));
        let lines = |running: &mut Process| {
            BufReader::new(running.0.stdout.take().expect("a pipe")).lines().map(|line| line.expect("text"))
        };
        let (mut lines, mut reports) = (lines(&mut watched), lines(&mut json));
        let mut report = |ready: bool| {
            let report = reports.find_map(|line| {
                let report: serde_json::Value = serde_json::from_str(&line).expect("JSON");
                judged("probe", &report);
                (report["ready"] == ready).then_some(report)
            });
            report.expect("a round")
        };
        // stderr alone said so, without the time, and JSON had no line for such a round.
        let line = lines.next().expect("a line");
        assert!(line.ends_with("clustermesh` is not there") && line.contains("Z CM0825 `"), "{line}");
        let round = report(false);
        assert_eq!((&round["links"], &round["findings"][0]["code"]), (&serde_json::json!([]), &"CM0825".into()), "{round:#}");
        std::fs::rename(&aside, &there).expect("renamed");
        let line = lines.next().expect("a line");
        assert!(line.contains("Z resolved: CM0825 `"), "{line}");
        assert!(lines.any(|line| line.starts_with("one") && line.contains("ready")), "the table");
        report(true);
        std::fs::rename(&there, &aside).expect("renamed");
        assert!(lines.any(|line| line.contains("Z CM0825 `")), "it is absent again");
        report(false);
        scene.add(&Config::new("new", &["https://127.0.0.1:2999"], &scene.client("remote")));
        assert!(lines.next().is_some_and(|line| line.contains("Z resolved: CM0825 `")));
        let line = lines.find(|line| line.contains(": CM0802")).expect("a change");
        assert!(line.contains("Z new: "), "{line}");
        drop((watched, json));
        // A deployment that comes late, too.
        let fresh = scene.folder();
        std::fs::remove_dir_all(&fresh).expect("removed");
        let ran = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_secs(2));
                std::fs::rename(&aside, &fresh).expect("renamed");
            });
            scene.probe(&["--wait", "60", "--every", "1"])
        });
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    });
}

#[test]
fn reports_are_cut_to_what_is_asked_for() {
    alone("probe::heartbeats::reports_are_cut_to_what_is_asked_for", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        etcd.announce("good", r#"{"id":1}"#);
        let client = scene.client("remote");
        scene.add(&Config::new("good", &[ENDPOINT], &client));
        for name in ["bad1", "zbad2"] {
            scene.add(&Config::new(name, &["https://127.0.0.1:2999"], &client));
        }
        let ran = scene.probe(&[]);
        let rows: Vec<_> = ran.stdout.lines().take(4).map(|line| line.split(' ').next().expect("a word")).collect();
        assert_eq!(rows, ["cluster", "bad1", "zbad2", "good"], "failures first: {}", ran.stdout);
        assert!(ran.stdout.contains("1 of 3 links ready; 2 × CM0802 nothing listens there"), "{}", ran.stdout);
        let ran = scene.probe(&["--only-failed"]);
        assert!(!ran.stdout.contains("good ") && ran.stdout.contains("zbad2"), "{}", ran.stdout);
        hold(&scene.links(&["--remote", "good"]), &[("good", "ready")]);
        hold(&scene.links(&["--remote", "good", "--remote", "bad1"]), &[("good", "ready"), ("bad1", "CM0802")]);
        // It was left out in silence: a roll-out that waited for two links went on with one.
        for more in [&[][..], &["--wait", "2", "--every", "1"]] {
            let ran = scene.probe(&[&["--remote", "good", "--remote", "rome"], more].concat());
            assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
            assert!(ran.stdout.contains("no config of `rome`") && ran.stdout.contains("1 of 2 links ready"), "{}", ran.stdout);
        }
        let ran = scene.probe(&["--remote", "none"]);
        assert!(ran.status == 1 && ran.stdout.contains("no config of `none`"), "{}{}", ran.stdout, ran.stderr);
        let json = scene.probe(&["--format", "json", "--only-failed"]).json();
        assert_eq!(json["links"].as_array().map(Vec::len), Some(2));
        assert_eq!(json["summary"], serde_json::json!({ "links": 3, "ready": 1, "causes": { "CM0802": 2 } }));
    });
}
