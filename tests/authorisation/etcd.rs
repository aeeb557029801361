//! Etcds of one member, and etcdctl as anybody.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::etcd::{Place, Server};
use crate::support::pki::{Authority, Leaf, Wish};
use crate::support::ports::free_port;
use crate::support::{Ran, Sandbox};

/// Who an etcd lets in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Everybody, without TLS.
    Open,
    /// Everybody who speaks TLS.
    Tls,
    /// Those with a client certificate.
    Verified,
}

/// How a role that records a generation begins.
pub(crate) const RECORD: &str = "clustermesh-generation-";

pub(crate) struct Etcd {
    _server: Server,
    pub(crate) url: String,
    pub(crate) pki: PathBuf,
    authority: Authority,
}

/// `command` as an etcd of one member that listens at `url`, waited for.
pub(crate) fn start(command: Command, folder: &Path, url: &str) -> Server {
    start_at(command, folder, url, &format!("http://127.0.0.1:{}", free_port()))
}

/// The same with its address for peers, which a member that is started again keeps.
pub(crate) fn start_at(mut command: Command, folder: &Path, url: &str, peer: &str) -> Server {
    let (clients, cluster, data) = ([url.to_owned()], format!("default={peer}"), folder.join("etcd"));
    Place { name: "default", clients: &clients, peer, cluster: &cluster, data: &data }.add_to(&mut command);
    let mut server = Server::start(&mut command, folder.join("etcd.log"));
    server.await_listener(url.split_once("//").expect("a URL").1.parse().expect("an address"));
    server
}

impl Etcd {
    pub(crate) fn start(sandbox: &Sandbox, door: Door) -> Self {
        Self::of(Path::new("etcd"), sandbox, door)
    }

    /// An etcd of a certain generation.
    pub(crate) fn of(program: &Path, sandbox: &Sandbox, door: Door) -> Self {
        let authority = Authority::new("authority");
        let pki = sandbox.path("pki");
        let url = format!("{}://127.0.0.1:{}", if door == Door::Open { "http" } else { "https" }, free_port());
        write(&pki, "server", &authority.issue(&Wish::named("server").sans(&["127.0.0.1"])));
        sandbox.write("pki/ca.crt", &authority.certificate);
        let mut command = Command::new(program);
        if door != Door::Open {
            command.arg("--cert-file").arg(pki.join("server.crt")).arg("--key-file").arg(pki.join("server.key"));
        }
        if door == Door::Verified {
            command.arg("--client-cert-auth").arg("--trusted-ca-file").arg(pki.join("ca.crt"));
        }
        let server = start(command, &sandbox.path(""), &url);
        Self { _server: server, url, pki, authority }
    }

    /// Issues a certificate with this common name; returns it as PEM.
    pub(crate) fn issue(&self, name: &str) -> String {
        let leaf = self.authority.issue(&Wish::named(name));
        write(&self.pki, name, &leaf);
        leaf.certificate
    }

    /// What etcdctl reads to be `who`.
    pub(crate) fn environment(&self, who: Option<&str>) -> Vec<(&'static str, String)> {
        let file = |name: String| self.pki.join(name).to_str().expect("text").to_owned();
        let mut environment = vec![("ETCDCTL_API", "3".to_owned()), ("ETCDCTL_ENDPOINTS", self.url.clone())];
        if self.url.starts_with("https") {
            environment.push(("ETCDCTL_CACERT", file("ca.crt".to_owned())));
        }
        if let Some(who) = who {
            environment.push(("ETCDCTL_CERT", file(format!("{who}.crt"))));
            environment.push(("ETCDCTL_KEY", file(format!("{who}.key"))));
        }
        environment
    }

    /// etcdctl as `who`.
    pub(crate) fn ctl(&self, who: Option<&str>, args: &[&str]) -> Ran {
        let mut command = Command::new("etcdctl");
        command.args(args).envs(self.environment(who)).stdin(Stdio::null());
        Ran::of(&mut command)
    }

    /// etcdctl as `who`, which must succeed.
    pub(crate) fn ok(&self, who: Option<&str>, args: &[&str]) -> String {
        let ran = self.ctl(who, args);
        assert_eq!(ran.status, 0, "{who:?} {args:?}: {}", ran.stderr);
        ran.stdout
    }

    /// Every user with its roles, every role with its grants, as etcdctl prints them; without those that record a generation.
    pub(crate) fn rights(&self, who: Option<&str>) -> String {
        let mut text = String::new();
        for kind in ["user", "role"] {
            let is_right = |name: &&str| (kind, *name) != ("role", "root") && !name.starts_with(RECORD);
            for name in self.ok(who, &[kind, "list"]).lines().filter(is_right) {
                text += &self.ok(who, &[kind, "get", "--", name]);
            }
        }
        text
    }

    /// The roles that record a generation. None of them grants anything.
    pub(crate) fn records(&self, who: Option<&str>) -> Vec<String> {
        let list = self.ok(who, &["role", "list"]);
        let records: Vec<_> = list.lines().filter(|name| name.starts_with(RECORD)).map(str::to_owned).collect();
        for name in &records {
            assert_eq!(self.ok(who, &["role", "get", name]), format!("Role {name}\nKV Read:\nKV Write:\n"));
        }
        records
    }

    /// Takes every user and role away.
    pub(crate) fn clear(&self) {
        for kind in ["user", "role"] {
            for name in self.ok(None, &[kind, "list"]).lines() {
                self.ok(None, &[kind, "delete", "--", name]);
            }
        }
    }
}

fn write(folder: &Path, name: &str, leaf: &Leaf) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.crt")), &leaf.certificate).expect("written");
    std::fs::write(folder.join(format!("{name}.key")), &leaf.key).expect("written");
}
