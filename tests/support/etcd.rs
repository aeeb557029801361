//! Real etcds, and what is written into them.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

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
        let said = || log.map(|log| std::fs::read_to_string(log).unwrap_or_default()).unwrap_or_default();
        assert!(Instant::now() < deadline, "nothing listens at {address}: {}", said());
        thread::sleep(Duration::from_millis(20));
    }
}

/// A member of an etcd.
pub(crate) struct Etcd {
    _process: Process,
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
        command.env_clear().args(["--name", self.name, "--logger", "zap", "--log-outputs", "stderr"]);
        sandbox.write(&file("log"), "");
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
        command.args(["--listen-client-urls", &urls.join(","), "--advertise-client-urls", &urls.join(",")]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        let own = format!("{}={peer}", self.name);
        command.args(["--initial-cluster", &if peers.is_empty() { own } else { peers.join(",") }]);
        command.args(["--initial-cluster-token", &format!("of {:?}", self.cluster)]);
        command.arg("--data-dir").arg(folder.join("data")).stderr(File::create(folder.join("log")).expect("a log"));
        let process = Process(command.spawn().expect("etcd starts"));
        Etcd { _process: process, url: urls[0].clone(), folder }
    }
}

impl Etcd {
    /// A member alone, ready to be written to.
    pub(crate) fn alone(sandbox: &Sandbox, member: &Member<'_>) -> Self {
        let etcd = member.start(sandbox);
        etcd.ready();
        etcd
    }

    pub(crate) fn ready(&self) {
        let address = self.url.split_once("//").expect("a URL").1.parse().expect("an address");
        await_listener(address, Some(&self.folder.join("log")));
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
