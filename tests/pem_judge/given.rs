//! Somebody's own client certificate: whatever else is in its files, agents get clean PEM.

use std::fs;

use meshbundle::x509::{Certificate, PrivateKey};

use crate::support::Sandbox;
use crate::support::files::files;

const MESH: &str = r#"version: 1
mesh: m
cilium: { version: "1.18" }
trust: { authorities: { corp: { certificate: files/corp.crt } } }
clusters:
- { name: paris, id: 31, etcd: { endpoints: ["https://10.11.0.1:2379"], localClients: true, members: [{ name: etcd1, addresses: [10.11.0.1] }] }, nodes: [{ name: n1, address: 10.31.0.1 }] }
- name: tokyo
  id: 32
  etcd:
    endpoints: ["https://etcd.example.net:2379"]
    authority: corp
    serverCertificates: [files/etcd.crt]
    client: { certificate: own.crt, key: own.key }
links: full
"#;

#[test]
fn what_is_given_is_written_as_clean_pem() {
    let sandbox = Sandbox::new();
    files(&sandbox.path("files"));
    let read = |name: &str| fs::read_to_string(sandbox.path("files").join(name)).expect("a file");
    let (leaf, key) = (read("client.crt"), read("client.key").replace("\r\n", "\n"));
    let note = "Bag Attributes\n    friendlyName: paris\n";
    // A note, the leaf twice, somebody else's CA, and the root, all with CRLF.
    let chain = [note, &leaf, &leaf, &read("other.crt"), &read("corp.crt")].concat().replace('\n', "\r\n");
    sandbox.write("own.crt", &chain);
    sandbox.write("own.key", &format!("{note}{key}{leaf}").replace('\n', " \n"));
    fs::set_permissions(sandbox.path("own.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    sandbox.write("mesh.yaml", MESH);
    sandbox.generate(&[]);
    let bundle = sandbox.unpack("paris/nodes/n1");
    let files = crate::support::tree(&bundle);
    let written = |ending: &str| {
        let (_, (_, bytes)) = files.iter().find(|(path, _)| path.ends_with(ending)).unwrap_or_else(|| panic!("{ending}"));
        String::from_utf8(bytes.clone()).expect("text")
    };
    assert_eq!(written("tokyo.etcd-client.crt"), leaf);
    assert_eq!(written("tokyo.etcd-client.key"), key);
    let leaf = Certificate::chain_from_pem(leaf.as_bytes()).expect("a certificate").remove(0);
    assert_eq!(PrivateKey::from_pem(written("tokyo.etcd-client.key").as_bytes()).expect("a key").is_of(&leaf), Some(true));
}

/// A mesh with a key in it: no word of any report has a byte of it.
#[test]
fn a_key_in_the_mesh_is_reported_and_never_shown() {
    let sandbox = Sandbox::new();
    files(&sandbox.path("files"));
    let key = fs::read_to_string(sandbox.path("files/client.key")).expect("a key").replace("\r\n", "\n");
    let data = key.lines().nth(1).expect("data");
    for value in [
        format!("|\n        {}", key.replace('\n', "\n        ")),
        format!("{key:?}"),
        format!("own.key # {}", key.replace('\n', "\n# ")),
    ] {
        sandbox.write(
            "mesh.yaml",
            &MESH.replace("own.crt, key: own.key }", "own.crt }\n      #").replace(
                "client: { certificate: own.crt }\n      #",
                &format!("client:\n      certificate: own.crt\n      key: {value}\n"),
            ),
        );
        for words in
            [&["lint", "mesh.yaml"][..], &["lint", "mesh.yaml", "--format", "json"], &["plan", "mesh.yaml", "--out", "out"]]
        {
            let ran = sandbox.run(words);
            let report = ran.stdout + &ran.stderr;
            assert!(report.contains("CM0427"), "{report}");
            assert!(!report.contains(data), "{report}");
        }
    }
}
