//! What docs/balancers.md says works, run with the settings that are there: `haproxy`, `nginx`, `etcd gateway`. And what it says
//! does not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::probe::scene::{Config, Scene, hold, verdict, warnings};
use crate::support::etcd::{Etcd, Member, Process, await_listener};
use crate::support::namespaces::{add_addresses, alone};
use crate::support::pki::{Leaf, Wish};
use crate::support::{Sandbox, tool};

const VIP: &str = "10.11.0.100";
const MEMBERS: [(&str, &str); 3] = [("m1", "10.11.0.1"), ("m2", "10.11.0.2"), ("m3", "10.11.0.3")];
const ROME: &str = "10.12.0.1";

/// The fenced block that follows a heading of the page.
fn settings(heading: &str, language: &str) -> String {
    let page = include_str!("../../docs/balancers.md");
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap_or_else(|| panic!("no `{heading}`"));
    let block = section.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
    block.unwrap_or_else(|| panic!("no block of {language} below `{heading}`")).to_owned()
}

/// The machine of the last member: a network namespace with one wire.
const MACHINE: &str = "
mount -t tmpfs none /run
ip netns add m3
ip link add to-m3 type veth peer name wire netns m3
ip address add 10.11.0.254/32 dev to-m3
ip link set to-m3 up
ip route add 10.11.0.3 dev to-m3 src 10.11.0.254
ip -n m3 link set lo up
ip -n m3 address add 10.11.0.3/24 dev wire
ip -n m3 link set wire up
";

/// What starts a member as the page's health check wants it.
fn program(sandbox: &Sandbox, name: &str, address: &str) -> PathBuf {
    let setting = settings("Health checks", "sh").replace(MEMBERS[0].1, address);
    let machine = if name == "m3" { "nsenter --net=/run/netns/m3 " } else { "" };
    let file = format!("start-{name}");
    sandbox.write_program(&file, &format!("#!/bin/sh\nexport {}\nexec {machine}etcd \"$@\"\n", setting.trim()))
}

/// From now on the packets of its peers do not reach the last member.
fn cut_from_peers() {
    for side in ["--sport", "--dport"] {
        let words = ["--net=/run/netns/m3", "iptables", "-A", "INPUT", "-i", "wire", "-p", "tcp", side, "2380", "-j", "DROP"];
        tool("nsenter", "util-linux iptables", words);
    }
}

/// Two etcds, `oslo` of three members and `rome` of one, and a machine that has room for a balancer.
struct Lab {
    scene: Scene,
    oslo: Vec<Etcd>,
    _rome: Etcd,
    _beats: Vec<Process>,
    running: Vec<Process>,
}

impl Lab {
    fn new() -> Self {
        tool("sh", "dash iproute2", ["-ec", MACHINE]);
        let addresses = MEMBERS[..2].iter().map(|(_, address)| *address).chain([VIP, ROME]);
        add_addresses(addresses.map(|address| address.parse::<IpAddr>().expect("an address")));
        let mut scene = Scene::new();
        for name in ["oslo", "rome"] {
            scene.machine.host(VIP, &format!("{name}.example.net"));
        }
        let start = |name: &str, address: &str, cluster: &[(&str, &str)]| {
            let leaf = certificate(&scene, &[address, VIP, "oslo.example.net", "rome.example.net"]);
            let addresses = &[address];
            let clients = Some(&scene.authority);
            let program = program(&scene.sandbox, name, address);
            Member { name, addresses, server: Some(&leaf), clients, cluster }.start_of(&program, &scene.sandbox)
        };
        let mut oslo: Vec<_> = MEMBERS.iter().map(|(name, address)| start(name, address, &MEMBERS)).collect();
        let mut rome = start("rome", ROME, &[]);
        oslo.iter_mut().chain([&mut rome]).for_each(Etcd::ready);
        oslo[0].announce("oslo", r#"{"id":1}"#);
        rome.announce("rome", r#"{"id":2}"#);
        let beats = vec![oslo[0].beat(), rome.beat()];
        scene.add(&Config::new("oslo", &["https://10.11.0.100:2379"], &scene.client("remote")));
        Self { scene, oslo, _rome: rome, _beats: beats, running: Vec::new() }
    }

    fn run(&mut self, command: &mut Command) {
        let log = File::create(self.scene.sandbox.path("balancer.log")).expect("a log");
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.running
            .push(Process(started.unwrap_or_else(|error| panic!("{error}; apt-get install haproxy nginx libnginx-mod-stream"))));
        await_listener(format!("{VIP}:2379").parse().expect("an address"), Some(&self.scene.sandbox.path("balancer.log")));
    }

    fn haproxy(&mut self, settings: &str) {
        let here = self.scene.sandbox.path("");
        let settings = settings.replace("/etc/haproxy", here.to_str().expect("text"));
        self.scene.sandbox.write("haproxy.cfg", &settings);
        self.scene.sandbox.write("socket.cfg", &format!("global\n    stats socket {}\n", here.join("socket").display()));
        self.run(
            Command::new("haproxy").arg("-db").arg("-f").arg(here.join("socket.cfg")).arg("-f").arg(here.join("haproxy.cfg")),
        );
    }

    /// What `HAProxy` makes of each server, and its last check; nothing while its socket is not there yet, which comes after its ports.
    fn servers(&self) -> BTreeMap<String, (String, String)> {
        let Ok(mut socket) = UnixStream::connect(self.scene.sandbox.path("socket")) else { return BTreeMap::new() };
        socket.write_all(b"show stat\n").expect("written");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("read");
        let mut rows = answer.trim_start_matches("# ").lines().map(|line| line.split(',').collect::<Vec<_>>());
        let head = rows.next().expect("a head");
        let column = |name: &str| head.iter().position(|field| *field == name).unwrap_or_else(|| panic!("no {name}: {answer}"));
        let (name, status, check) = (column("svname"), column("status"), column("check_status"));
        let rows = rows.filter(|row| row.get(name).is_some_and(|name| name.starts_with('m')));
        rows.map(|row| (row[name].to_owned(), (row[status].to_owned(), row[check].to_owned()))).collect()
    }

    /// Waits until `HAProxy` says so of the members, by checks that ended so.
    fn await_servers(&self, expected: [(&str, &str); 3]) {
        let names = MEMBERS.iter().map(|(name, _)| (*name).to_owned());
        let expected: BTreeMap<_, _> = names.zip(expected.map(|(status, check)| (status.to_owned(), check.to_owned()))).collect();
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.servers() != expected {
            assert!(Instant::now() < deadline, "expected {expected:?}, HAProxy says {:?}", self.servers());
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn nginx(&mut self, settings: &str) {
        let here = self.scene.sandbox.path("");
        let head = format!(
            "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\npid {0}/nginx.pid;\nerror_log stderr;\ndaemon off;\nuser root;\nevents {{}}\n",
            here.display()
        );
        self.scene.sandbox.write("nginx.conf", &(head + settings));
        self.run(Command::new("nginx").arg("-p").arg(&here).arg("-c").arg(here.join("nginx.conf")));
    }

    /// The verdict on the link to `oslo`, and its warnings.
    fn judged(&self) -> (String, Vec<String>) {
        let links = self.scene.links(&["--heartbeat", "3"]);
        (verdict(&links["oslo"]), warnings(&links["oslo"]))
    }
}

fn certificate(scene: &Scene, sans: &[&str]) -> Leaf {
    scene.authority.issue(&Wish::named("server").sans(sans))
}

fn ready() -> (String, Vec<String>) {
    ("ready".to_owned(), Vec::new())
}

#[test]
fn tls_is_passed_through_as_the_page_says() {
    alone("probe::balancers::tls_is_passed_through_as_the_page_says", || {
        let mut lab = Lab::new();
        lab.haproxy(&settings("HAProxy, TLS passed through", "haproxy"));
        assert_eq!(lab.judged(), ready(), "HAProxy");
        lab.running.clear();
        lab.nginx(&settings("nginx, TLS passed through", "nginx"));
        assert_eq!(lab.judged(), ready(), "nginx");
        lab.running.clear();
        let gateway = settings("etcd gateway", "sh");
        lab.run(Command::new("sh").args(["-c", &format!("exec {gateway}")]));
        assert_eq!(lab.judged(), ready(), "etcd gateway");
        // A member is gone, and the balancer passes it over.
        drop(lab.oslo.pop());
        let ran = lab.scene.probe(&["--wait", "60", "--every", "1"]);
        assert_eq!(ran.status, 0, "etcd gateway without a member: {}{}", ran.stdout, ran.stderr);
    });
}

#[test]
fn tls_is_ended_as_the_page_says() {
    alone("probe::balancers::tls_is_ended_as_the_page_says", || {
        let mut lab = Lab::new();
        let pair = certificate(&lab.scene, &[VIP]);
        lab.scene.sandbox.write("balancer.pem", &(pair.certificate + &pair.key));
        lab.scene.sandbox.write("ca.crt", &lab.scene.authority.certificate);
        let page = settings("HAProxy, TLS terminated and re-encrypted", "haproxy");
        lab.haproxy(&page);
        assert_eq!(lab.judged(), ready());
        lab.running.clear();
        // Whoever comes without a certificate reads with the balancer's rights.
        lab.haproxy(&page.replacen("verify required alpn h2", "verify none alpn h2", 1));
        assert_eq!(lab.judged(), ("ready".to_owned(), vec!["CM0832".to_owned()]));
        lab.running.clear();
        lab.haproxy(&page.replacen("verify required alpn h2", "verify required", 1));
        assert_eq!(lab.judged().0, "CM0820", "without ALPN");
    });
}

#[test]
fn sni_routes_names_and_no_addresses() {
    alone("probe::balancers::sni_routes_names_and_no_addresses", || {
        let mut lab = Lab::new();
        lab.haproxy(&settings("HAProxy, several etcds behind one address by SNI", "haproxy"));
        let client = lab.scene.client("remote");
        for name in ["oslo", "rome"] {
            let endpoint = format!("https://{name}.example.net:2379");
            lab.scene.add(&Config::new(name, &[&endpoint], &client));
        }
        hold(&lab.scene.links(&[]), &[("oslo", "ready"), ("rome", "ready")]);
        lab.scene.add(&Config::new("oslo", &["https://10.11.0.100:2379"], &client));
        assert_ne!(verdict(&lab.scene.links(&[])["oslo"]), "ready", "an address sends no SNI");
        lab.running.clear();
        // Two etcds by turns; another link would take every second turn.
        std::fs::remove_file(lab.scene.folder().join("rome")).expect("removed");
        let both = "defaults\n mode tcp\n timeout connect 5s\n timeout client 5m\n timeout server 5m\nlisten etcd\n bind \
                    10.11.0.100:2379\n balance roundrobin\n server o 10.11.0.1:2379\n server r 10.12.0.1:2379\n";
        lab.haproxy(both);
        assert_eq!(lab.judged().0, "CM0819");
    });
}

/// A member that has lost its peers accepts TCP, and says 503 at `/health`. The page's own block takes it out.
#[test]
fn a_health_check_sees_what_a_tcp_check_does_not() {
    alone("probe::balancers::a_health_check_sees_what_a_tcp_check_does_not", || {
        let mut lab = Lab::new();
        let page = settings("HAProxy, TLS passed through", "haproxy");
        lab.haproxy(&page);
        lab.await_servers([("UP", "L7OK"); 3]);
        cut_from_peers();
        lab.await_servers([("UP", "L7OK"), ("UP", "L7OK"), ("DOWN", "L7STS")]);
        assert_eq!(lab.judged(), ready(), "HAProxy passes it over");
        lab.running.clear();
        // The counter-proof: the same settings with a check of TCP, and nginx, which has none.
        let tcp = page.replace("    option httpchk GET /health\n", "").replace("check port 2381", "check");
        assert!(!tcp.contains("health") && !tcp.contains("2381"), "{tcp}");
        lab.haproxy(&tcp);
        lab.await_servers([("UP", "L4OK"); 3]);
        assert_eq!(lab.judged().0, "CM0821", "HAProxy with a check of TCP");
        lab.running.clear();
        lab.nginx(&settings("nginx, TLS passed through", "nginx"));
        assert_eq!(lab.judged().0, "CM0821", "nginx");
    });
}

/// Starts a program, and waits until it listens.
pub(crate) fn start(command: &mut Command, at: &str) -> Process {
    let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let process = Process(started.unwrap_or_else(|error| panic!("{error}: {}", Path::new(command.get_program()).display())));
    await_listener(at.parse().expect("an address"), None);
    process
}
