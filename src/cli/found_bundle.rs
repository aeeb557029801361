//! Bundles that `rollout record` finds: archives, folders, and objects of Helm clusters, with what is in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::input;
use crate::ledger::{BundleHead, KnownCas, ObjectsHead, Refusal, objects_heads, written, written_objects};
use crate::plan::{RECORD, SERVER_SECRET, WrittenBundle, object_name};
use crate::verify::{
    Container, Inspection, Manifest, MountedSecrets, Tree, View, identify, inspect, read_first_file, read_secrets,
};
use crate::wiped::Wiped;

use super::Failure;
use super::path_content::{PathContent, read};

/// What makes a bundle no record of what was written.
const DAMAGE: [Code; 7] = [
    Code::SumWrong,
    Code::SumMissing,
    Code::ManifestWrong,
    Code::FileMissing,
    Code::FileUnreadable,
    Code::HostileEntry,
    Code::TooMuch,
];

/// A bundle, as far as it can be read.
pub(super) struct FoundBundle {
    pub(super) path: PathBuf,
    pub(super) head: Result<BundleHead, Refusal>,
    pub(super) content: FoundContent,
}

/// Where the content of a bundle is.
pub(super) enum FoundContent {
    /// At its path. A node may say whose etcds its agents once read.
    Files { removed: Vec<String> },
    /// In a text with objects of Kubernetes, those of one namespace.
    Objects { text: Arc<Wiped>, namespace: Option<String>, is_server: bool },
}

/// A bundle that the state has not written.
pub(super) struct UnknownBundle {
    pub(super) path: PathBuf,
    pub(super) head: BundleHead,
    pub(super) content: FoundContent,
}

impl FoundBundle {
    /// An archive or an unpacked bundle.
    pub(super) fn at(path: PathBuf) -> Self {
        let manifest = manifest(&path);
        let head = manifest.as_ref().ok_or(Refusal::NotABundle).and_then(BundleHead::of_manifest);
        let removed = manifest.and_then(|manifest| manifest.removed_links).unwrap_or_default();
        Self { path, head, content: FoundContent::Files { removed } }
    }

    /// The bundles of Helm clusters in a text, which is called `path`.
    pub(super) fn all_in(path: &Path, text: &Arc<Wiped>) -> Result<Vec<Self>, Refusal> {
        let heads = objects_heads(&String::from_utf8_lossy(text))?;
        let found = heads.into_iter().map(|ObjectsHead { head, namespace, names }| {
            let is_server = names.contains(object_name(SERVER_SECRET));
            Self {
                path: path.to_owned(),
                head: Ok(head),
                content: FoundContent::Objects { text: Arc::clone(text), namespace, is_server },
            }
        });
        Ok(found.collect())
    }
}

impl UnknownBundle {
    /// What agents, members and pods make of it, or what makes it useless.
    pub(super) fn contents(&self, view: &View) -> Result<Result<Vec<Inspection>, Vec<Diagnostic>>, Failure> {
        match &self.content {
            FoundContent::Files { .. } => Ok(contents(&self.path, view)?.map(|seen| vec![seen])),
            FoundContent::Objects { text, namespace, .. } => Ok(Ok(mounted(self, text, namespace.as_deref(), view))),
        }
    }

    pub(super) fn written(&self, seen: &[Inspection], cas: &KnownCas) -> Option<WrittenBundle> {
        match &self.content {
            FoundContent::Files { removed } => Some(written(self.head.clone(), removed, seen.first()?, cas)),
            FoundContent::Objects { is_server, .. } => Some(written_objects(self.head.clone(), *is_server, seen, cas)),
        }
    }
}

/// What the containers of a Helm cluster make of the objects in a text.
fn mounted(one: &UnknownBundle, text: &[u8], namespace: Option<&str>, view: &View) -> Vec<Inspection> {
    let shown = one.path.display().to_string();
    let sets = read_secrets(&[(&shown, text)]).sets;
    let sets = sets.iter().filter(|set| namespace.is_none_or(|release| set.misplaced(release).is_empty()));
    let all = sets.flat_map(|set| Container::ALL.into_iter().filter_map(|container| MountedSecrets::of(set, container)));
    let cluster = one.head.bundle.cluster();
    all.map(|mounted| {
        let owner = identify(&mounted, Some(cluster));
        mounted.inspect(owner, view)
    })
    .collect()
}

/// The manifest of the bundle at `path`, which is the first file in an archive.
fn manifest(path: &Path) -> Option<Manifest> {
    let bytes = if path.is_dir() {
        input::read(&path.join("manifest.json"), Tree::MAX_FILE).ok()?.into()
    } else {
        let (name, bytes) = input::open(path).ok().and_then(read_first_file)?;
        Some(bytes).filter(|_| name == "manifest.json")?
    };
    Manifest::read(&bytes).ok()
}

/// What is in the bundle at `path`, or what makes it useless.
fn contents(path: &Path, view: &View) -> Result<Result<Inspection, Vec<Diagnostic>>, Failure> {
    let PathContent::Files(files, damage) = read(path, None)? else {
        return Ok(Err(vec![Refusal::NotABundle.diagnostic(FilePlace::whole(path.display().to_string()), RECORD)]));
    };
    let mut seen = inspect(&*files, identify(&*files, None), view);
    let useless = |finding: &mut Diagnostic| finding.is_error() && DAMAGE.contains(&finding.code);
    let faults: Vec<Diagnostic> =
        damage.into_iter().filter(Diagnostic::is_error).chain(seen.findings.extract_if(.., useless)).collect();
    Ok(if faults.is_empty() { Ok(seen) } else { Err(faults) })
}
