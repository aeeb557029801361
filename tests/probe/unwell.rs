//! An etcd that lost its quorum, and one that stops while it is watched.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::probe::scene::{Config, Scene, verdict};
use crate::support::etcd::{Member, Process};
use crate::support::namespaces::alone;

const CLUSTER: &[(&str, &str)] = &[("one", "127.0.0.1"), ("two", "127.0.0.2")];

#[test]
fn an_etcd_without_quorum_is_unwell() {
    alone("probe::unwell::an_etcd_without_quorum_is_unwell", || {
        let scene = Scene::new();
        let server = scene.server();
        let clients = Some(&scene.authority);
        let start = |name, address: &str| {
            let member = Member { name, addresses: &[address], server: Some(&server), clients, cluster: CLUSTER };
            member.start(&scene.sandbox)
        };
        let (mut one, mut two) = (start("one", "127.0.0.1"), start("two", "127.0.0.2"));
        one.ready();
        two.ready();
        let beat = one.beat();
        one.announce("pair", r#"{"id":2}"#);
        scene.add(&Config::new("pair", &["https://127.0.0.1:2379", "https://127.0.0.2:2379"], &scene.client("remote")));
        assert_eq!(verdict(&scene.links(&[])["pair"]), "ready");
        drop(two);
        drop(beat);
        let link = &scene.links(&["--heartbeat", "1"])["pair"];
        assert_eq!(verdict(link), "CM0821", "{link:#}");
        assert_eq!(link["attempts"][1]["error"]["code"], "CM0802", "{link:#}");
    });
}

#[test]
fn a_link_that_vanishes_during_a_watch_is_reported() {
    alone("probe::unwell::a_link_that_vanishes_during_a_watch_is_reported", || {
        let (scene, etcd) = Scene::with_etcd();
        etcd.announce("one", r#"{"id":2}"#);
        let beat = etcd.beat();
        scene.add(&Config::new("one", &["https://127.0.0.1:2379"], &scene.client("remote")));
        let mut command = scene.command(&["--watch", "--every", "1", "--timeout", "2"]);
        let mut watched = Process(command.stdout(Stdio::piped()).spawn().expect("started"));
        let mut lines = BufReader::new(watched.0.stdout.take().expect("a pipe")).lines().map(|line| line.expect("text"));
        assert!(lines.next().is_some_and(|head| head.starts_with("cluster")), "the table comes first");
        assert!(lines.next().is_some_and(|row| row.starts_with("one") && row.contains("1/1") && row.contains("ready")));
        assert!(lines.any(|line| line.ends_with("no findings")));
        scene.add(&Config::new("new", &["https://127.0.0.1:2999"], &scene.client("remote")));
        let line = lines.next().expect("a change");
        assert!(line.contains("Z new: CM0802 "), "{line}");
        drop(beat);
        drop(etcd);
        let line = lines.next().expect("a change");
        assert!(line.contains("Z one: CM0824 the link to `one` was ready and failed: "), "{line}");
        let etcd = scene.etcd();
        let _beat = etcd.beat();
        let line = lines.next().expect("another change");
        assert!(line.ends_with("Z one: ready") || line.contains("Z one: CM08"), "{line}");
    });
}
