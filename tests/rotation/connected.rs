//! Before the old CA is trusted no more: who is connected, as `ss` on the members lists it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use meshbundle::ledger::{Sockets, ss_command};
use serde_json::{Value, json};

use crate::evolution::mesh::edit;
use crate::evolution::scene::Scene;
use crate::rotation::scene::{rotate, ship, two};
use crate::support::reports::judged;

/// Connections of this machine, as its own `ss` lists them.
#[test]
fn what_ss_prints_is_what_is_connected() {
    let (v4, v6) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
    // A socket of both families has IPv4 clients: `ss` prints `[::ffff:127.0.0.1]`.
    let both = Ipv6Addr::UNSPECIFIED;
    for (listen, dial) in [(v4.into(), v4.into()), (v6.into(), v6.into()), (SocketAddr::from((both, 0)).ip(), v4.into())] {
        let listener = TcpListener::bind(SocketAddr::new(listen, 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let client = TcpStream::connect(SocketAddr::new(dial, port)).expect("connected");
        let server = listener.accept().expect("accepted").0;
        let ours = client.local_addr().expect("connected");
        let filter = format!("'( sport = :{port} )'");
        for (command, others) in
            [(ss_command(&[port].into()), 0), (format!("ss -Htn {filter}"), 0), (format!("ss -Htan {filter}"), 1)]
        {
            let ran = Command::new("sh").args(["-c", &command]).output().expect("a shell");
            let text = String::from_utf8(ran.stdout).expect("text");
            let mut sockets = Sockets::default();
            sockets.read(&text, &[port].into()).unwrap_or_else(|error| panic!("{command}: {error}: {text}"));
            assert_eq!(sockets.established, [(SocketAddr::new(dial, port), ours)].into(), "{command}: {text}");
            assert_eq!(sockets.others, others, "the listener: {text}");
        }
        drop((client, server));
    }
}

/// The nodes of `a` are in ranges, those of `b` have addresses.
fn mesh() -> String {
    let nodes = "  nodes: [n1, n2]\n";
    let text = edit(
        &two(),
        "  nodes: [n1, n2]\n- name: b\n",
        "  nodes: [n1]\n  nodeCIDRs: [10.1.0.0/24]\n  podCIDRs: [10.9.0.0/16]\n- name: b\n",
    );
    edit(&text, nodes, "  nodes: [{ name: n1, address: 10.0.2.11 }, n2]\n")
}

/// A node twice, a pod, another member, etcd itself, and two that the mesh does not know.
const FIRST: &str = "\
0 0 10.0.2.1:2379 10.1.0.5:40000
0 0 10.0.2.1:2379 10.1.0.5:40001
0 0 10.0.2.1:2379 10.9.3.4:40000
0 0 10.0.2.1:2379 10.0.2.2:40000
0 0 [::ffff:127.0.0.1]:2379 [::ffff:127.0.0.1]:40000
0 0 10.0.2.1:2379 192.0.2.7:40000
0 0 10.0.2.1:2379 192.0.2.7:40001
0 0 [2001:db8::1]:2379 [2001:db8::5]:40000
";

const SECOND: &str = "ESTAB 0 0 10.0.2.2:2379 10.0.2.11:40000\nTIME-WAIT 0 0 10.0.2.2:2379 192.0.2.9:40000\n";

const ROTATE: [&str; 7] = ["certs", "rotate", "mesh.yaml", "--ca", "mesh", "--connected", "first.txt"];

fn connected(scene: &Scene, status: i32) -> Value {
    let ran = scene.sandbox.run(&[&ROTATE[..], &["--connected", "second.txt", "--format", "json"]].concat());
    assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
    let report = ran.json();
    judged("rotate", &report);
    report["connected"].clone()
}

#[test]
fn whom_the_mesh_does_not_know_comes_first_before_a_ca_is_retired() {
    let scene = Scene::new(&mesh());
    let usage = |said: &str| {
        let ran = scene.sandbox.run(&ROTATE);
        assert!(ran.status == 2 && ran.stderr.contains(said), "{}: {}", ran.status, ran.stderr);
    };
    ship(&scene);
    scene.sandbox.write("first.txt", FIRST);
    scene.sandbox.write("second.txt", SECOND);
    usage("the next step of CA `mesh` is `introduce`");
    rotate(&scene, "mesh", &["--next"]);
    ship(&scene);
    usage("the next step of CA `mesh` is `reissue`");
    rotate(&scene, "mesh", &["--next"]);
    // Nothing is shipped: `retire` has to wait, and who is connected is told all the same.
    let seen = connected(&scene, 1);
    assert_eq!(
        seen["unknown"],
        json!([{ "address": "192.0.2.7", "connections": 2 }, { "address": "2001:db8::5", "connections": 1 }])
    );
    let group = |seen: &Value, cluster: &str, role: &str| {
        let all = seen["known"].as_array().expect("a list");
        all.iter().find(|group| group["cluster"] == cluster && group["role"] == role).expect(role).clone()
    };
    let nodes = group(&seen, "a", "nodes");
    assert_eq!((&nodes["addresses"], &nodes["connections"]), (&json!(["10.1.0.5"]), &json!(2)));
    assert_eq!(nodes["replaced"], false, "{nodes}");
    assert_eq!(group(&seen, "a", "pods")["addresses"], json!(["10.9.3.4"]));
    assert_eq!(group(&seen, "b", "members")["addresses"], json!(["10.0.2.2"]));
    assert_eq!(group(&seen, "b", "nodes")["addresses"], json!(["10.0.2.11"]));
    assert_eq!((&seen["local"], &seen["notEstablished"]), (&json!(1), &json!(1)));
    ship(&scene);
    let look = scene.sandbox.ok(&["certs", "rotate", "mesh.yaml", "--ca", "mesh"]);
    assert!(look.said("`ss -Htn state established '( sport = :2379 )'` on each member") && look.said("--connected FILE"));
    let seen = connected(&scene, 0);
    assert!(["a", "b"].iter().all(|cluster| group(&seen, cluster, "nodes")["replaced"] == true), "{seen}");
    // One file comes through a pipe, and one connection that is in both counts once.
    let mut command = scene.sandbox.command(&[&ROTATE[..], &["--connected", "-"]].concat());
    let file = std::fs::File::open(scene.sandbox.path("first.txt")).expect("written");
    let text = String::from_utf8(command.stdin(Stdio::from(file)).output().expect("runs").stdout).expect("text");
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(at("192.0.2.7: 2 connections") < at("a: 1 node, 2 connections: receipts show"), "{text}");
    assert!(at("connected, by what") < at("the next step, ") && !text.contains("--connected FILE"), "{text}");
    // What is no line of `ss` is never passed over.
    scene.sandbox.write("first.txt", &format!("{FIRST}etcd1 | UNREACHABLE!\n"));
    let ran = scene.sandbox.run(&ROTATE);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("first.txt:9: `etcd1 | UNREACHABLE!` is no line of `ss -Htn`"), "{}", ran.stderr);
    rotate(&scene, "mesh", &["--next"]);
    scene.sandbox.write("first.txt", FIRST);
    usage("CA `mesh` is replaced already");
}
