//! Clients of an etcd that go on all the time: an agent that writes, an agent of another cluster that reads, and an announcer.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::real_etcd::etcdctl::Client;
use crate::real_etcd::scene::Scene;
use crate::support::Ran;

/// Readers may read below it.
const PREFIX: &str = "cilium/state/nodes/v1/fra/";
pub(crate) const ENDPOINTS: &str = "https://10.21.0.1:2379,https://10.21.0.2:2379,https://10.21.0.3:2379";
/// How often a request is tried, each time for at most `PATIENCE`.
const ATTEMPTS: usize = 10;
const PATIENCE: &str = "5s";
const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// Makes commands of etcdctl with `NAME.crt`, `NAME.key` and `ca` of `folder`.
pub(crate) fn client(folder: &Path, name: &str, ca: &str) -> impl Fn() -> Command + Send + use<> {
    let [certificate, key, ca] = [format!("{name}.crt"), format!("{name}.key"), ca.to_owned()].map(|file| folder.join(file));
    move || {
        let mut command = Command::new("etcdctl");
        command.env("ETCDCTL_API", "3").arg("--cert").arg(&certificate).arg("--key").arg(&key).arg("--cacert").arg(&ca);
        command
    }
}

/// What there was.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counted {
    /// Writes that were acknowledged, and each read by another cluster's agent.
    pub(crate) written: usize,
    /// Attempts that failed.
    pub(crate) retries: usize,
}

pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    worker: Option<JoinHandle<Counted>>,
    announcer: Running,
    announced: PathBuf,
    agent: Box<dyn Fn() -> Command>,
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Traffic {
    /// Writes as the agents of `fra`, and reads as those of `ams`, with the files of their bundles.
    pub(crate) fn start(scene: &Scene) -> Self {
        let operator = scene.sandbox.path("out/bundles/fra/operator");
        let agent = || client(&operator, "etcd-client", "etcd-client-ca.crt");
        let mut links = scene.bundles.links();
        let link = links.find(|(node, link)| (node.cluster.as_str(), link.remote.as_str()) == ("ams", "fra"));
        let (node, link) = link.expect("a link");
        let reader = Client::agent(node, link, ENDPOINTS);

        let announced = scene.sandbox.path("announced");
        let node = scene.bundles.nodes.iter().find(|node| node.cluster == "fra").expect("a node");
        let payload = node.top.join("payload");
        let unit = fs::read_to_string(payload.join("etc/systemd/system/clustermesh-announce.service")).expect("the unit");
        let words = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
        let config = format!("--etcd-config={}", payload.display());
        let mut announcer = scene.sandbox.command(&[]);
        announcer.args(words.split(' ').skip(1).map(|word| word.replace("--etcd-config=", &config)));
        announcer.arg("--root").arg(&payload).env_remove("MESHBUNDLE_NOW").stderr(File::create(&announced).expect("a file"));
        let announcer = Running(announcer.spawn().expect("started"));

        let stop = Arc::new(AtomicBool::new(false));
        let (until, writer) = (Arc::clone(&stop), agent());
        let worker = Some(thread::spawn(move || work(&until, &writer, &|| reader.command())));
        let traffic = Self { stop, worker, announcer, announced, agent: Box::new(agent()) };
        traffic.await_announced();
        traffic
    }

    /// Demands that no write is lost, and that the announcer noticed nothing.
    pub(crate) fn end(mut self) -> Counted {
        self.stop.store(true, Ordering::Relaxed);
        let counted = self.worker.take().expect("it runs").join().expect("every request succeeds within its attempts");
        let all: BTreeSet<_> = (0..counted.written).map(|number| format!("{PREFIX}{number}")).collect();
        let got = Ran::of((self.agent)().args(["--endpoints", ENDPOINTS, "get", "--prefix", "--keys-only", PREFIX]));
        let there = got.stdout.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        let lost: Vec<_> = all.difference(&there).collect();
        assert!(lost.is_empty() && !all.is_empty(), "acknowledged, and not there: {lost:?}\n{}", got.stderr);
        assert!(self.announcer.0.try_wait().expect("a child").is_none(), "the announcer has ended");
        let said = fs::read_to_string(&self.announced).expect("readable");
        assert!(!said.contains("cannot announce"), "{said}");
        counted
    }

    fn await_announced(&self) {
        let deadline = Instant::now() + LONG_ENOUGH;
        loop {
            let said = fs::read_to_string(&self.announced).expect("readable");
            if said.lines().any(|line| line.starts_with("announcing")) {
                return;
            }
            assert!(Instant::now() < deadline, "{said}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Writes one key after another, each of which `reader` has to find.
pub(crate) fn work(stop: &AtomicBool, writer: &dyn Fn() -> Command, reader: &dyn Fn() -> Command) -> Counted {
    let mut counted = Counted::default();
    while !stop.load(Ordering::Relaxed) {
        let key = format!("{PREFIX}{}", counted.written);
        counted.retries += retries(writer, &["put", &key, "v"], "OK");
        counted.retries += retries(reader, &["get", &key], &key);
        counted.written += 1;
        thread::sleep(Duration::from_millis(100));
    }
    counted
}

/// How often it failed before it answered `answer`.
fn retries(client: &dyn Fn() -> Command, words: &[&str], answer: &str) -> usize {
    let mut last = String::new();
    for failed in 0..ATTEMPTS {
        let ran = Ran::of(client().args(["--endpoints", ENDPOINTS, "--command-timeout", PATIENCE]).args(words));
        if ran.status == 0 {
            assert!(ran.stdout.lines().any(|line| line == answer), "{words:?}: {}", ran.stdout);
            return failed;
        }
        last = ran.stderr;
    }
    panic!("{words:?} failed {ATTEMPTS} times: {last}")
}
