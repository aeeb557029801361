//! A cluster's own etcd, and announcers of the cluster `oslo` beside it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::etcd::{Etcd, Process};
use crate::support::generations::Generation;
use crate::support::pki::{Authority, Leaf, Wish};
use crate::support::{Ran, Sandbox};

pub(crate) const HEARTBEAT: &str = "cilium/.heartbeat";
pub(crate) const CONFIG: &str = "cilium/cluster-config/oslo";
/// What `oslo` announces.
pub(crate) const VALUE: &str = r#"{"id":7,"capabilities":{"maxConnectedClusters":255}}"#;
const LONG_ENOUGH: Duration = Duration::from_secs(40);

pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    /// Of servers and clients.
    pub(crate) authority: Authority,
    /// The etcd that is started.
    program: PathBuf,
}

impl Scene {
    /// With a config of an etcd at 127.0.0.1, and a client for it.
    pub(crate) fn new() -> Self {
        Self::with_program("etcd".into())
    }

    /// The same with an etcd of this generation.
    pub(crate) fn of(generation: &Generation) -> Self {
        Self::with_program(generation.etcd())
    }

    fn with_program(program: PathBuf) -> Self {
        let scene = Self { sandbox: Sandbox::new(), authority: Authority::new("oslo"), program };
        scene.config(&["https://127.0.0.1:2379"]);
        scene.credential(&scene.authority, "announcer");
        scene
    }

    pub(crate) fn with_etcd() -> (Self, Etcd) {
        let scene = Self::new();
        let etcd = scene.etcd();
        (scene, etcd)
    }

    /// An etcd at 127.0.0.1:2379; started again, it has its data.
    pub(crate) fn etcd(&self) -> Etcd {
        self.etcd_of(&self.authority)
    }

    /// One whose server and clients are of `authority`.
    pub(crate) fn etcd_of(&self, authority: &Authority) -> Etcd {
        Etcd::at_home(&self.program, &self.sandbox, authority, &server(authority))
    }

    pub(crate) fn config(&self, endpoints: &[&str]) {
        let paths = "trusted-ca-file: /pki/ca.crt\ncert-file: /pki/client.crt\nkey-file: /pki/client.key\n";
        self.sandbox.write("etcd.config", &format!("endpoints: {endpoints:?}\n{paths}"));
    }

    /// What the config names: the anchors, and a client of the etcd user `name`.
    pub(crate) fn credential(&self, authority: &Authority, name: &str) {
        let client = authority.issue(&Wish::named(name));
        self.sandbox.write("root/pki/ca.crt", &authority.certificate);
        self.sandbox.write("root/pki/client.crt", &client.certificate);
        self.sandbox.write("root/pki/client.key", &client.key);
    }

    /// The program, as the announcer of `oslo`, by the machine's clock.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshbundle"));
        command.args(["announce", "--cluster-name", "oslo", "--cluster-id", "7", "--max-connected-clusters", "255"]);
        command.arg("--etcd-config").arg(self.sandbox.path("etcd.config")).arg("--root").arg(self.sandbox.path("root"));
        command.args(more);
        command
    }

    pub(crate) fn start(&self) -> Announcer {
        Announcer::start(&mut self.command(&[]))
    }

    /// What the etcd counts, as Prometheus reads it.
    pub(crate) fn metrics(&self) -> String {
        let script = r#"{ printf 'GET /metrics HTTP/1.0\r\n\r\n'; sleep 2; } | openssl s_client -quiet "$@" 2>/dev/null"#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", "-connect", "127.0.0.1:2379", "-cert"]).arg(self.sandbox.path("etcd/one/root.crt"));
        Ran::of(command.arg("-key").arg(self.sandbox.path("etcd/one/root.key"))).stdout
    }

    /// `--check`: the exit status and what is printed.
    pub(crate) fn check(&self) -> (i32, String) {
        let ran = Ran::of(&mut self.command(&["--check"]));
        (ran.status, ran.stdout + &ran.stderr)
    }
}

/// What etcd shows at 127.0.0.1 to 127.0.0.3.
pub(crate) fn server(authority: &Authority) -> Leaf {
    authority.issue(&Wish::named("server").sans(&["127.0.0.1", "127.0.0.2", "127.0.0.3"]))
}

/// An announcer that runs, and what it has said.
pub(crate) struct Announcer {
    process: Process,
    said: Arc<Mutex<Vec<String>>>,
    heard: usize,
}

impl Announcer {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = Process(command.stderr(Stdio::piped()).spawn().expect("started"));
        let lines = BufReader::new(process.0.stderr.take().expect("a pipe")).lines();
        let said = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&said);
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| into.lock().expect("whole").push(line)));
        let mut announcer = Self { process, said, heard: 0 };
        announcer.says("started to announce `oslo` (id 7)");
        announcer
    }

    /// Waits for the next line, which has to begin with `words`; returns it.
    pub(crate) fn says(&mut self, words: &str) -> String {
        let deadline = Instant::now() + LONG_ENOUGH;
        loop {
            let said = self.said();
            if let Some(line) = said.get(self.heard) {
                assert!(line.starts_with(words), "expected `{words}`: {said:#?}");
                self.heard += 1;
                return line.clone();
            }
            assert!(Instant::now() < deadline, "`{words}` is not said: {said:#?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Demands that nothing more was said than was listened to.
    pub(crate) fn is_silent(&self) {
        let said = self.said();
        assert_eq!(said.len(), self.heard, "{said:#?}");
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().expect("whole").clone()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Stops it with `signal`; it has to end with 0 within a second.
    pub(crate) fn stop(mut self, signal: Signal) {
        let began = Instant::now();
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("it runs");
        let status = self.process.0.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{:#?}", self.said());
        assert!(began.elapsed() < Duration::from_secs(1), "it took {:?}", began.elapsed());
    }
}

/// A key as etcdctl shows it: value, lease, revision of the last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) value: String,
    pub(crate) lease: i64,
    pub(crate) revision: i64,
}

pub(crate) fn etcdctl(etcd: &Etcd, args: &[&str]) -> String {
    let ran = Ran::of(etcd.etcdctl().args(args));
    assert_eq!(ran.status, 0, "etcdctl {args:?}: {}", ran.stderr);
    ran.stdout
}

pub(crate) fn get(etcd: &Etcd, key: &str) -> Option<Key> {
    // Text, for JSON shows keys and values in base64.
    let value = etcdctl(etcd, &["get", "--print-value-only", key]);
    let shown: Value = serde_json::from_str(&etcdctl(etcd, &["get", "-w", "json", key])).expect("JSON");
    let pair = shown["kvs"].as_array()?.first()?.clone();
    let number = |field: &str| pair[field].as_i64().unwrap_or_default();
    Some(Key { value: value.trim_end().to_owned(), lease: number("lease"), revision: number("mod_revision") })
}

/// Waits until `key` is as `wanted`.
pub(crate) fn await_key(etcd: &Etcd, key: &str, wanted: impl Fn(&Option<Key>) -> bool) -> Option<Key> {
    let deadline = Instant::now() + LONG_ENOUGH;
    loop {
        let found = get(etcd, key);
        if wanted(&found) {
            return found;
        }
        assert!(Instant::now() < deadline, "{key}: {found:?}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Now, as it stands in a heartbeat.
pub(crate) fn stamp(offset: i64) -> String {
    let at = time::OffsetDateTime::now_utc() + time::Duration::seconds(offset);
    let at = at.replace_nanosecond(0).expect("a second");
    at.format(&time::format_description::well_known::Rfc3339).expect("a time")
}
