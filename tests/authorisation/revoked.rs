//! A key has leaked: real etcds of two generations, and what shuts it out of them: another user, restarts, and a revocation list.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::authorisation::etcd::start_at;
use crate::authorisation::generated::{client, ctl, mesh};
use crate::authorisation::script::{Death, Done, SHELLS, Script};
use crate::support::etcd::{Process, Server};
use crate::support::generations::{Generation, generations};
use crate::support::ports::free_port;
use crate::support::{Ran, Sandbox, tool};
use crate::verify::revocation_lists;

#[test]
fn a_leaked_key_is_shut_out() {
    for generation in generations().iter().filter(|generation| ["3.5", "3.7"].contains(&generation.minor)) {
        shut_out(generation);
    }
}

/// An etcd with the files of its member's bundle, and perhaps a revocation list.
struct Place<'a> {
    generation: &'a Generation,
    sandbox: &'a Sandbox,
    member: PathBuf,
    url: String,
    peer: String,
}

impl Place<'_> {
    fn start(&self, list: Option<&Path>) -> Server {
        let mut command = Command::new(self.generation.etcd());
        command.arg("--client-cert-auth").arg("--trusted-ca-file").arg(self.member.join("client-ca.crt"));
        command.arg("--cert-file").arg(self.member.join("server.crt")).arg("--key-file").arg(self.member.join("server.key"));
        if let Some(list) = list {
            command.arg("--client-crl-file").arg(list);
        }
        start_at(command, &self.sandbox.path(""), &self.url, &self.peer)
    }

    fn ctl(&self, pair: &Path, limit: &str, args: &[&str]) -> Ran {
        let limits = ["--dial-timeout", limit, "--command-timeout", limit];
        ctl(&self.url, &self.member.join("client-ca.crt"), pair, &[&limits, args].concat())
    }

    /// Whether `pair` may read what every reader may, as a user.
    fn reads(&self, pair: &Path) -> bool {
        self.ctl(pair, "60s", &["get", "--prefix", "cilium/.heartbeat"]).status == 0
    }

    /// Whether `pair` gets no connection. etcdctl tries until its time is over.
    fn is_shut_out(&self, pair: &Path) -> bool {
        let ran = self.ctl(pair, "2s", &["get", "--prefix", "cilium/.heartbeat"]);
        ran.status != 0 && !ran.stderr.contains("permission denied")
    }

    /// `etcd-auth.sh`, with its own root.
    fn script(&self, args: &[&str]) -> Done {
        let script = Script::at(self.sandbox, self.sandbox.path("out/bundles/c1/etcd/etcd-auth.sh"));
        script.run_in(SHELLS[0], args, &[], Death::Natural).exits(0)
    }

    fn kept(&self, from: &Path, name: &str) -> PathBuf {
        let to = self.sandbox.path(name).with_extension("crt");
        fs::copy(from, &to).expect("copied");
        fs::copy(from.with_extension("key"), to.with_extension("key")).expect("copied");
        to
    }
}

/// Puts `content` in place of the list by a rename, as operators do.
fn replace(list: &Path, content: &[u8]) {
    fs::write(list.with_extension("new"), content).expect("written");
    fs::rename(list.with_extension("new"), list).expect("renamed");
}

fn shut_out(generation: &Generation) {
    let url = format!("https://127.0.0.1:{}", free_port());
    let sandbox = Sandbox::with_mesh(&mesh(&url, &[("c1", 1), ("c2", 2)], ", localClients: true"));
    sandbox.generate(&[]);
    let member = sandbox.unpack("c1/etcd/m1").join("payload/etc/etcd/clustermesh");
    let peer = format!("http://127.0.0.1:{}", free_port());
    let place = Place { generation, sandbox: &sandbox, member, url, peer };
    let etcd = place.start(None);
    place.script(&["--enable"]);
    let root = sandbox.path("out/bundles/c1/etcd/root.crt");
    let (leaked, old_root) = (place.kept(&client(&sandbox, "c2/nodes/n1"), "leaked"), place.kept(&root, "old-root"));
    assert!(place.reads(&leaked));
    let watched = sandbox.path("watched");
    let mut watch = Command::new("etcdctl");
    watch.args(["watch", "cilium/.heartbeat"]).env("ETCDCTL_API", "3").env("ETCDCTL_ENDPOINTS", &place.url);
    watch.env("ETCDCTL_CACERT", place.member.join("client-ca.crt"));
    watch.env("ETCDCTL_CERT", &leaked).env("ETCDCTL_KEY", leaked.with_extension("key"));
    let watch = Process(watch.stdout(File::create(&watched).expect("a file")).stderr(Stdio::null()).spawn().expect("started"));
    let sees = |what: &str| {
        // Until the watch is there, what is written before it is not seen.
        (0..600).any(|_| {
            assert_eq!(place.ctl(&root, "60s", &["put", "cilium/.heartbeat", what]).status, 0);
            std::thread::sleep(std::time::Duration::from_millis(50));
            fs::read_to_string(&watched).expect("text").contains(what)
        })
    };
    assert!(sees("before"));

    let before = sandbox.read("state/inventory.json");
    let words = ["certs", "revoke", "mesh.yaml", "c2/node/n1", "c1/node/n2"];
    assert!(sandbox.ok(&words).said("nothing was changed"));
    assert_eq!(sandbox.read("state/inventory.json"), before, "to look changes nothing");
    sandbox.ok(&[&words[..], &["--apply"]].concat());
    let next = client(&sandbox, "c2/nodes/n1");
    place.script(&["--add"]);
    assert!(place.reads(&leaked) && place.reads(&next), "nothing is taken away yet");
    let said = place.script(&[]);
    assert!(said.lines().contains("- user remote-c2, which was revoked"), "{:?}", said.lines());
    assert!(!place.reads(&leaked) && place.reads(&next));
    let users = place.ctl(&root, "60s", &["user", "list"]).stdout;
    assert_eq!(users.lines().collect::<Vec<_>>(), ["admin-c1@2", "remote-c2@2", "root"], "{users}");
    assert!(sees("after"), "what was open outlives its user: that is why members restart");
    etcd.stop();
    drop(watch);

    // Whose user has to stay.
    let list = sandbox.path("revoked.crl");
    fs::copy(sandbox.path("out/bundles/c1/etcd/revoked.crl"), &list).expect("copied");
    let _etcd = place.start(Some(&list));
    assert!(place.reads(&next) && place.reads(&old_root), "these were not revoked");
    assert!(place.is_shut_out(&leaked), "not even a connection");
    let ran = sandbox.ok(&["certs", "revoke", "mesh.yaml", "c1/users", "--apply"]);
    assert!(ran.said("user `root` has to stay"), "{}", ran.stdout);
    assert!(place.reads(&old_root), "the list is not there yet");
    let der = fs::read(sandbox.path("out/bundles/c1/etcd/revoked.crl")).expect("a list");
    replace(&list, &der);
    assert!(place.is_shut_out(&old_root) && place.reads(&root) && place.reads(&next), "it is read at each connection");

    let pem = sandbox.path("revoked.pem");
    let words = ["crl", "-inform", "DER", "-in", list.to_str().expect("text"), "-out", pem.to_str().expect("text")];
    tool("openssl", "openssl", words);
    replace(&list, &fs::read(&pem).expect("a list"));
    let judged = |severity: &str| sandbox.run(&["verify", "revoked.crl"]).stdout.contains(&format!("{severity}[CM0768]"));
    let from_3_6 = |what: &str| {
        assert!(judged("warning"), "{what}");
        match generation.minor {
            "3.5" => assert!(place.reads(&root), "{what}: 3.5 reads it"),
            _ => assert!(place.is_shut_out(&root), "{what}: from 3.6 on, it refuses every client"),
        }
    };
    from_3_6("PEM");
    revocation_lists::list(&sandbox, "first.crl", &[], false);
    replace(&list, &fs::read(sandbox.path("first.crl")).expect("a list"));
    from_3_6("version 1");
    revocation_lists::list(&sandbox, "second.crl", &[], true);
    replace(&list, &fs::read(sandbox.path("second.crl")).expect("a list"));
    assert!(place.reads(&root) && !judged("warning") && !judged("error"), "a list of nobody, by another CA");
    replace(&list, b"");
    assert!(judged("error"));
    assert!(place.is_shut_out(&root), "so does an empty one");
    fs::remove_file(&list).expect("removed");
    assert!(place.is_shut_out(&root), "and none");
    replace(&list, &der);
    assert!(place.reads(&root) && place.is_shut_out(&old_root));
}
