//! What members have loaded, and what they present: real etcds of every generation from their bundles, with OpenSSL's client as the judge
//! of the list, and OpenSSL's servers for what no etcd does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::etcd::{Place, Process, Server, await_listener};
use crate::support::generations::{Generation, generations};
use crate::support::machine::Machine;
use crate::support::namespaces::{INSIDE, add_addresses, alone};
use crate::support::pki::Authority;
use crate::support::receipts::record_all;
use crate::support::reports::judged;
use crate::support::{Sandbox, tool};

const MESH: &str = r#"
version: 1
mesh: prod
cilium: { version: "1.18" }
trust: { authority: per-cluster }
defaults: { runtime: { kind: systemd }, etcd: { peers: true, localClients: true } }
clusters:
- { name: ams, id: 1, nodes: [n1],
    etcd: { endpoints: [https://10.9.1.1:2379], members: [{ name: a1, addresses: [10.9.1.1] }] } }
- { name: fra, id: 2, nodes: [n1],
    etcd: { endpoints: [https://10.9.2.1:2379, https://10.9.2.2:2379],
            members: [{ name: f1, addresses: [10.9.2.1] }, { name: f2, addresses: [10.9.2.2] }] } }
"#;

/// The only member of `ams`, and the files that are installed there.
struct Member {
    folder: PathBuf,
    place: PathBuf,
    server: Option<Server>,
}

fn scene() -> Sandbox {
    generated(Sandbox::new(), MESH)
}

/// Generates a mesh at the time that etcd and OpenSSL have.
fn generated(mut sandbox: Sandbox, mesh: &str) -> Sandbox {
    sandbox.write("mesh.yaml", mesh);
    sandbox.at(&OffsetDateTime::now_utc().format(&Rfc3339).expect("a time"));
    sandbox.generate(&[]);
    sandbox
}

/// The addresses of all members are those of this machine.
fn add_members() {
    add_addresses(["10.9.1.1", "10.9.2.1", "10.9.2.2"].map(|address| address.parse().expect("an address")));
}

/// The folder of an unpacked bundle of a member that has its files of TLS, and where that belongs.
fn unpacked(sandbox: &Sandbox, bundle: &str) -> (PathBuf, PathBuf) {
    let _ = fs::remove_dir_all(sandbox.path("unpacked-by-tar").join(bundle));
    let payload = sandbox.unpack(bundle).join("payload");
    let mut files = walkdir::WalkDir::new(&payload).into_iter().map(|entry| entry.expect("readable").into_path());
    let environment = files.find(|path| path.ends_with("etcd.env")).expect("etcd.env");
    let folder = environment.parent().expect("a folder").to_owned();
    let place = Path::new("/").join(folder.strip_prefix(&payload).expect("below"));
    (folder, place)
}

impl Member {
    fn installed(sandbox: &Sandbox) -> Self {
        let (_, place) = unpacked(sandbox, "ams/etcd/a1");
        let member = Self { folder: sandbox.path("installed"), place, server: None };
        member.install(sandbox);
        member
    }

    /// Puts the files of its newest bundle in place, as `install.sh` does.
    fn install(&self, sandbox: &Sandbox) {
        let (from, _) = unpacked(sandbox, "ams/etcd/a1");
        fs::create_dir_all(&self.folder).expect("a folder");
        for entry in fs::read_dir(from).expect("files") {
            let file = entry.expect("readable");
            let new = self.folder.join("new");
            fs::copy(file.path(), &new).expect("copied");
            fs::rename(new, self.folder.join(file.file_name())).expect("renamed");
        }
    }

    fn restart(&mut self, sandbox: &Sandbox, generation: &Generation) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        let mut machine = Machine::default();
        machine.mount(&self.folder, &self.place);
        let mut command = machine.command(generation.etcd().to_str().expect("text"));
        let environment = fs::read_to_string(self.folder.join("etcd.env")).expect("readable");
        command.envs(environment.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')));
        let (clients, peer) = ("https://10.9.1.1:2379".to_owned(), "https://10.9.1.1:2380");
        let data = sandbox.path("data");
        Place { name: "a1", clients: &[clients], peer, cluster: "a1=https://10.9.1.1:2380", data: &data }.add_to(&mut command);
        let mut server = Server::start(&mut command, sandbox.path("log"));
        server.await_listener("10.9.1.1:2380".parse().expect("an address"));
        server.await_listener("10.9.1.1:2379".parse().expect("an address"));
        self.server = Some(server);
    }
}

/// The report, whatever it says; its exit status fits it.
fn report(sandbox: &Sandbox, more: &[&str]) -> Value {
    let words = ["probe", "--members", "mesh.yaml", "--timeout", "30", "--format", "json"];
    let ran = sandbox.run(&[&words, more].concat());
    let report = ran.json();
    judged("members", &report);
    assert_eq!(ran.status, i32::from(report["done"] != true), "{}\n{report:#}", ran.stderr);
    report
}

fn port<'a>(report: &'a Value, unit: &str, kind: &str) -> &'a Value {
    let mut ports = report["ports"].as_array().expect("ports").iter();
    ports.find(|port| port["unit"] == unit && port["port"] == kind).unwrap_or_else(|| panic!("no {unit} {kind}: {report:#}"))
}

/// The lists of CAs of a port that are not empty, as `loaded: a b`.
fn cas(port: &Value) -> Vec<String> {
    let lists = ["loaded", "missing", "left", "strangers", "undecided"].into_iter();
    let lists = lists.map(|list| (list, port["cas"][list].as_array().cloned().unwrap_or_default()));
    let text = |names: &[Value]| names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
    lists.filter(|(_, names)| !names.is_empty()).map(|(list, names)| format!("{list}: {}", text(&names))).collect()
}

/// The names of CAs that OpenSSL's client is asked for at an address.
fn openssl_sees(address: &str) -> BTreeSet<String> {
    let mut client = Command::new("openssl");
    let client = client.args(["s_client", "-connect", address]).stdin(Stdio::null()).output().expect("openssl starts");
    let said = String::from_utf8_lossy(&client.stdout).into_owned();
    let list = said.lines().skip_while(|line| *line != "Acceptable client certificate CA names").skip(1);
    let names = list.take_while(|line| line.contains("CN")).filter_map(|line| line.split("CN = ").nth(1));
    names.map(|name| name.split_whitespace().next().expect("a name").to_owned()).collect()
}

/// Demands what both ports of the member of `ams` show, and that OpenSSL sees the same CAs.
#[track_caller]
fn hold(sandbox: &Sandbox, holder: &str, expected: &[&str]) {
    let report = report(sandbox, &[]);
    let mut listed = BTreeSet::new();
    for line in expected.iter().filter(|line| !line.starts_with("missing")) {
        listed.extend(line.split(' ').skip(1).map(str::to_owned));
    }
    for (kind, number) in [("client", 2379), ("peer", 2380)] {
        let port = port(&report, "ams/member/a1", kind);
        assert_eq!(port["certificate"]["holder"], holder, "{kind}: {port:#}");
        assert_eq!(cas(port), expected, "{kind}: {port:#}");
        assert_eq!(openssl_sees(&format!("10.9.1.1:{number}")), listed, "{kind}: {port:#}");
        let done = holder == "newest" && expected.len() == 1 && expected[0].starts_with("loaded");
        assert_eq!((port["done"] == true, port["steps"] == Value::Array(Vec::new())), (done, done), "{kind}: {port:#}");
    }
}

#[test]
fn a_member_shows_what_it_has_loaded_and_not_what_is_installed() {
    // They are built outside: inside there is no network.
    if std::env::var_os(INSIDE).is_none() {
        generations();
    }
    alone("probe::members::a_member_shows_what_it_has_loaded_and_not_what_is_installed", || {
        add_members();
        for generation in generations() {
            eprintln!("etcd {}", generation.minor);
            let sandbox = scene();
            let mut member = Member::installed(&sandbox);
            member.restart(&sandbox, &generation);
            hold(&sandbox, "newest", &["loaded: ams"]);

            // Another CA: both are trusted first.
            sandbox.write(
                "mesh.yaml",
                &MESH.replacen("endpoints: [https://10.9.1.1", "authority: fra, endpoints: [https://10.9.1.1", 1),
            );
            sandbox.generate(&[]);
            hold(&sandbox, "newest", &["loaded: ams", "missing: fra"]);
            member.install(&sandbox);
            hold(&sandbox, "newest", &["loaded: ams", "missing: fra"]);
            member.restart(&sandbox, &generation);
            hold(&sandbox, "newest", &["loaded: ams fra"]);

            // The new one signs: a certificate is in use at the next handshake.
            record_all(&sandbox, 1, &[]);
            sandbox.generate(&[]);
            hold(&sandbox, "earlier", &["loaded: ams fra"]);
            member.install(&sandbox);
            hold(&sandbox, "newest", &["loaded: ams fra"]);

            // The old one goes.
            record_all(&sandbox, 2, &[]);
            sandbox.generate(&[]);
            member.install(&sandbox);
            hold(&sandbox, "newest", &["loaded: fra", "left: ams"]);
            member.restart(&sandbox, &generation);
            hold(&sandbox, "newest", &["loaded: fra"]);
        }
    });
}

/// `openssl s_server` at `address`, with the server certificate in a member's bundle, asking for certificates of the CAs in `cas`.
fn openssl_serves(sandbox: &Sandbox, of: &str, address: &str, words: &[&str], cas: Option<&str>) -> Process {
    let (folder, _) = unpacked(sandbox, of);
    let file = |name: &str| {
        let found = fs::read_dir(&folder).expect("files").map(|entry| entry.expect("readable").path());
        found.into_iter().find(|path| path.ends_with(name)).unwrap_or_else(|| panic!("no {name} in {}", folder.display()))
    };
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-accept", address, "-cert"]).arg(file("server.crt")).arg("-key").arg(file("server.key"));
    if let Some(cas) = cas {
        sandbox.write("asked.crt", cas);
        command.arg("-CAfile").arg(sandbox.path("asked.crt"));
    }
    let started = command.args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("openssl starts");
    await_listener(address.parse().expect("an address"), None);
    Process(started)
}

/// The certificate of a CA that was made for the mesh.
fn made(sandbox: &Sandbox, name: &str) -> String {
    let files = sandbox.tree("state/authorities").into_iter();
    let mut found = files.filter(|(path, _)| path.starts_with(&format!("{name}.")) && path.ends_with(".crt"));
    String::from_utf8(found.next().expect("a CA").1.1).expect("text")
}

/// Both members of `fra` answer at the address of the first one: their certificates name each endpoint.
#[test]
fn another_member_at_the_address_says_nothing_of_this_one() {
    alone("probe::members::another_member_at_the_address_says_nothing_of_this_one", || {
        add_members();
        let sandbox = scene();
        let ca = made(&sandbox, "fra");
        let own = openssl_serves(&sandbox, "fra/etcd/f1", "10.9.2.1:2379", &["-Verify", "1"], Some(&ca));
        let seen = report(&sandbox, &[]);
        let seen = port(&seen, "fra/member/f1", "client");
        assert_eq!((&seen["done"], cas(seen)), (&Value::from(true), vec!["loaded: fra".to_owned()]), "{seen:#}");
        drop(own);
        let _other = openssl_serves(&sandbox, "fra/etcd/f2", "10.9.2.1:2379", &["-Verify", "1"], Some(&ca));
        let seen = report(&sandbox, &[]);
        let client = port(&seen, "fra/member/f1", "client");
        assert_eq!(client["certificate"]["holder"], "other", "{client:#}");
        assert_eq!(client["certificate"]["of"], "server/fra/f2", "{client:#}");
        assert_eq!((client["asks"].is_null(), client["cas"].is_null()), (true, true), "{client:#}");
        // Nobody is at the others.
        assert_eq!(port(&seen, "fra/member/f1", "peer")["code"], "CM0802", "{seen:#}");
        assert_eq!(port(&seen, "ams/member/a1", "client")["code"], "CM0802", "{seen:#}");
        // At the peer port, the certificate for clients is that of another port; and one of another etcd does not name the address.
        let _others = [("fra/etcd/f1", "10.9.2.1:2380"), ("ams/etcd/a1", "10.9.2.2:2379")]
            .map(|(bundle, address)| openssl_serves(&sandbox, bundle, address, &["-Verify", "1"], Some(&ca)));
        let seen = report(&sandbox, &[]);
        assert_eq!(port(&seen, "fra/member/f1", "peer")["certificate"]["of"], "server/fra/f1", "{seen:#}");
        assert_eq!(port(&seen, "fra/member/f2", "client")["code"], "CM0806", "{seen:#}");
        assert!(
            port(&seen, "fra/member/f2", "client")["steps"][0]["help"]
                .as_str()
                .is_some_and(|help| help.contains("fra/member/f2"))
        );
    });
}

/// Words of `s_server`, the CAs that it lists, and what is reported of it.
type Served<'a> = (&'a [&'a str], Option<&'a str>, &'a str, &'a [&'a str]);

#[test]
fn what_is_no_list_of_loaded_cas_is_no_evidence() {
    alone("probe::members::what_is_no_list_of_loaded_cas_is_no_evidence", || {
        add_members();
        let sandbox = scene();
        let ca = made(&sandbox, "fra");
        let many: String = (0..600).map(|number| Authority::new(&format!("number {number}")).certificate).collect();
        let stranger = Authority::new("nobody's").certificate;
        let stranger = [ca.as_str(), &stranger].concat();
        let both = [ca.as_str(), &made(&sandbox, "ams")].concat();
        let coloured = [ca.as_str(), &Authority::new("\u{1b}[31mred").certificate].concat();
        let served: [Served<'_>; 7] = [
            (&[], None, "nobody", &[]),
            (&["-Verify", "1"], None, "any", &[]),
            // Nothing proves the list to a client without a certificate.
            (&["-Verify", "1", "-no_tls1_3"], Some(&ca), "unproven", &[]),
            (&["-Verify", "1"], Some(&many), "unproven", &[]),
            (&["-Verify", "1"], Some(&stranger), "listed", &["loaded: fra", "strangers: CN=nobody's"]),
            (&["-Verify", "1"], Some(&coloured), "listed", &["loaded: fra", r"strangers: CN=\1b[31mred"]),
            (&["-Verify", "1"], Some(&both), "listed", &["loaded: fra", "left: ams"]),
        ];
        for (words, listed, asks, expected) in served {
            let server = openssl_serves(&sandbox, "fra/etcd/f1", "10.9.2.1:2379", words, listed);
            let seen = report(&sandbox, &[]);
            let client = port(&seen, "fra/member/f1", "client");
            assert_eq!((&client["asks"], &client["certificate"]["holder"]), (&asks.into(), &"newest".into()), "{client:#}");
            assert_eq!(
                (cas(client), &client["done"]),
                (expected.iter().map(ToString::to_string).collect(), &false.into()),
                "{client:#}"
            );
            assert!(!client["steps"][0]["help"].as_str().unwrap_or_default().is_empty(), "{client:#}");
            drop(server);
        }
    });
}

/// A list has names, and no keys.
#[test]
fn a_subject_that_several_cas_have_tells_nothing() {
    alone("probe::members::a_subject_that_several_cas_have_tells_nothing", || {
        add_members();
        let mesh = MESH
            .replacen(
                "per-cluster",
                "per-cluster, authorities: { one: { certificate: one.crt, key: one.key }, two: { certificate: two.crt } }",
                1,
            )
            .replacen("endpoints: [https://10.9.2.1", "authority: one, clientTrust: [ams], endpoints: [https://10.9.2.1", 1)
            .replacen("endpoints: [https://10.9.1.1", "clientTrust: [two], endpoints: [https://10.9.1.1", 1);
        let sandbox = Sandbox::new();
        let [one, two] = ["same", "same"].map(Authority::new);
        sandbox.write("one.crt", &one.certificate);
        sandbox.write("one.key", &one.key);
        sandbox.write("two.crt", &two.certificate);
        let sandbox = generated(sandbox, &mesh);
        let ams = made(&sandbox, "ams");
        for (listed, expected) in [
            // It may be either of the two.
            ([one.certificate.as_str(), &ams].concat(), ["loaded: ams", "undecided: one"].as_slice()),
            ([two.certificate.as_str(), &ams].concat(), &["loaded: ams", "undecided: one"]),
            // It is neither.
            (ams.clone(), &["loaded: ams", "missing: one"]),
        ] {
            let server = openssl_serves(&sandbox, "fra/etcd/f1", "10.9.2.1:2379", &["-Verify", "1"], Some(&listed));
            let seen = report(&sandbox, &[]);
            let client = port(&seen, "fra/member/f1", "client");
            assert_eq!(
                (cas(client), &client["done"]),
                (expected.iter().map(ToString::to_string).collect(), &false.into()),
                "{client:#}"
            );
            drop(server);
        }
        // CAs of earlier releases have no digest of their key in their name. One that was replaced is still in the state.
        let [replaced, key] = ["state/authorities/ams.replaced.crt", "replaced.key"].map(|name| sandbox.path(name));
        sandbox.write("ams.crt", &ams);
        let known = sandbox.path("ams.crt");
        let ask = ["x509", "-noout", "-subject", "-nameopt", "compat", "-in", known.to_str().expect("text")];
        let subject = tool("openssl", "openssl", ask).replacen("subject=", "", 1);
        let words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"];
        let names = [subject.trim(), "-keyout", key.to_str().expect("text"), "-out", replaced.to_str().expect("text")];
        tool("openssl", "openssl", words.into_iter().chain(names));
        let _server = openssl_serves(&sandbox, "fra/etcd/f1", "10.9.2.1:2379", &["-Verify", "1"], Some(&ams));
        let seen = report(&sandbox, &[]);
        assert_eq!(cas(port(&seen, "fra/member/f1", "client")), ["missing: one", "undecided: ams"], "{seen:#}");
    });
}

/// A state that was lost: the CAs of its successor have the same names, and a list of CAs tells them apart.
#[test]
fn a_ca_of_another_state_is_a_stranger() {
    alone("probe::members::a_ca_of_another_state_is_a_stranger", || {
        add_members();
        let (lost, sandbox) = (scene(), scene());
        let _server = openssl_serves(&sandbox, "fra/etcd/f1", "10.9.2.1:2379", &["-Verify", "1"], Some(&made(&lost, "fra")));
        let seen = report(&sandbox, &[]);
        let client = port(&seen, "fra/member/f1", "client");
        assert_eq!(
            (client["cas"]["missing"][0].as_str(), client["cas"]["loaded"][0].as_str()),
            (Some("fra"), None),
            "{client:#}"
        );
        let stranger = client["cas"]["strangers"][0].as_str().unwrap_or_default();
        assert!(stranger.starts_with("CN=fra clustermesh CA,O=prod,serialNumber="), "{client:#}");
    });
}
