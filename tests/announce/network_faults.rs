//! What etcds go through: restarts, members that are down, certificates that are renewed.

use std::thread;
use std::time::Duration;

use crate::announce::scene::{CONFIG, HEARTBEAT, Scene, await_key, etcdctl, get, server};
use crate::support::etcd::Member;
use crate::support::generations::{Generation, generations};
use crate::support::namespaces::{INSIDE, alone};
use crate::support::pki::Authority;

#[test]
fn it_goes_on_when_the_etcd_was_away() {
    // They are built outside: inside there is no network.
    if std::env::var_os(INSIDE).is_none() {
        generations();
    }
    alone("announce::network_faults::it_goes_on_when_the_etcd_was_away", || {
        generations().iter().for_each(goes_on_when_the_etcd_was_away);
    });
}

fn goes_on_when_the_etcd_was_away(generation: &Generation) {
    let at = format!("etcd {}", generation.minor);
    let scene = Scene::of(generation);
    let demand = |status: i32, words: &[&str]| {
        let (checked, said) = scene.check();
        assert_eq!(checked, status, "{at}: {said}");
        assert!(words.iter().all(|words| said.contains(words)), "{at}: {words:?}: {said}");
    };
    let right = ["cluster-config: id 7, right", "heartbeat: ", " s ago"];
    let mut oslo = scene.start();
    let line = oslo.says("cannot announce: `https://127.0.0.1:2379`: nothing listens at 127.0.0.1:2379");
    assert!(line.contains("; help: start the etcd"), "{line}");
    let etcd = scene.etcd();
    oslo.says("wrote");
    oslo.says("again announcing");
    demand(0, &right);
    let before = get(&etcd, HEARTBEAT).expect("there");
    drop(etcd);
    oslo.says("cannot announce: ");
    demand(3, &["error: `https://127.0.0.1:2379`: nothing listens at 127.0.0.1:2379"]);
    let etcd = scene.etcd();
    oslo.says("again announcing");
    // The lease is in etcd's data, and so are the keys.
    assert_eq!(get(&etcd, HEARTBEAT).map(|beat| beat.lease), Some(before.lease), "{at}");
    demand(0, &right);
    oslo.is_silent();
    drop(oslo);
    etcd.put(CONFIG, r#"{"id":8}"#);
    demand(1, &["cluster-config: id 8, wrong: this cluster's id is 7"]);
}

#[test]
fn renewed_certificates_and_authorities_count() {
    alone("announce::network_faults::renewed_certificates_and_authorities_count", || {
        let (scene, etcd) = Scene::with_etcd();
        let mut oslo = scene.start();
        oslo.says("wrote");
        oslo.says("announcing");
        drop(etcd);
        oslo.says("cannot announce: ");
        // A key that is written before its certificate is told, and no more.
        let other = Authority::new("oslo, second");
        scene.credential(&other, "announcer");
        let etcd = scene.etcd_of(&other);
        oslo.says("again announcing");
        drop(etcd);
        oslo.says("cannot announce: ");
        let etcd = scene.etcd_of(&scene.authority);
        oslo.says("cannot announce: `https://127.0.0.1:2379`: ");
        scene.credential(&scene.authority, "announcer");
        oslo.says("again announcing");
        assert!(get(&etcd, CONFIG).is_some());
        oslo.is_silent();
    });
}

#[test]
fn of_several_members_any_will_do() {
    alone("announce::network_faults::of_several_members_any_will_do", || {
        const CLUSTER: &[(&str, &str)] = &[("one", "127.0.0.1"), ("two", "127.0.0.2"), ("three", "127.0.0.3")];
        let scene = Scene::new();
        let server = server(&scene.authority);
        let start = |(name, address): &(&'static str, &'static str)| {
            let (server, clients) = (Some(&server), Some(&scene.authority));
            Member { name, addresses: &[address], server, clients, cluster: CLUSTER }.start(&scene.sandbox)
        };
        let mut members: Vec<_> = CLUSTER.iter().map(start).collect();
        members.iter_mut().for_each(crate::support::etcd::Etcd::ready);
        // The first endpoint is nobody's.
        let endpoints = [4, 1, 2, 3].map(|last| format!("https://127.0.0.{last}:2379"));
        scene.config(&endpoints.each_ref().map(String::as_str));
        let mut oslo = scene.start();
        oslo.says("wrote");
        oslo.says("announcing");
        // The member that it is connected to goes, which nobody hears of: agents would be told by the next heartbeat only.
        members.remove(0);
        let revoked = get(&members[0], HEARTBEAT).expect("there").lease;
        etcdctl(&members[0], &["lease", "revoke", &format!("{revoked:x}")]);
        await_key(&members[0], HEARTBEAT, |key| key.as_ref().is_some_and(|key| key.lease != revoked));
        await_key(&members[0], CONFIG, Option::is_some);
        oslo.says("wrote");
        oslo.is_silent();
        // Two of three: no leader. Nothing is written until one is back, and then all is well.
        let two = members.remove(0);
        drop(two);
        oslo.says("cannot announce: ");
        thread::sleep(Duration::from_secs(2));
        let _two = start(&CLUSTER[1]);
        oslo.says("again announcing");
        oslo.is_silent();
    });
}
