//! Real etcds, and what is written into them. Whatever a test starts of etcd, it starts here.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Sandbox;
use crate::support::pki::{Authority, Leaf, Wish};

const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// A process that ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something listens at `address`.
pub(crate) fn await_listener(address: SocketAddr, log: Option<&Path>) {
    let deadline = Instant::now() + LONG_ENOUGH;
    while TcpStream::connect(address).is_err() {
        let said = || log.map(|log| fs::read_to_string(log).unwrap_or_default()).unwrap_or_default();
        assert!(Instant::now() < deadline, "nothing listens at {address}: {}", said());
        thread::sleep(Duration::from_millis(20));
    }
}

/// A process of `etcd`, and what it has logged since its start.
pub(crate) struct Server {
    process: Process,
    log: PathBuf,
}

impl Server {
    /// Runs `command` with a log that is empty.
    pub(crate) fn start(command: &mut Command, log: PathBuf) -> Self {
        fs::create_dir_all(log.parent().expect("a parent")).expect("a folder");
        let file = File::create(&log).expect("a log");
        let started = command.stdout(file.try_clone().expect("a log")).stderr(file).spawn();
        Self { process: Process(started.expect("etcd starts; apt-get install etcd-server")), log }
    }

    /// Waits until it listens at `address`, for as long as it runs.
    pub(crate) fn await_listener(&mut self, address: SocketAddr) {
        let deadline = Instant::now() + LONG_ENOUGH;
        while TcpStream::connect(address).is_err() {
            self.demand_running();
            assert!(Instant::now() < deadline, "nothing listens at {address}: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Demands that it has not ended since it was started.
    pub(crate) fn demand_running(&mut self) {
        let ended = self.process.0.try_wait().expect("a child");
        assert!(ended.is_none(), "etcd has ended: {ended:?}\n{}", self.log());
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// Ends it as `systemctl stop` does.
    pub(crate) fn stop(mut self) {
        let pid = i32::try_from(self.process.0.id()).ok().and_then(Pid::from_raw).expect("a process");
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::TERM);
        let deadline = Instant::now() + LONG_ENOUGH;
        while self.process.0.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < deadline, "etcd does not end: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// What every `etcd` needs besides its TLS.
pub(crate) struct Place<'a> {
    pub(crate) name: &'a str,
    /// Where clients find it.
    pub(crate) clients: &'a [String],
    /// Where other members find it.
    pub(crate) peer: &'a str,
    /// All members with their peer URLs, as `--initial-cluster` has them.
    pub(crate) cluster: &'a str,
    pub(crate) data: &'a Path,
}

impl Place<'_> {
    /// Adds the flags to `command`.
    pub(crate) fn add_to(&self, command: &mut Command) {
        let clients = self.clients.join(",");
        command.args(["--logger", "zap", "--log-outputs", "stderr", "--name", self.name]).arg("--data-dir").arg(self.data);
        command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
        command.args(["--listen-peer-urls", self.peer, "--initial-advertise-peer-urls", self.peer]);
        command.args(["--initial-cluster", self.cluster]);
    }
}

/// A member of an etcd.
pub(crate) struct Etcd {
    server: Server,
    folder: PathBuf,
    url: String,
}

/// How a member is to run.
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    /// Client addresses; the first is its own.
    pub(crate) addresses: &'a [&'a str],
    /// `None` for plain HTTP.
    pub(crate) server: Option<&'a Leaf>,
    /// Who may sign clients.
    pub(crate) clients: Option<&'a Authority>,
    /// Members of its etcd, by name and address.
    pub(crate) cluster: &'a [(&'a str, &'a str)],
}

impl Member<'_> {
    pub(crate) fn start(&self, sandbox: &Sandbox) -> Etcd {
        self.start_of(Path::new("etcd"), sandbox)
    }

    /// As a member of a certain generation.
    pub(crate) fn start_of(&self, program: &Path, sandbox: &Sandbox) -> Etcd {
        let folder = sandbox.path("etcd").join(self.name);
        let file = |name: &str| format!("etcd/{}/{name}", self.name);
        let scheme = if self.server.is_some() { "https" } else { "http" };
        let mut command = Command::new(program);
        command.env_clear();
        if let Some(leaf) = self.server {
            sandbox.write(&file("server.crt"), &leaf.certificate);
            sandbox.write(&file("server.key"), &leaf.key);
            command.arg("--cert-file").arg(folder.join("server.crt")).arg("--key-file").arg(folder.join("server.key"));
        }
        if let Some(authority) = self.clients {
            sandbox.write(&file("clients.crt"), &authority.certificate);
            command.arg("--client-cert-auth").arg("--trusted-ca-file").arg(folder.join("clients.crt"));
            let root = authority.issue(&Wish::named("root"));
            sandbox.write(&file("root.crt"), &root.certificate);
            sandbox.write(&file("root.key"), &root.key);
        }
        let urls: Vec<_> = self.addresses.iter().map(|address| format!("{scheme}://{address}:2379")).collect();
        let peers: Vec<_> = self.cluster.iter().map(|(name, address)| format!("{name}=http://{address}:2380")).collect();
        let peer = format!("http://{}:2380", self.addresses[0]);
        let alone = format!("{}={peer}", self.name);
        let cluster = if peers.is_empty() { alone } else { peers.join(",") };
        let data = folder.join("data");
        Place { name: self.name, clients: &urls, peer: &peer, cluster: &cluster, data: &data }.add_to(&mut command);
        command.args(["--initial-cluster-token", &format!("of {:?}", self.cluster)]);
        Etcd { server: Server::start(&mut command, folder.join("log")), url: urls[0].clone(), folder }
    }
}

impl Etcd {
    /// A member alone at 127.0.0.1:2379 that accepts clients of `authority`; started again, it has its data.
    pub(crate) fn at_home(program: &Path, sandbox: &Sandbox, authority: &Authority, server: &Leaf) -> Self {
        let (server, clients) = (Some(server), Some(authority));
        let member = Member { name: "one", addresses: &["127.0.0.1"], server, clients, cluster: &[] };
        let mut etcd = member.start_of(program, sandbox);
        etcd.ready();
        etcd
    }

    /// A member alone, ready to be written to.
    pub(crate) fn alone(sandbox: &Sandbox, member: &Member<'_>) -> Self {
        let mut etcd = member.start(sandbox);
        etcd.ready();
        etcd
    }

    pub(crate) fn ready(&mut self) {
        self.server.await_listener(self.url.split_once("//").expect("a URL").1.parse().expect("an address"));
    }

    /// `etcdctl` as root. Who answers is not looked at: some servers here are to be refused.
    pub(crate) fn etcdctl(&self) -> Command {
        let mut command = Command::new("etcdctl");
        command.env("ETCDCTL_API", "3").args(["--endpoints", &self.url, "--insecure-skip-tls-verify"]);
        command.args(["--insecure-transport=false", "--command-timeout", "60s", "--dial-timeout", "60s"]);
        if self.folder.join("root.crt").exists() {
            command.arg("--cert").arg(self.folder.join("root.crt")).arg("--key").arg(self.folder.join("root.key"));
        }
        command
    }

    pub(crate) fn run(&self, args: &[&str]) {
        let output = self.etcdctl().args(args).output().expect("etcdctl starts");
        assert!(output.status.success(), "etcdctl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn put(&self, key: &str, value: &str) {
        self.run(&["put", "--", key, value]);
    }

    /// Announces a cluster.
    pub(crate) fn announce(&self, cluster: &str, config: &str) {
        self.put(&format!("cilium/cluster-config/{cluster}"), config);
    }

    /// Makes a user without a password, with a role that reads `grants`: keys, or prefixes if they end in `*`.
    pub(crate) fn user(&self, name: &str, grants: &[&str]) {
        self.run(&["user", "add", name, "--no-password"]);
        self.run(&["role", "add", name]);
        for grant in grants {
            match grant.strip_suffix('*') {
                Some(prefix) => self.run(&["role", "grant-permission", name, "read", "--prefix=true", prefix]),
                None => self.run(&["role", "grant-permission", name, "read", grant]),
            }
        }
        self.run(&["user", "grant-role", name, name]);
    }

    /// Rights are checked from now on.
    pub(crate) fn enable_auth(&self) {
        self.run(&["user", "add", "root", "--no-password"]);
        self.run(&["user", "grant-role", "root", "root"]);
        self.run(&["auth", "enable"]);
    }

    /// Writes the heartbeat every second, until it is dropped.
    pub(crate) fn beat(&self) -> Process {
        let etcdctl = self.etcdctl();
        let mut command = Command::new("sh");
        let script = r#"while :; do "$@" put cilium/.heartbeat "$(date -u +%FT%TZ)" >/dev/null; sleep 1; done"#;
        command.args(["-c", script, "sh"]).arg(etcdctl.get_program()).args(etcdctl.get_args()).env("ETCDCTL_API", "3");
        Process(command.spawn().expect("a shell"))
    }
}
