//! Others that announce: an operator, another announcer, another cluster.

use rustix::process::Signal;

use crate::announce::scene::{Announcer, CONFIG, HEARTBEAT, Scene, VALUE, await_key, etcdctl, get, stamp};
use crate::support::namespaces::alone;

#[test]
fn the_second_of_two_announcers_waits_until_the_first_is_gone() {
    alone("announce::others::the_second_of_two_announcers_waits_until_the_first_is_gone", || {
        let (scene, etcd) = Scene::with_etcd();
        let mut first = scene.start();
        first.says("wrote");
        first.says("announcing");
        let before = get(&etcd, HEARTBEAT).expect("there");
        // By its clock the heartbeat is old enough for a wait of some seconds only.
        let mut second = Announcer::start(scene.command(&[]).env("MESHBUNDLE_NOW", stamp(58)));
        second.says("standing by for `oslo` (id 7): an operator or another announcer writes the heartbeat");
        assert_eq!(get(&etcd, HEARTBEAT).as_ref(), Some(&before));
        drop(first);
        second.says("announcing `oslo` (id 7): the other writer of the heartbeat has stopped");
        let (beat, config) = (get(&etcd, HEARTBEAT).expect("there"), get(&etcd, CONFIG).expect("there"));
        assert!(beat.lease == config.lease && beat.lease != before.lease, "{beat:?} {config:?}");
        assert_eq!(config.value, VALUE);
        second.is_silent();
        second.stop(Signal::TERM);
    });
}

#[test]
fn it_steps_back_for_an_operator() {
    alone("announce::others::it_steps_back_for_an_operator", || {
        let (scene, etcd) = Scene::with_etcd();
        let theirs = r#"{"id":7,"capabilities":{"maxConnectedClusters":255,"serviceExportsEnabled":false}}"#;
        // An operator of 1.14 writes no cluster-config.
        etcd.put(HEARTBEAT, &stamp(0));
        let mut oslo = scene.start();
        oslo.says("wrote");
        oslo.says("standing by");
        assert_eq!(get(&etcd, CONFIG).expect("there").value, VALUE);
        // What a newer one writes is left alone.
        etcd.put(CONFIG, theirs);
        let config = get(&etcd, CONFIG);
        // The operator goes, and leaves no heartbeat.
        etcdctl(&etcd, &["del", HEARTBEAT]);
        assert_eq!(oslo.says("replaced"), format!("replaced `{CONFIG}`: before {theirs}, now {VALUE}"));
        oslo.says("announcing `oslo` (id 7)");
        assert_ne!(get(&etcd, CONFIG), config);
        // It comes back, with a clock that is wrong.
        let lease = etcdctl(&etcd, &["lease", "grant", "900"]);
        let lease = lease.split_whitespace().nth(1).expect("an id");
        etcdctl(&etcd, &["put", "--lease", lease, HEARTBEAT, "2020-01-01T00:00:00Z"]);
        etcdctl(&etcd, &["put", "--lease", lease, CONFIG, theirs]);
        let (beat, config) = (get(&etcd, HEARTBEAT), get(&etcd, CONFIG));
        oslo.says("standing by");
        assert_eq!((get(&etcd, HEARTBEAT), get(&etcd, CONFIG)), (beat, config));
        oslo.is_silent();
    });
}

#[test]
fn another_cluster_is_never_overwritten() {
    alone("announce::others::another_cluster_is_never_overwritten", || {
        let (scene, etcd) = Scene::with_etcd();
        etcd.announce("oslo", r#"{"id":8}"#);
        let before = get(&etcd, CONFIG);
        let mut oslo = scene.start();
        let line = oslo.says("not announcing `oslo` (id 7)");
        assert!(line.contains("already has the id 8") && line.contains("etcdctl del"), "{line}");
        assert_eq!((get(&etcd, CONFIG), get(&etcd, HEARTBEAT)), (before, None));
        let (status, said) = scene.check();
        assert_eq!(status, 1, "{said}");
        assert!(said.contains("cluster-config: id 8, wrong: this cluster's id is 7"), "{said}");
        // Nobody can tell whether it was deleted, or whoever wrote it is down.
        etcdctl(&etcd, &["del", CONFIG]);
        let line = oslo.says("not announcing `oslo` (id 7)");
        assert!(line.contains("had the id 8 until it expired") && line.contains("restart this announcer"), "{line}");
        assert_eq!((get(&etcd, CONFIG), get(&etcd, HEARTBEAT)), (None, None));
        drop(oslo);
        let mut oslo = scene.start();
        oslo.says("wrote");
        oslo.says("announcing `oslo` (id 7)");
        // While it runs, too.
        etcd.announce("oslo", r#"{"id":9}"#);
        oslo.says("not announcing `oslo` (id 7)");
        assert_eq!(await_key(&etcd, CONFIG, Option::is_some).expect("there").value, r#"{"id":9}"#);
        oslo.is_silent();
    });
}
