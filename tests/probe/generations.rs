//! Each generation of etcd, announced by `announce` and judged by `probe`, with and without a leader.

use std::process::Stdio;

use crate::probe::scene::{Config, Scene, verdict, warnings};
use crate::support::Ran;
use crate::support::etcd::{Member, Process};
use crate::support::generations::generations;
use crate::support::namespaces::{INSIDE, alone};

#[test]
fn each_generation_is_announced_and_probed() {
    // They are built outside: inside there is no network.
    if std::env::var_os(INSIDE).is_none() {
        generations();
    }
    alone("probe::generations::each_generation_is_announced_and_probed", || {
        for generation in generations() {
            let scene = Scene::new();
            let (server, clients) = (scene.server(), Some(&scene.authority));
            let member = Member { name: "one", addresses: &["127.0.0.1"], server: Some(&server), clients, cluster: &[] };
            let mut etcd = member.start_of(&generation.etcd(), &scene.sandbox);
            etcd.ready();
            scene.add(&Config::new("oslo", &["https://127.0.0.1:2379"], &scene.client("remote")));
            let announce = |more: &[&str]| {
                let mut command = scene.machine.command(env!("CARGO_BIN_EXE_meshbundle"));
                command.args(["announce", "--cluster-name", "oslo", "--cluster-id", "7", "--etcd-config"]);
                command.arg(scene.folder().join("oslo")).arg("--root").arg(scene.sandbox.path("node")).args(more);
                command
            };
            let announcer = announce(&[]).stderr(Stdio::null()).spawn().expect("started");
            let announcer = Process(announcer);
            let at = format!("etcd {}", generation.minor);
            let ran = scene.probe(&["--wait", "60", "--every", "1"]);
            assert_eq!(ran.status, 0, "{at}: {}{}", ran.stdout, ran.stderr);
            let links = scene.links(&[]);
            assert_eq!((verdict(&links["oslo"]), warnings(&links["oslo"])), ("ready".to_owned(), Vec::new()), "{at}");
            let version =
                links["oslo"]["attempts"][0]["etcdVersion"].as_str().map(|version| version.starts_with(generation.minor));
            assert_eq!(version, Some(true), "{at}");
            let checked = Ran::of(&mut announce(&["--check"]));
            assert_eq!(checked.status, 0, "{at}: {}{}", checked.stdout, checked.stderr);
            drop((announcer, etcd));
            // A member that has lost its peer.
            let pair: &[_] = &[("two", "127.0.0.2"), ("three", "127.0.0.3")];
            let [mut two, three] =
                [("two", &["127.0.0.2", "127.0.0.1"][..]), ("three", &["127.0.0.3"])].map(|(name, addresses)| {
                    let member = Member { name, addresses, server: Some(&server), clients, cluster: pair };
                    member.start_of(&generation.etcd(), &scene.sandbox)
                });
            two.ready();
            two.announce("oslo", r#"{"id":7}"#);
            drop(three);
            assert_eq!(verdict(&scene.links(&["--heartbeat", "1"])["oslo"]), "CM0821", "{at}");
        }
    });
}
