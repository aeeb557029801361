//! Archives of neighbours, most of whose files are equal: each is judged as if there were no other.

use std::fs;
use std::path::Path;

use time::OffsetDateTime;
use time::macros::datetime;

use meshbundle::diag::{Code, Diagnostic};
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{
    ArchivedBundle, Ends, Entry, Expiry, Inspection, Neighbour, Proof, Proven, Prover, Tree, View, identify, inspect,
    read_archive, read_archive_like,
};

use crate::support::{Sandbox, tool};

const FOLDER: &str = "payload/mount/var/lib/clustermesh";
const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

/// A node of `c001`, which reads `c002` and `c003`, each with a CA.
struct Scene {
    archive: Vec<u8>,
    node: Tree,
    top: Option<String>,
    ends: Ends,
}

/// What is different in a neighbour: files by their name in the clustermesh directory, and when it is judged.
struct Change {
    code: Code,
    edits: Vec<(&'static str, Option<Entry>)>,
    now: OffsetDateTime,
}

/// All that is reported of a node.
#[derive(Debug, PartialEq)]
struct Judged {
    findings: Vec<Diagnostic>,
    proofs: Vec<Proof>,
    expiries: Vec<Option<Expiry>>,
    peers: Vec<(String, String)>,
}

impl Scene {
    fn new() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/large.sh");
        let sandbox = Sandbox::with_mesh(&tool("sh", "dash", [script.as_os_str(), "3".as_ref(), "2".as_ref()]));
        sandbox.generate(&[]);
        let read = |path: &str| fs::read(sandbox.path("out/bundles").join(path)).expect("an archive");
        let archive = read("c001/nodes/c001-n001.tar.gz");
        let whole = read_archive(&*archive, "node");
        let members = ["c002/etcd/etcd1.tar.gz", "c003/etcd/etcd1.tar.gz"].map(|path| {
            let member = read_archive(&*read(path), path);
            let files = ArchivedBundle::new(path, member.tree, member.top);
            inspect(&files, identify(&files, None), &view(NOW))
        });
        Self { archive, node: whole.tree, top: whole.top, ends: Ends::new(members.iter(), Vec::new()) }
    }

    /// The file `name` of the clustermesh directory.
    fn file(&self, name: &str) -> Option<Entry> {
        self.node.get(&format!("{FOLDER}/{name}")).cloned()
    }

    fn with(&self, change: &Change) -> Tree {
        let mut tree = Tree::default();
        for (path, entry) in self.node.iter() {
            let edit = change.edits.iter().find(|(name, _)| path == format!("{FOLDER}/{name}"));
            if let Some(entry) = edit.map_or(Some(entry), |(_, edited)| edited.as_ref()) {
                tree.insert(path, entry.clone());
            }
        }
        tree
    }

    fn bundle(&self, file: &str, tree: &Tree) -> ArchivedBundle {
        ArchivedBundle::new(file, tree.clone(), self.top.clone())
    }

    fn alone(&self, file: &str, tree: &Tree, view: &View) -> Judged {
        let files = self.bundle(file, tree);
        let seen = inspect(&files, identify(&files, None), view);
        Judged::of(&seen, self.ends.prove(&seen, view))
    }

    fn changes(&self) -> Vec<Change> {
        let change = |code, edits| Change { code, edits, now: NOW };
        let with_mode = |name: &str, mode| match self.file(name) {
            Some(Entry::File { bytes, .. }) => Some(Entry::File { mode: Some(mode), bytes }),
            _ => None,
        };
        let edited = |name: &str, from: &str, to: &str| {
            let text = String::from_utf8(self.file(name)?.bytes()?.to_vec()).expect("text");
            assert!(text.contains(from), "{text}");
            Some(Entry::File { mode: Some(0o644), bytes: text.replace(from, to).into_bytes().into() })
        };
        let (leaf, key) = (self.file("c003.etcd-client.crt"), self.file("c003.etcd-client.key"));
        vec![
            // The leaf is the neighbour's, its key is not.
            change(Code::KeyMismatch, vec![("c002.etcd-client.key", key.clone())]),
            // A sound credential of the same node, but for another etcd.
            change(Code::LinkUnproven, vec![("c002.etcd-client.crt", leaf), ("c002.etcd-client.key", key)]),
            // The leaf is the neighbour's, the CA is not.
            change(Code::LinkUnproven, vec![("c002.etcd-client-ca.crt", self.file("c003.etcd-client-ca.crt"))]),
            // The config is the neighbour's, and is that of another cluster.
            change(Code::LinkUnproven, vec![("c003", self.file("c002"))]),
            change(Code::LinkUnproven, vec![("c002", edited("c002", "https://172.", "https://173."))]),
            change(Code::KeyExposed, vec![("c002.etcd-client.key", with_mode("c002.etcd-client.key", 0o644))]),
            change(Code::OthersWrite, vec![("c002", with_mode("c002", 0o666))]),
            change(Code::FileMissing, vec![("c002.etcd-client.key", None)]),
            change(Code::ManifestWrong, vec![("c002", None)]),
            change(Code::KeyIgnored, vec![("c002", edited("c002", "endpoints:", "unknown: 1\nendpoints:"))]),
            // All bytes are the neighbour's.
            Change { code: Code::NotValidNow, edits: Vec::new(), now: datetime!(2100-01-01 00:00 UTC) },
        ]
    }
}

impl Judged {
    fn of(seen: &Inspection, proven: Proven) -> Self {
        let findings = seen.findings.iter().cloned().chain(proven.findings).collect();
        let peers = seen.peers.iter().map(|peer| (peer.name.clone(), peer.file.clone())).collect();
        Self { findings, proofs: proven.proofs, expiries: proven.expiries, peers }
    }
}

fn view(now: OffsetDateTime) -> View {
    View::new(CiliumVersion::NEWEST, now)
}

#[test]
fn what_is_sound_in_a_neighbour_hides_nothing() {
    let scene = Scene::new();
    let sound = scene.alone("sound", &scene.node, &view(NOW));
    assert_eq!((sound.findings.as_slice(), sound.proofs.as_slice()), (&[][..], &[Proof::Both, Proof::Both][..]));
    let (mut neighbour, mut prover) = (Neighbour::default(), Prover::new(&scene.ends));
    let mut judge = |file: &str, tree: &Tree, view: &View| {
        let files = scene.bundle(file, tree);
        let owner = identify(&files, None);
        let seen = neighbour.inspect(Box::new(files), owner, view);
        Judged::of(&seen, prover.prove(&seen, view))
    };
    for change in scene.changes() {
        let (tree, view_of) = (scene.with(&change), view(change.now));
        let alone = scene.alone("changed", &tree, &view_of);
        assert!(alone.findings.iter().any(|finding| finding.code == change.code), "{}: {alone:?}", change.code);
        for _ in 0..2 {
            assert_eq!(judge("sound", &scene.node, &view(NOW)), sound);
            assert_eq!(judge("changed", &tree, &view_of), alone, "{}", change.code);
        }
    }
}

#[test]
fn a_damaged_archive_is_found_after_an_equal_one_that_was_sound() {
    let scene = Scene::new();
    let whole = read_archive_like(&*scene.archive, "a", Some(&scene.node));
    assert!(whole.findings.is_empty());
    let paths =
        |tree: &Tree| tree.iter().map(|(path, entry)| (path.to_owned(), entry.bytes().map(<[u8]>::to_vec))).collect::<Vec<_>>();
    // Equal files are the neighbour's.
    let place = |tree: &Tree| tree.bytes(&format!("{FOLDER}/c002")).map(<[u8]>::as_ptr);
    assert_eq!(place(&whole.tree), place(&scene.node));
    for at in (11..scene.archive.len()).step_by(97) {
        let mut flipped = scene.archive.clone();
        flipped[at] ^= 0x10;
        for damaged in [&flipped[..], &scene.archive[..at]] {
            let (alone, beside) = (read_archive(damaged, "a"), read_archive_like(damaged, "a", Some(&scene.node)));
            assert!(!beside.findings.is_empty(), "byte {at}");
            assert_eq!(alone.findings, beside.findings, "byte {at}");
            assert!(paths(&alone.tree) == paths(&beside.tree), "byte {at}");
        }
    }
}
