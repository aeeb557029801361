//! One etcd without TLS, Go's TLS in front of it once for each case, and a node with a config for each.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::etcd::{Etcd, Member, Process};
use crate::support::judges::go_program;
use crate::support::reports::judged;
use crate::support::workshop::{Made, Workshop};
use crate::support::{Ran, Sandbox};

const ETCD: &str = "127.0.0.1:2379";

/// A server and a client, and what of TLS the server speaks.
pub(crate) struct Case {
    /// Also the name of the cluster.
    pub(crate) name: String,
    server: String,
    server_key: String,
    client: String,
    client_key: String,
    ca: String,
    versions: (u16, u16),
    curves: Vec<u16>,
    suites: Vec<u16>,
}

/// What both judges say: nothing, or why there is no connection.
pub(crate) struct Verdicts {
    pub(crate) go: Option<String>,
    /// The code, and the message.
    pub(crate) ours: Option<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    port: u16,
    error: String,
}

impl Case {
    /// TLS 1.2 and 1.3 with all curves that Go has.
    pub(crate) fn new(name: &str, w: &Workshop, server: &Made, client: &Made, ca: &Made) -> Self {
        Self {
            name: name.to_owned(),
            server: w.pem(server),
            server_key: w.key_pem(server),
            client: w.pem(client),
            client_key: w.key_pem(client),
            ca: w.pem(ca),
            versions: (0x0301, 0x0304),
            curves: Vec::new(),
            suites: Vec::new(),
        }
    }

    /// Only this version: 12, 13.
    pub(crate) fn version(mut self, version: u16) -> Self {
        let version = 0x0301 + version - 10;
        self.versions = (version, version);
        self
    }

    /// Only this key exchange, by its number in TLS.
    pub(crate) fn curve(mut self, curve: u16) -> Self {
        self.curves = vec![curve];
        self
    }

    /// Only this suite of TLS 1.2, by its number.
    pub(crate) fn suite(mut self, suite: u16) -> Self {
        self.suites = vec![suite];
        self.version(12)
    }
}

/// Has both judges try all of them.
pub(crate) fn judge(cases: &[Case]) -> BTreeMap<String, Verdicts> {
    let sandbox = Sandbox::new();
    let _etcd = etcd(&sandbox);
    let (_go, answers) = go(cases);
    for (case, answer) in cases.iter().zip(&answers) {
        let file = |name: &str| format!("{}/{name}", case.name);
        for (name, text) in [("ca.crt", &case.ca), ("client.crt", &case.client), ("client.key", &case.client_key)] {
            sandbox.write(&file(name), text);
        }
        let at = |name: &str| sandbox.path(file(name)).display().to_string();
        let (ca, client, key) = (at("ca.crt"), at("client.crt"), at("client.key"));
        let endpoint = format!("https://127.0.0.1:{}", answer.port);
        let config = format!("endpoints: [\"{endpoint}\"]\ntrusted-ca-file: {ca}\ncert-file: {client}\nkey-file: {key}\n");
        sandbox.write(&format!("configs/{}", case.name), &config);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshbundle"));
    command.arg("probe").arg(sandbox.path("configs")).args(["--format", "json", "--heartbeat", "0", "--timeout", "30"]);
    let ran = Ran::of(&mut command);
    assert_eq!(ran.status, 1, "nothing is announced in this etcd: {}", ran.stderr);
    let report = ran.json();
    judged("probe", &report);
    let links: BTreeMap<&str, &Value> =
        report["links"].as_array().expect("links").iter().map(|link| (link["cluster"].as_str().expect("a name"), link)).collect();
    assert_eq!(links.len(), cases.len(), "{:?}", links.keys());
    let verdicts = cases.iter().zip(answers).map(|(case, answer)| {
        let go = Some(answer.error).filter(|error| !error.is_empty());
        (case.name.clone(), Verdicts { go, ours: refusal(links[case.name.as_str()]) })
    });
    verdicts.collect()
}

/// Why there is no connection. That the cluster is not announced is only found over one.
fn refusal(link: &Value) -> Option<(String, String)> {
    let word = |name: &str| link[name].as_str().expect("a text").to_owned();
    assert_eq!(link["ready"], false, "{link:#}");
    (link["code"] != "CM0815").then(|| (word("code"), word("message")))
}

fn etcd(sandbox: &Sandbox) -> Etcd {
    Etcd::alone(sandbox, &Member { name: "one", addresses: &["127.0.0.1"], server: None, clients: None, cluster: &[] })
}

fn go(cases: &[Case]) -> (Process, Vec<Answer>) {
    let questions: Vec<_> = cases
        .iter()
        .map(|case| {
            json!({
                "Server": case.server, "ServerKey": case.server_key, "Client": case.client, "ClientKey": case.client_key,
                "CA": case.ca, "Min": case.versions.0, "Max": case.versions.1, "Curves": case.curves, "Suites": case.suites,
            })
        })
        .collect();
    let mut command = Command::new(go_program("handshakes", "tests/handshakes/go"));
    let mut go = Process(command.arg(ETCD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it was just built"));
    serde_json::to_writer(go.0.stdin.take().expect("a pipe"), &questions).expect("questions are sent");
    let mut line = String::new();
    BufReader::new(go.0.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("answers");
    let answers: Vec<Answer> = serde_json::from_str(&line).expect("answers in JSON");
    assert_eq!(answers.len(), cases.len(), "one answer to each case");
    (go, answers)
}
