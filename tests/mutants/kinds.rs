//! The kinds of input: what good ones look like, and what the program makes of one.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use meshbundle::diag::{Diagnostic, Locate, Nowhere, Report, arrange, print};
use meshbundle::lint::{KeyFact, ProvidedFiles, lint};
use meshbundle::mesh::{CiliumVersion, parse};
use meshbundle::pki::PrivateKey;
use meshbundle::report::FindingsReport;
use meshbundle::store::{Output, State};
use meshbundle::verify::{
    ArchivedBundle, ClusterConfig, DOT_ENV, Directory, Ends, Entry, Files, Heartbeat, NodeFiles, OVERRIDE, Project, Tree,
    UnpackedBundle, View, identify, inspect, read_archive,
};
use time::OffsetDateTime;
use time::macros::datetime;

/// A kind: its name, its good ones, and how a mutant is played.
type Kind = (&'static str, fn() -> Vec<Vec<u8>>, fn(&[u8]));

pub(crate) const KINDS: [Kind; 16] = [
    ("mesh", meshes, |bytes| drop(mesh(bytes))),
    ("config of a peer", || vec![CONFIG.into(), MORE.into()], |bytes| peers("cluster2", bytes)),
    ("CA bundle", || vec![files().ca, pair(&files().ca, &files().ca)], |bytes| peers("ca.crt", bytes)),
    ("certificate", || vec![files().leaf, pair(&files().leaf, &files().ca)], |bytes| peers("c.crt", bytes)),
    ("key", || vec![files().key, pair(&files().key, &files().leaf)], |bytes| peers("c.key", bytes)),
    ("CA that a mesh names", || vec![files().ca, pair(&files().ca, &files().key)], certificates),
    ("key that a mesh names", || vec![files().key], key),
    ("archive", || vec![archive_seed()], archive),
    ("tar in an archive", || vec![tar_seed()], |bytes| archive(&packed(bytes))),
    ("manifest", || vec![MANIFEST.into()], |bytes| bundle("manifest.json", bytes)),
    ("checksums", || vec![sums()], |bytes| bundle("SHA256SUMS", bytes)),
    ("options", || vec![ENV.into()], |bytes| bundle("options/agent.env", bytes)),
    (".env", || vec![DOT.into()], |bytes| project(DOT_ENV, bytes)),
    ("compose file", || vec![COMPOSE.into()], |bytes| project(OVERRIDE, bytes)),
    ("records of state and output", || vec![INVENTORY.into(), INDEX.into()], records),
    ("heartbeat and cluster-config", || vec![b"2026-11-21T12:00:00Z".into(), CLUSTER.into()], values),
];

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
const FOLDER: &str = "payload/var/lib/clustermesh";
const CONFIG: &str = "endpoints:\n- https://10.2.2.2:2379\n- https://etcd.example.net:2379\ntrusted-ca-file: /var/lib/clustermesh/ca.crt\n\
                      cert-file: /var/lib/clustermesh/c.crt\nkey-file: /var/lib/clustermesh/c.key\n";
const MORE: &str = "{endpoints: [&a \"https://10.2.2.2:2379\", *a], ca-file: '/x', username: u, password: p, dial-timeout: 5s,\n \
                    cilium-host-aliases: [{hostname: etcd.example.net, ips: [10.2.2.2]}], reject-old-cluster: yes}\n";
const MANIFEST: &str = r#"{"format":1,"kind":"node","mesh":"m","cluster":{"name":"cluster1","id":1},"node":"n","generation":1,"cilium":"1.18","configDir":"/var/lib/clustermesh",
"links":[{"name":"cluster2","id":2}],"removedLinks":[]}"#;
const ENV: &str = "CILIUM_CLUSTER_NAME=cluster1\nCILIUM_CLUSTER_ID=1\nCILIUM_CLUSTERMESH_CONFIG=/var/lib/clustermesh\n";
const DOT: &str =
    "# of the project\nCOMPOSE_FILE=docker-compose.yml:docker-compose.clustermesh.yaml\nexport A='b' # c\nB=\"c\\\"d\"\n";
const COMPOSE: &str = "services:\n  cilium-agent: &a\n    environment: { CILIUM_CLUSTERMESH_CONFIG: /var/lib/clustermesh }\n    \
                       volumes:\n    - ./mount/var/lib/clustermesh:/var/lib/clustermesh\n    extra_hosts: [\"a:10.0.0.1\"]\n  other: *a\n";
const INVENTORY: &str =
    r#"{"format":1,"authorities":{"mesh":{"fingerprint":"00","file":"mesh-1"}},"credentials":{},"bundles":{}}"#;
const INDEX: &str =
    r#"{"format":1,"mesh":"m","archives":{"a/nodes/b":{"sha256":"00","size":1,"generation":1}},"files":{},"waves":[]}"#;
const CLUSTER: &[u8] = br#"{"id":1,"capabilities":{"maxConnectedClusters":255,"syncedCanaries":true}}"#;

struct Credential {
    ca: Vec<u8>,
    leaf: Vec<u8>,
    key: Vec<u8>,
}

fn files() -> Credential {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/files").join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    Credential { ca: read("corp.crt"), leaf: read("client.crt"), key: crate::support::files::key("client").into_bytes() }
}

fn pair(one: &[u8], other: &[u8]) -> Vec<u8> {
    [one, other].concat()
}

fn meshes() -> Vec<Vec<u8>> {
    let names = ["guide-two-clusters.yaml", "brownfield.yaml", "own-authorities.yaml"];
    names.map(|name| crate::support::sample(name).into_bytes()).into()
}

/// Whatever was found is shown in both forms.
fn show(source: &str, places: &dyn Locate, findings: &[Diagnostic]) {
    let report = Report { file: "it", source, places, findings, unchecked: &[] };
    print(&mut std::io::sink(), &report, false).expect("a sink takes everything");
    serde_json::to_writer(std::io::sink(), &FindingsReport::of(&report)).expect("JSON");
}

/// Reads a mesh and judges it, shows what is found, and returns it.
pub(crate) fn mesh(bytes: &[u8]) -> Vec<Diagnostic> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let parsed = parse(text);
    let findings = match parsed.mesh {
        Some(mesh) => lint(mesh, &ProvidedFiles::new(NOW), parsed.findings).findings,
        None => parsed.findings,
    };
    let findings = arrange(findings, &parsed.places);
    show(&meshbundle::pem::mask(text), &parsed.places, &findings);
    findings
}

fn certificates(bytes: &[u8]) {
    ProvidedFiles::new(NOW).certificates("a.crt", 0o644, bytes);
    let text = format!(
        "{}\ntrust: {{ authorities: {{ a: {{ certificate: a.crt }} }} }}\n",
        crate::support::sample("guide-two-clusters.yaml")
    );
    let parsed = parse(&text);
    let mut facts = ProvidedFiles::new(NOW);
    facts.certificates("a.crt", 0o644, bytes);
    if let Some(mesh) = parsed.mesh {
        let findings = arrange(lint(mesh, &facts, parsed.findings).findings, &parsed.places);
        show(&text, &parsed.places, &findings);
    }
}

fn key(bytes: &[u8]) {
    let _ = PrivateKey::from_pem(bytes);
    let _ = KeyFact::not_a_key("a.key", bytes, None);
}

fn file(bytes: &[u8]) -> Entry {
    Entry::File { mode: Some(0o600), bytes: bytes.to_vec().into() }
}

fn look(files: &dyn Files) {
    let view = View::new(CiliumVersion::NEWEST, NOW);
    let seen = inspect(files, identify(files, None), &view);
    let more = Ends::new([&seen].into_iter(), Vec::new()).prove(&seen, &view).findings;
    show("", &Nowhere, &[seen.findings.as_slice(), &more].concat());
}

/// A folder of peers.
fn peers(name: &str, bytes: &[u8]) {
    let files = files();
    let mut tree = Tree::default();
    for (path, content) in [("cluster2", CONFIG.as_bytes()), ("ca.crt", &files.ca), ("c.crt", &files.leaf), ("c.key", &files.key)]
    {
        tree.insert(path, file(content));
    }
    tree.insert(name, file(bytes));
    let directory = Directory::new("it", tree);
    let _ = directory.named();
    look(&directory);
}

fn bundle_files() -> Vec<(String, Vec<u8>)> {
    let files = files();
    let below = |name: &str| format!("{FOLDER}/{name}");
    vec![
        ("manifest.json".to_owned(), MANIFEST.into()),
        ("options/agent.env".to_owned(), ENV.into()),
        (below("cluster2"), CONFIG.into()),
        (below("ca.crt"), files.ca),
        (below("c.crt"), files.leaf),
        (below("c.key"), files.key),
    ]
}

fn sums() -> Vec<u8> {
    bundle_files().iter().map(|(path, _)| format!("{}  {path}\n", "0".repeat(64))).collect::<String>().into_bytes()
}

/// An unpacked bundle.
fn bundle(name: &str, bytes: &[u8]) {
    let mut tree = Tree::default();
    tree.insert(FOLDER, Entry::Folder(Some(0o755)));
    bundle_files().iter().for_each(|(path, content)| tree.insert(path.as_str(), file(content)));
    tree.insert("SHA256SUMS", file(&sums()));
    tree.insert(name, file(bytes));
    look(&UnpackedBundle::new("it", tree));
}

fn project(name: &str, bytes: &[u8]) {
    let mut tree = Tree::default();
    tree.insert(OVERRIDE, file(COMPOSE.as_bytes()));
    tree.insert("docker-compose.yml", file(COMPOSE.as_bytes()));
    tree.insert(DOT_ENV, file(DOT.as_bytes()));
    tree.insert(name, file(bytes));
    let project = Project { folder: "it".to_owned(), tree };
    let _ = (project.peers(), project.compose_file());
    let mut peers = Tree::default();
    peers.insert("cluster2", file(CONFIG.as_bytes()));
    look(&Directory::new("it", peers).on(NodeFiles { project: Some(project), ..NodeFiles::default() }));
}

fn tar_seed() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in bundle_files() {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("cluster1.n/{path}"), content.as_slice()).expect("memory");
    }
    tar.into_inner().expect("memory")
}

fn packed(tar: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(tar).expect("memory");
    gzip.finish().expect("memory")
}

fn archive_seed() -> Vec<u8> {
    packed(&tar_seed())
}

fn archive(bytes: &[u8]) {
    let archive = read_archive(bytes, "a.tar.gz");
    show("", &Nowhere, &archive.findings);
    look(&ArchivedBundle::new("a.tar.gz", archive.tree, archive.top));
}

fn records(bytes: &[u8]) {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("inventory.json"), bytes).expect("written");
    std::fs::write(folder.path().join("index.json"), bytes).expect("written");
    let _ = State::peek(folder.path());
    let _ = Output::at(folder.path()).index();
}

fn values(bytes: &[u8]) {
    let _ = Heartbeat::read(bytes, NOW);
    let _ = ClusterConfig::parse(bytes, CiliumVersion::NEWEST);
}

/// A pipe, a socket or a device is an error wherever a file belongs, and never a wait.
#[test]
fn what_is_no_file_is_never_waited_for() {
    let sandbox = crate::support::Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&[]);
    let pipe = |name: &str| {
        let path = sandbox.path(name);
        let _ = std::fs::remove_file(&path);
        crate::support::tool("mkfifo", "coreutils", [&path]);
        path.to_str().expect("text").to_owned()
    };
    let ends = |words: &[&str]| {
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", "120", env!("CARGO_BIN_EXE_meshbundle")]).args(words);
        command.current_dir(sandbox.path(".")).env("MESHBUNDLE_NOW", crate::support::NOW);
        let status = command.output().expect("coreutils").status.code();
        assert!(matches!(status, Some(0..=3)), "{words:?}: {status:?}");
        status.unwrap_or(-1)
    };
    let one = pipe("one");
    for words in [&["lint", &one][..], &["plan", &one], &["verify", &one], &["verify", "--mesh", &one]] {
        assert_eq!(ends(words), 3, "{words:?}");
    }
    let named = sandbox.read("mesh.yaml")
        + "trust: { authorities: { a: { certificate: one, key: one }, b: { certificate: /dev/zero } } }\n";
    sandbox.write("named.yaml", &named);
    ends(&["lint", "named.yaml"]);
    for record in ["out/index.json", "state/inventory.json", "state/lock"] {
        let path = sandbox.path(record);
        let good = std::fs::read(&path).expect("a record");
        pipe(record);
        for words in [&["plan"][..], &["generate"], &["verify"]] {
            ends(words);
        }
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(&path, good).expect("written");
    }
}
