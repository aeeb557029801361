//! Any bytes as a file that agents read: a peer's config, a CA, a certificate, a key, a manifest, checksums, options.
//!
//! First byte: through the eyes of which version. Second byte: which file the rest is; the others are what a bundle has there.
//!
//! A crash is a panic, a hang or too much memory. Beside that: every finding can be shown, whatever the bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::diag::{Nowhere, Report, print};
use meshbundle::mesh::CiliumVersion;
use meshbundle::report::FindingsReport;
use meshbundle::verify::{Directory, Ends, Entry, Files, Tree, UnpackedBundle, View, identify, inspect};
use time::OffsetDateTime;

const FOLDER: &str = "payload/var/lib/clustermesh";
const CONFIG: &str = "endpoints:\n- https://10.2.2.2:2379\ntrusted-ca-file: /var/lib/clustermesh/ca.crt\ncert-file: /var/lib/clustermesh/c.crt\nkey-file: /var/lib/clustermesh/c.key\n";
const MANIFEST: &str = r#"{"format":1,"kind":"node","mesh":"m","cluster":{"name":"cluster1","id":1},"node":"n","generation":1,"configDir":"/var/lib/clustermesh","links":[{"name":"cluster2","id":2}],"removedLinks":[]}"#;
const OTHERS: [(&str, &str); 8] = [
    ("cluster2", CONFIG),
    ("ca.crt", ""),
    ("c.crt", ""),
    ("c.key", ""),
    ("manifest.json", MANIFEST),
    ("SHA256SUMS", ""),
    ("options/agent.env", "CILIUM_CLUSTER_NAME=cluster1\n"),
    ("options/agent.args", "--cluster-name=cluster1\n"),
];

fuzz_target!(|bytes: &[u8]| {
    let [version, which, rest @ ..] = bytes else { return };
    let view = View::new(CiliumVersion::new(1, 14 + u16::from(version % 8)), OffsetDateTime::UNIX_EPOCH);
    let which = usize::from(*which) % OTHERS.len();
    for bundle in [false, true] {
        let mut tree = Tree::default();
        for (index, (name, text)) in OTHERS.iter().enumerate() {
            let content = if index == which { rest.to_vec() } else { text.as_bytes().to_vec() };
            let path = match (index < 4, bundle) {
                (true, true) => format!("{FOLDER}/{name}"),
                (true, false) => (*name).to_owned(),
                (false, true) => (*name).to_owned(),
                (false, false) => continue,
            };
            tree.insert(path, Entry::File { mode: Some(0o600), bytes: content.into() });
        }
        if bundle {
            tree.insert(FOLDER, Entry::Folder(Some(0o755)));
        }
        let files: Box<dyn Files> = if bundle {
            Box::new(UnpackedBundle::new("it", tree))
        } else {
            let directory = Directory::new("it", tree);
            let _ = directory.named();
            Box::new(directory)
        };
        let _ = files.version();
        let seen = inspect(&*files, identify(&*files, None), &view);
        let more = Ends::new([&seen].into_iter(), Vec::new()).prove(&seen, &view).findings;
        let findings = [seen.findings.as_slice(), &more].concat();
        let report = Report { file: "it", source: "", places: &Nowhere, findings: &findings, unchecked: &[] };
        let mut shown = Vec::new();
        print(&mut shown, &report, false).expect("a vector takes everything");
        serde_json::to_string(&FindingsReport::of(&report)).expect("JSON");
    }
});
