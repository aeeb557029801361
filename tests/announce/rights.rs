//! An etcd that checks rights: two keys are enough, and what is missing is named.

use crate::announce::scene::{CONFIG, HEARTBEAT, Scene, get};
use crate::support::etcd::Etcd;
use crate::support::namespaces::alone;

fn user(etcd: &Etcd, name: &str, grants: &[(&str, &str)]) {
    etcd.run(&["user", "add", name, "--no-password"]);
    etcd.run(&["role", "add", name]);
    etcd.run(&["user", "grant-role", name, name]);
    grants.iter().for_each(|(kind, key)| etcd.run(&["role", "grant-permission", name, kind, key]));
}

#[test]
fn two_keys_are_enough_and_what_is_missing_is_named() {
    alone("announce::rights::two_keys_are_enough_and_what_is_missing_is_named", || {
        let (scene, etcd) = Scene::with_etcd();
        user(&etcd, "announcer", &[("readwrite", HEARTBEAT), ("readwrite", CONFIG)]);
        user(&etcd, "beat", &[("readwrite", HEARTBEAT)]);
        user(&etcd, "reader", &[("read", HEARTBEAT), ("read", CONFIG)]);
        etcd.enable_auth();

        let grant = |user: &str, key: &str| format!("`etcdctl role grant-permission {user} readwrite {key}`");
        let cases = [
            ("reader", vec![HEARTBEAT, CONFIG], vec![]),
            ("beat", vec![CONFIG], vec![HEARTBEAT]),
            ("nobody", vec![HEARTBEAT, CONFIG], vec![]),
        ];
        for (name, missing, granted) in cases {
            scene.credential(&scene.authority, name);
            let mut oslo = scene.start();
            let line = oslo.says(&format!("cannot announce: etcd denies the user `{name}` the key `"));
            assert!(missing.iter().all(|key| line.contains(&grant(name, key))), "{line}");
            assert!(!granted.iter().any(|key| line.contains(&grant(name, key))), "{line}");
            assert_eq!((get(&etcd, HEARTBEAT), get(&etcd, CONFIG)), (None, None));
            oslo.is_silent();
        }
        let (status, said) = scene.check();
        assert_eq!(status, 3, "{said}");
        assert!(said.contains("etcd denies the user `nobody`"), "{said}");

        // It keeps trying, so that a grant is all that it needs.
        scene.credential(&scene.authority, "beat");
        let mut oslo = scene.start();
        oslo.says("cannot announce: etcd denies the user `beat`");
        etcd.run(&["role", "grant-permission", "beat", "readwrite", CONFIG]);
        oslo.says("wrote");
        oslo.says("again announcing");
        drop(oslo);
        etcd.run(&["del", "--prefix", "cilium/"]);

        // So is another certificate.
        scene.credential(&scene.authority, "nobody");
        let mut oslo = scene.start();
        oslo.says("cannot announce: etcd denies the user `nobody`");
        scene.credential(&scene.authority, "announcer");
        oslo.says("wrote");
        oslo.says("again announcing");
        assert_eq!(scene.check().0, 0);
        assert_eq!(get(&etcd, HEARTBEAT).map(|key| key.lease), get(&etcd, CONFIG).map(|key| key.lease));
        oslo.is_silent();
    });
}
