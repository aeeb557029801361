//! Rounds: `--wait` until all links are ready, or the time is over.

use std::thread;
use std::time::Duration;

use crate::probe::scene::{Config, Scene};
use crate::support::namespaces::alone;

#[test]
fn waiting_ends_when_all_are_ready_or_the_time_is_over() {
    alone("probe::rounds::waiting_ends_when_all_are_ready_or_the_time_is_over", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        scene.add(&Config::new("late", &["https://127.0.0.1:2379"], &scene.client("remote")));
        let over = scene.probe(&["--wait", "2", "--every", "1"]);
        assert_eq!(over.status, 1, "{}{}", over.stdout, over.stderr);
        assert!(over.stderr.contains("0 of 1 links ready, not yet: late (CM0815)"), "{}", over.stderr);
        assert!(over.stdout.contains("error[CM0815]"), "{}", over.stdout);
        let ran = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_secs(2));
                etcd.announce("late", r#"{"id":3}"#);
            });
            scene.probe(&["--wait", "60", "--every", "1"])
        });
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("no findings"), "{}", ran.stdout);
    });
}

#[test]
fn what_is_laid_out_while_it_waits_is_seen() {
    alone("probe::rounds::what_is_laid_out_while_it_waits_is_seen", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        etcd.announce("late", r#"{"id":3}"#);
        assert_eq!(scene.probe(&["--wait", "1"]).status, 3, "an empty folder is nothing to wait for in vain");
        let ran = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_secs(2));
                scene.add(&Config::new("late", &["https://127.0.0.1:2379"], &scene.client("remote")));
            });
            scene.probe(&["--wait", "60", "--every", "1"])
        });
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("holds no config of a remote cluster"), "{}", ran.stderr);
    });
}

/// Of two clusters with one id agents take the one that answers first, whichever was asked for.
#[test]
fn a_link_is_not_ready_if_another_remote_has_its_id() {
    alone("probe::rounds::a_link_is_not_ready_if_another_remote_has_its_id", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        for name in ["one", "two"] {
            etcd.announce(name, r#"{"id":3}"#);
            scene.add(&Config::new(name, &["https://127.0.0.1:2379"], &scene.client("remote")));
        }
        let ran = scene.probe(&["--remote", "one"]);
        assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.said("error[CM0816]") && ran.said("`one` and `two` have the same id 3"), "{}", ran.stdout);
        assert!(ran.said("0 of 1 links ready"), "only the one that was asked for is reported: {}", ran.stdout);
        etcd.announce("two", r#"{"id":4}"#);
        assert_eq!(scene.probe(&["--remote", "one"]).status, 0);
        // A name without a config is the same failure alone and beside others.
        for more in [&["--remote", "three"][..], &["--remote", "three", "--remote", "one"]] {
            let ran = scene.probe(more);
            assert!(ran.status == 1 && ran.said("error[CM0751]") && ran.said("no config of `three`"), "{}", ran.stdout);
        }
    });
}
