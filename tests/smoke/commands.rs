//! The commands of a kit, run: busybox as the manifests and the script start it, and the script in network namespaces. A stand-in for
//! `cnitool` attaches each of them to a bridge, and one for `cilium-dbg` keeps what it is told.

use std::fs;
use std::process::Command;

use super::MESH;
use super::sides::objects;
use crate::support::etcd::{Process, await_listener};
use crate::support::namespaces::alone;
use crate::support::ports::free_port;
use crate::support::{Ran, Sandbox, tool};

/// The words of the server's container, and those with which the page lets a client ask.
#[test]
fn a_client_reads_the_name_of_the_servers_cluster() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.ok(&["smoke", "mesh.yaml", "oslo", "cairo", "--out", "kit"]);
    let workloads = objects(&sandbox, "cairo/workloads.yaml");
    let find = |kind: &str, name: &str| {
        workloads.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name).expect("an object")
    };
    let container = &find("Deployment", "protected")["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["volumeMounts"][0]["mountPath"], "/www");
    sandbox.write("www/index.html", find("ConfigMap", "answer")["data"]["index.html"].as_str().expect("text"));
    let (port, www) = (free_port().to_string(), sandbox.path("www").display().to_string());
    let words = container["command"].as_array().expect("words").iter().map(|word| match word.as_str().expect("text") {
        "8080" => port.as_str(),
        "/www" => www.as_str(),
        word => word,
    });
    let words: Vec<&str> = words.collect();
    let server = Command::new(words[0]).args(&words[1..]).spawn().expect("busybox runs; apt-get install busybox-static");
    let _server = Process(server);
    await_listener(format!("127.0.0.1:{port}").parse().expect("an address"), None);
    let page = sandbox.read("kit/README.md");
    let ask = page.lines().find_map(|line| line.trim().strip_prefix("busybox timeout ")).expect("a command");
    let ask = format!("busybox timeout {ask}").replace("$server:8080", &format!("127.0.0.1:{port}"));
    assert_eq!(tool("sh", "dash", ["-c", &ask]), "cairo\n", "{ask}");
    let nobody = ask.replace(&port, "1");
    assert_eq!(tool("sh", "dash", ["-c", &nobody]), "no answer\n", "{nobody}");
}

#[test]
fn shellcheck_finds_nothing() {
    let sandbox = Sandbox::with_mesh(MESH);
    for other in ["tokyo", "lima"] {
        sandbox.ok(&["smoke", "mesh.yaml", "oslo", other, "--out", other]);
        let script = sandbox.path(format!("{other}/{other}/containers.sh")).display().to_string();
        tool("shellcheck", "shellcheck", ["-s", "sh", "-S", "warning", &script]);
    }
}

/// A bridge in place of the agent's network.
const CNITOOL: &str = r#"#!/bin/sh
set -eu
[ "$2" = cilium ] || exit 1
name=${3##*-}
case $1$name in
    addprotected) address=10.99.0.1 ;;
    addemployee) address=10.99.0.2 ;;
    addstranger) address=10.99.0.3 ;;
    del*) exec ip link delete "to-$name" ;;
esac
ip link show switch >/dev/null 2>&1 || { ip link add switch type bridge; ip link set switch up; }
ip link add "to-$name" type veth peer name eth0 netns "smoke-$name"
ip link set "to-$name" master switch up
ip -n "smoke-$name" address add "$address/24" dev eth0
ip -n "smoke-$name" link set eth0 up
"#;

const CILIUM: &str = "#!/bin/sh\necho \"$@\" >>\"$TOLD\"\n";

#[test]
fn workloads_without_kubernetes_start_and_go() {
    alone("smoke::commands::workloads_without_kubernetes_start_and_go", || {
        let sandbox = Sandbox::with_mesh(MESH);
        sandbox.ok(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "kit"]);
        sandbox.write_program("bin/cnitool", CNITOOL);
        sandbox.write_program("bin/cilium-dbg", CILIUM);
        // What the script keeps is in the mount namespace of this test.
        tool("mount", "mount", ["-t", "tmpfs", "none", "/run"]);
        fs::create_dir("/run/netns").expect("a folder");
        // `ip netns pids` reads it: only processes of this test are to be in it.
        tool("mount", "mount", ["-t", "proc", "none", "/proc"]);
        let path = format!("{}:{}", sandbox.path("bin").display(), std::env::var("PATH").expect("a PATH"));
        let script = |words: &[&str]| {
            let mut command = Command::new(sandbox.path("kit/tokyo/containers.sh"));
            command.args(words).env("PATH", &path).env("TOLD", sandbox.path("told"));
            Ran::of(&mut command)
        };
        let up = script(&["up"]);
        assert_eq!((up.status, up.stderr.as_str()), (0, ""), "{}", up.stdout);
        let address = script(&["address", "protected"]);
        assert_eq!(address.stdout, "10.99.0.1\n", "{}", address.stderr);
        let asked = script(&["exec", "employee", "timeout", "5", "busybox", "wget", "-q", "-O", "-", "http://10.99.0.1:8080/"]);
        assert_eq!((asked.status, asked.stdout.as_str()), (0, "tokyo\n"), "{}", asked.stderr);
        let told = sandbox.read("told");
        let labels =
            "-a k8s:app=stranger -a k8s:io.kubernetes.pod.namespace=clustermesh-smoke -a k8s:io.cilium.k8s.policy.cluster=tokyo";
        let line = format!("endpoint labels ipv4:10.99.0.3 {labels}");
        assert_eq!(told.lines().filter(|told| *told == line).count(), 2, "{told}");
        assert_eq!(script(&["down"]).status, 0);
        assert_eq!(tool("ip", "iproute2", ["netns", "list"]), "");
        // Nothing is there any more: it may be asked again.
        assert_eq!(script(&["down"]).status, 0);
        assert_eq!(script(&[]).status, 2);
    });
}
