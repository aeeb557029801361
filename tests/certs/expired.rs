//! The page for the night: a mesh whose certificates have expired, with a real etcd and the files that its installers have placed.

use std::path::{Path, PathBuf};
use std::process::Command;

use time::format_description::well_known::{Iso8601, Rfc3339};
use time::macros::date;
use time::{Date, Duration, OffsetDateTime};

use crate::support::etcd::Server;
use crate::support::generations::{Generation, generations};
use crate::support::namespaces::alone;
use crate::support::story::{Stage, play};
use crate::support::{Ran, Sandbox};

const MESH: &str = r#"version: 1
mesh: prod
accept:
- { code: CM0310, at: "clusters[oslo].etcd.endpoints[0]", reason: one machine }
- { code: CM0310, at: "clusters[tokyo].etcd.endpoints[0]", reason: one machine }
cilium: { version: "1.18" }
defaults: { runtime: { kind: systemd }, etcd: { localClients: true } }
clusters:
- { name: oslo, id: 1, nodes: [node1],
    etcd: { endpoints: [https://127.0.0.1:2379], members: [{ name: etcd1, addresses: [127.0.0.1] }] } }
- { name: tokyo, id: 2, nodes: [node1],
    etcd: { endpoints: [https://127.0.0.2:2379], members: [{ name: etcd1, addresses: [127.0.0.2] }] } }
"#;

/// The day of the page. etcd's clock is the machine's, so what is shown is moved to it.
const TODAY: Date = date!(2027 - 12 - 05);
/// Everything was issued for 365 days, so it has expired.
const AGE: Duration = Duration::days(380);

/// A member and a node, whose files installers have placed.
struct Night {
    sandbox: Sandbox,
    now: OffsetDateTime,
}

impl Night {
    fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        let mut sandbox = Sandbox::with_mesh(MESH);
        let noon = (now - AGE).date().with_hms(12, 0, 0).expect("noon").assume_utc();
        sandbox.at(&noon.format(&Rfc3339).expect("RFC 3339"));
        sandbox.generate(&[]);
        let night = Self { sandbox, now };
        for bundle in ["tokyo/etcd/etcd1", "oslo/nodes/node1"] {
            let top = night.sandbox.unpack(bundle);
            night.shell(
                &format!("{} --any-host --root {}", top.join("install.sh").display(), night.machine(bundle).display()),
                true,
            );
        }
        night
    }

    fn machine(&self, bundle: &str) -> PathBuf {
        let machine = self.sandbox.path(if bundle.contains("tokyo") { "member" } else { "node" });
        std::fs::create_dir_all(machine.join("var/lib")).expect("folders");
        machine
    }

    fn shell(&self, line: &str, demand: bool) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_meshbundle")).parent().expect("a folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{{ {line}\n}} 2>&1")]).current_dir(self.sandbox.path("")).env("PATH", path);
        let ran = Ran::of(&mut shell);
        assert!(!demand || ran.status == 0, "{line}\n{}", ran.stdout);
        ran.stdout
    }

    /// The etcd of tokyo, with the files that are installed there.
    fn etcd(&self, generation: &Generation) -> Server {
        let files = self.sandbox.path("member/etc/etcd/clustermesh");
        let file = |name: &str| files.join(name).display().to_string();
        let mut command = Command::new(generation.etcd());
        command.arg("--data-dir").arg(self.sandbox.path(format!("data-{}", generation.minor)));
        command.args(["--listen-client-urls", "https://127.0.0.2:2379", "--advertise-client-urls", "https://127.0.0.2:2379"]);
        command.args(["--listen-peer-urls", "http://127.0.0.2:2380", "--client-cert-auth"]);
        command.args(["--cert-file", &file("server.crt"), "--key-file", &file("server.key")]);
        command.args(["--trusted-ca-file", &file("client-ca.crt")]);
        let mut server = Server::start(&mut command, self.sandbox.path(format!("etcd-{}.log", generation.minor)));
        server.await_listener("127.0.0.2:2379".parse().expect("an address"));
        server
    }

    /// etcdctl with the certificate of the node, or with the one in `files`; as Cilium's agents it has etcd's client.
    fn etcdctl(&self, generation: &Generation, files: &Path, words: &str) -> String {
        let name = |ending: &str| files.join(format!("tokyo.etcd-client{ending}")).display().to_string();
        let line = format!(
            "ETCDCTL_API=3 {} --endpoints https://127.0.0.2:2379 --cacert {} --cert {} --key {} --dial-timeout 1s --command-timeout 1s {words}",
            generation.etcdctl().display(),
            name("-ca.crt"),
            name(".crt"),
            name(".key")
        );
        self.shell(&line, false)
    }

    /// Moves every date to the day of the page.
    fn moved(&self, text: &str) -> String {
        let (mut moved, mut rest) = (String::new(), text);
        while let Some(at) = rest.find("20") {
            let (before, from) = rest.split_at(at);
            moved += before;
            let date = from.get(..10).and_then(|date| Date::parse(date, &Iso8601::DATE).ok());
            if let Some(date) = date {
                moved += &(date + (TODAY - self.now.date())).to_string();
                rest = &from[10..];
            } else {
                moved += "20";
                rest = &from[2..];
            }
        }
        moved + rest
    }
}

/// The page, with the etcd that runs beside it.
struct Page {
    night: Night,
    generation: Generation,
    _etcd: Server,
}

impl Stage for Page {
    fn sandbox(&self) -> &Sandbox {
        &self.night.sandbox
    }

    fn heading(&mut self, _: &str) {}

    fn run(&mut self, command: &str) -> String {
        let night = &self.night;
        let [node, member] = ["node", "member"].map(|name| night.sandbox.path(name).display().to_string());
        if command.ends_with("--quiet") {
            // What agents and operator of tokyo would have written.
            let files = night.sandbox.path("node/var/lib/clustermesh");
            let config = r#"'{"id":2}'"#;
            let beat = OffsetDateTime::now_utc().format(&Rfc3339).expect("RFC 3339");
            for (key, value) in [("cilium/cluster-config/tokyo", config), ("cilium/.heartbeat", &beat)] {
                let said = night.etcdctl(&self.generation, &files, &format!("put {key} {value}"));
                assert_eq!(said, "OK\n");
            }
        }
        let place = |bundle: &str, machine: &str| {
            let archive = night.sandbox.path(format!("out/bundles/{bundle}.tar.gz"));
            (archive.display().to_string(), format!("install.sh --any-host --root {machine}"))
        };
        let (etcd1, install_member) = place("tokyo/etcd/etcd1", &member);
        let (node1, install_node) = place("oslo/nodes/node1", &node);
        let line = if command.contains("etcd1.tar.gz") {
            command.replace("etcd1.tar.gz", &etcd1).replace("install.sh", &install_member)
        } else {
            command.replace("node1.tar.gz", &node1).replace("install.sh", &install_node)
        };
        let line = line.replace("/var/lib/clustermesh", &format!("{node}/var/lib/clustermesh"));
        let line = if line.contains("--quiet") { line.replace("--quiet", "--heartbeat 2 --quiet 2>&1") } else { line };
        let said = night.shell(&line, false).replace(&node, "").replace(&member, "");
        night.moved(&said).replace("127.0.0.2:2379", "10.2.0.1:2379")
    }
}

#[test]
fn the_page_for_the_night_gets_a_mesh_back() {
    alone("certs::expired::the_page_for_the_night_gets_a_mesh_back", || {
        let generation = generations().remove(0);
        let night = Night::new();
        let etcd = night.etcd(&generation);
        play("expired.md", &mut Page { night, generation, _etcd: etcd }, 7);
    });
}

/// What the page says that agents and etcds log, they log: an old etcd, and the newest.
#[test]
fn agents_and_etcds_log_what_the_page_shows() {
    alone("certs::expired::agents_and_etcds_log_what_the_page_shows", || {
        let page = include_str!("../../docs/expired.md");
        let rows: Vec<Vec<&str>> =
            page.lines().filter(|line| line.starts_with("| ")).map(|line| line.split('|').collect()).collect();
        let said = |n: usize| rows[n][2].split('`').nth(1).expect("a message");
        let [server_at_agent, server_at_etcd, client_at_agent, client_at_etcd] = [1, 2, 3, 4].map(said);
        let all = generations();
        let (old, newest) = (all.first().expect("3.4"), all.last().expect("the newest"));
        for generation in [old, newest] {
            let night = Night::new();
            let expired = night.sandbox.path("node/var/lib/clustermesh");
            let etcd = night.etcd(generation);
            // The client may have its answer before the etcd has written its line.
            let log = |etcd: &Server, words: &str| {
                let is_said = (0..100).any(|_| {
                    std::thread::sleep(std::time::Duration::from_millis(100));
                    etcd.log().contains(words)
                });
                assert!(is_said, "{}: {words}\n{}", generation.minor, etcd.log());
            };
            // Every generation of servers is dialled with the newest client, as agents have it.
            // A busy machine may need longer for a handshake than etcdctl waits.
            let mut agent = String::new();
            let mut tries = (0..10).map(|_| night.etcdctl(newest, &expired, "get x").replace('\\', ""));
            let is_said = tries.any(|said| {
                agent = said;
                agent.contains(server_at_agent)
            });
            assert!(is_said, "{agent}");
            log(&etcd, server_at_etcd);
            // Only the member gets its new certificate.
            let shown = night.sandbox.path("old");
            night.shell(&format!("cp -r {} {}", expired.display(), shown.display()), true);
            night.shell("meshbundle generate --renew", true);
            let top = night.sandbox.unpack("tokyo/etcd/etcd1");
            night.shell(
                &format!("{} --any-host --root {}", top.join("install.sh").display(), night.machine("tokyo").display()),
                true,
            );
            // Where the server hangs up before the client has written, its alert is lost.
            let mut tries = (0..10).map(|_| night.etcdctl(newest, &shown, "get x"));
            assert!(generation.minor == "3.4" || tries.any(|agent| agent.contains(client_at_agent)), "{}", generation.minor);
            drop(tries.next());
            log(&etcd, client_at_etcd);
        }
    });
}
