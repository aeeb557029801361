//! A rolling upgrade of three members, 3.4 to 3.7, as docs/etcd.md has it, with rights by certificate and under traffic.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::real_etcd::member::Member;
use crate::real_etcd::scene::Scene;
use crate::real_etcd::traffic::{Traffic, client};
use crate::support::generations::{Generation, generations};
use crate::support::namespaces::{INSIDE, add_addresses, alone};
use crate::support::{Ran, Sandbox};

const LONG_ENOUGH: Duration = Duration::from_secs(60);

#[test]
fn three_members_go_from_3_4_to_3_7_under_traffic() {
    // They are built outside: inside there is no network.
    if std::env::var_os(INSIDE).is_none() {
        generations();
    }
    alone("real_etcd::upgrade::three_members_go_from_3_4_to_3_7_under_traffic", || {
        let scene = Scene::play(Sandbox::with_sample("own-authorities.yaml"), &["--create-authorities"]);
        add_addresses(scene.mesh.addresses());
        let all = generations();
        let mut members = Member::all_of_fra(&scene);
        members.iter_mut().for_each(|member| member.start(&all[0]));
        await_health(&scene, &mut members, ["3.4"; 3]);
        authorise(&scene, &all[0], &["--enable"], 0);
        let traffic = Traffic::start(&scene);
        for pair in all.windows(2) {
            let (old, new) = (&pair[0], &pair[1]);
            for upgraded in 1..=members.len() {
                restart(&scene, &mut members, upgraded - 1, new, |index| if index < upgraded { new } else { old });
                if upgraded < members.len() {
                    // One time each, so that both are tried at each pair of minors.
                    rights_change_half_way(&scene, if upgraded == 1 { old } else { new });
                }
            }
            if new.minor == "3.6" {
                // Before 3.7 the second start, which leaves a snapshot.
                for index in 0..members.len() {
                    restart(&scene, &mut members, index, new, |_| new);
                    assert!(
                        has_snapshot(&members[index].data),
                        "no snapshot after the second start on 3.6: {}",
                        members[index].server().log()
                    );
                }
            }
        }
        eprintln!("{:?}", traffic.end());
    });
}

/// The next member, once all are well, and waits until all are well again.
fn restart<'a>(scene: &Scene, members: &mut [Member], index: usize, to: &Generation, of: impl Fn(usize) -> &'a Generation) {
    members[index].stop();
    members[index].start(to);
    await_health(scene, members, [0, 1, 2].map(|index| of(index).minor));
}

/// `etcdctl endpoint health`, as docs/etcd.md has it, and then what each member is.
pub(crate) fn await_health(scene: &Scene, members: &mut [Member], minors: [&str; 3]) {
    let deadline = Instant::now() + LONG_ENOUGH;
    let endpoints = members.iter().map(|member| member.endpoint.clone()).collect::<Vec<_>>().join(",");
    let root = client(&scene.sandbox.path("out/bundles/fra/etcd"), "root", "server-ca.crt");
    loop {
        members.iter_mut().for_each(|member| member.server().demand_running());
        let health = Ran::of(root().args(["--endpoints", &endpoints, "--command-timeout", "1s", "endpoint", "health"]));
        if health.status == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "{}\n{}", health.stderr, logs(members).concat());
        thread::sleep(Duration::from_millis(100));
    }
    let status = Ran::of(root().args(["--endpoints", &endpoints, "endpoint", "status"])).stdout;
    let versions: Vec<_> = status.lines().map(|line| line.split(", ").nth(2).expect("a version").to_owned()).collect();
    assert!(versions.iter().zip(minors).all(|(version, minor)| version.starts_with(minor)), "{minors:?}: {status}");
}

fn logs(members: &mut [Member]) -> Vec<String> {
    members.iter_mut().map(|member| member.server().log()).collect()
}

/// The script finds a user who is missing, and makes it again.
fn rights_change_half_way(scene: &Scene, generation: &Generation) {
    let root = client(&scene.sandbox.path("out/bundles/fra/etcd"), "root", "server-ca.crt");
    let deleted = Ran::of(root().args(["--endpoints", "https://10.21.0.1:2379", "user", "delete", "remote-osl"]));
    assert_eq!(deleted.status, 0, "{}", deleted.stderr);
    authorise(scene, generation, &["--check"], 1);
    authorise(scene, generation, &[], 0);
    authorise(scene, generation, &["--check"], 0);
}

/// `etcd-auth.sh` with the etcdctl of `generation`, and what is beside it.
fn authorise(scene: &Scene, generation: &Generation, words: &[&str], status: i32) {
    let mut command = Command::new("sh");
    command.arg(scene.sandbox.path("out/bundles/fra/etcd/etcd-auth.sh")).args(words);
    let ran = Ran::of(command.env_clear().env("PATH", generation.path()).stdin(Stdio::null()));
    let at = format!("etcd-auth.sh {words:?} with etcdctl {}", generation.minor);
    assert_eq!(ran.status, status, "{at}: {}{}", ran.stdout, ran.stderr);
    let on = if words == ["--enable"] { "authentication turned on" } else { "authentication: on" };
    assert!(ran.stdout.contains(on), "{at}: {}", ran.stdout);
}

fn has_snapshot(data: &Path) -> bool {
    let entries = fs::read_dir(data.join("member/snap")).expect("a folder");
    entries.filter_map(Result::ok).any(|entry| entry.path().extension().is_some_and(|end| end == "snap"))
}

/// An option that no etcd has: what is said of it shows that the test can fail.
const UNKNOWN: &str = "ETCD_NO_SUCH_OPTION";

#[test]
fn no_generation_warns_of_the_files_of_a_member() {
    // They are built outside: inside there is no network.
    if std::env::var_os(INSIDE).is_none() {
        generations();
    }
    alone("real_etcd::upgrade::no_generation_warns_of_the_files_of_a_member", || {
        let scene = Scene::play(Sandbox::with_sample("own-authorities.yaml"), &["--create-authorities"]);
        add_addresses(scene.mesh.addresses());
        for generation in generations() {
            let mut members = Member::all_of_fra(&scene);
            members[0].set(UNKNOWN, "1");
            members.iter_mut().for_each(|member| member.start(&generation));
            await_health(&scene, &mut members, [generation.minor; 3]);
            let logs = logs(&mut members);
            for (index, log) in logs.iter().enumerate() {
                let (known, complaints): (Vec<_>, Vec<_>) = complaints(log).partition(|line| line.contains(UNKNOWN));
                assert_eq!(complaints, [""; 0], "etcd {}", generation.minor);
                assert_eq!(known.is_empty(), index != 0, "etcd {}: {log}", generation.minor);
            }
            for member in &mut members {
                member.stop();
                fs::remove_dir_all(&member.data).expect("removed");
            }
        }
    });
}

/// Lines of a log that are about a setting or a certificate. Others depend on how fast the machine is, and on who starts first.
fn complaints(log: &str) -> impl Iterator<Item = &str> {
    let words =
        ["unrecognized", "deprecated", "unsupported", "not supported", "conflicting", "shadowed", "ignor", " tls: ", "x509"];
    // The logger of 3.4 by default, which no file of a bundle sets; 3.5 has another one.
    // Raft reports elections, of which a slow machine has more: 3.7 ignores entries of an earlier term.
    let usual = |line: &&str| line.contains("--logger=capnslog") || line.contains(r#""logger":"raft""#);
    log.lines().filter(move |line| words.iter().any(|word| line.to_lowercase().contains(word))).filter(move |line| !usual(line))
}
