//! Writes the archives that are due: those of another generation than the plan's, and those that are missing or damaged. The
//! files that a cluster's nodes share are rendered and compressed once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use rayon::prelude::*;

use crate::pack::{Archive, Beginning, Compressed, Compressor, Finished, PackError};
use crate::plan::{BundleId, ClusterPlan, Inventory, LooseFile, MemberPlan, NodePlan};
use crate::render::{
    File, Templates, authorisation_files, helm_files, member_bundle, node_specific_files, operator_files, shared_files, sums,
};
use crate::store::{ArchiveEntry, FileEntry, Index, UnpackedFile};

use super::filter::Filter;
use super::material::{ClusterMaterial, Issued};
use super::{GenerateError, Job, Summary};

/// The content of the output folder afterwards.
pub(super) struct Archives {
    pub(super) entries: BTreeMap<BundleId, ArchiveEntry>,
    pub(super) files: BTreeMap<LooseFile, FileEntry>,
    pub(super) summary: Summary,
}

/// A file that is rendered and compressed.
struct Packed {
    file: File,
    compressed: Compressed,
}

/// The files that the nodes of a cluster share, and their lines in SHA256SUMS.
struct SharedFiles {
    files: Vec<Packed>,
    sums: Beginning,
}

/// Everything that one bundle contains.
struct Contents<'a> {
    /// The folder that its archive unpacks into.
    top: String,
    /// Folders that are there even if they are empty.
    folders: Vec<String>,
    own: Vec<Packed>,
    shared: &'a SharedFiles,
}

struct Writer<'a> {
    job: &'a Job<'a>,
    inventory: &'a Inventory,
    before: &'a Index,
    material: &'a Issued<'a>,
    templates: Templates,
    unpack: bool,
    /// The files that members share.
    nothing: SharedFiles,
}

/// Fewer bundles than this are not worth a thread of their own.
const SPLIT: usize = 32;
/// Name of the file with the checksums of all others.
const SUMS: &str = "SHA256SUMS";

impl SharedFiles {
    fn new(files: Vec<Packed>) -> Self {
        let sums = Compressor::new().beginning(lines(&files).as_bytes());
        Self { files, sums }
    }
}

fn lines(files: &[Packed]) -> String {
    sums(files.iter().map(|packed| (packed.file.path.as_str(), packed.compressed.sha256())))
}

/// The result for a cluster's bundles and its loose files.
struct ClusterDone {
    done: Vec<(BundleId, BundleOutcome)>,
    files: BTreeMap<LooseFile, FileEntry>,
}

/// What has to be done about one bundle.
enum Standing {
    Settled(BundleOutcome),
    /// It is written: as an archive where no current one is there, as a tree where trees are kept.
    Due(Option<ArchiveEntry>),
}

/// The result for one bundle.
enum BundleOutcome {
    Written(ArchiveEntry),
    Unchanged(ArchiveEntry),
    /// Not selected: the entry of the existing archive.
    Left(Option<ArchiveEntry>),
}

pub(super) fn write(
    job: &Job<'_>,
    inventory: &Inventory,
    before: &Index,
    material: &Issued<'_>,
) -> Result<Archives, GenerateError> {
    // Trees that were unpacked once are updated: stale keys would be worse than none.
    let unpack = job.unpack || job.output.has_unpacked();
    let templates = Templates::new().map_err(crate::render::RenderError::from)?;
    let writer = Writer { job, inventory, before, material, templates, unpack, nothing: SharedFiles::new(Vec::new()) };
    let bundles = |cluster: &ClusterPlan| archived_nodes(cluster).len() + cluster.archived_members().len();
    job.progress.begin("writing archives", job.plan.clusters.iter().map(bundles).sum());
    let done =
        job.plan.clusters.par_iter().map(|cluster| writer.write_cluster(cluster)).collect::<Result<Vec<_>, GenerateError>>()?;
    let (mut entries, mut files, mut summary) = (BTreeMap::new(), BTreeMap::new(), Summary::default());
    for (bundle, done) in done.into_iter().flat_map(|cluster| {
        files.extend(cluster.files);
        cluster.done
    }) {
        let entry = match done {
            BundleOutcome::Written(entry) => {
                summary.written += 1;
                Some(entry)
            }
            BundleOutcome::Unchanged(entry) => {
                summary.unchanged += 1;
                Some(entry)
            }
            BundleOutcome::Left(entry) => {
                summary.left += 1;
                entry
            }
        };
        entries.extend(entry.map(|entry| (bundle, entry)));
    }
    Ok(Archives { entries, files, summary })
}

impl Writer<'_> {
    fn write_cluster(&self, cluster: &ClusterPlan) -> Result<ClusterDone, GenerateError> {
        let material = self.material.of(&cluster.name);
        let mut files = self.write_loose(&cluster.operator_bundle(), &|| operator_files(cluster, &material))?;
        files.extend(
            self.write_loose(&cluster.etcd_bundle(), &|| {
                authorisation_files(self.inventory, cluster, &material, &self.templates)
            })?,
        );
        files.extend(self.write_filtered(cluster, &|| helm_files(self.inventory, cluster, &material, &self.templates))?);
        let members = cluster.archived_members().iter().map(|member| {
            let bundle = cluster.member_bundle(member);
            let standing = self.standing(&bundle);
            let became = self.settle(&bundle, standing, || self.compose_member(cluster, member, &material))?;
            Ok((bundle, became))
        });
        let mut done = members.collect::<Result<Vec<_>, GenerateError>>()?;
        let nodes = archived_nodes(cluster).par_iter().with_min_len(SPLIT);
        let nodes: Vec<_> = nodes.map(|node| (node, self.standing(&cluster.node_bundle(node)))).collect();
        // In a run that changes nothing, no node needs them.
        let is_due = nodes.iter().any(|(_, standing)| matches!(standing, Standing::Due(_)));
        let composed = is_due.then(|| self.compose_shared(cluster, &material)).transpose()?;
        let shared = composed.as_ref().unwrap_or(&self.nothing);
        let settle = |(node, standing)| {
            let bundle = cluster.node_bundle(node);
            let became = self.settle(&bundle, standing, || self.compose_node(cluster, node, &material, shared))?;
            Ok((bundle, became))
        };
        done.extend(nodes.into_par_iter().with_min_len(SPLIT).map(settle).collect::<Result<Vec<_>, GenerateError>>()?);
        Ok(ClusterDone { done, files })
    }

    /// Writes the loose files of a bundle. Those of a bundle that is not selected stay as they are in the index.
    fn write_loose(
        &self,
        bundle: &BundleId,
        render: &dyn Fn() -> Result<Vec<File>, crate::render::RenderError>,
    ) -> Result<BTreeMap<LooseFile, FileEntry>, GenerateError> {
        if self.job.selection.includes(bundle) {
            return Ok(self.job.output.write_loose(bundle, &render()?.iter().map(to_unpacked).collect::<Vec<_>>())?);
        }
        let before = self.before.files.iter().filter(|(file, _)| file.bundle == *bundle);
        let there = before.filter(|(file, entry)| self.job.output.holds_loose(file, entry));
        Ok(there.map(|(file, entry)| (file.clone(), entry.clone())).collect())
    }

    /// The same for a Helm cluster, whose Secrets may pass through a filter. What that made of the same content before stays.
    fn write_filtered(
        &self,
        cluster: &ClusterPlan,
        render: &dyn Fn() -> Result<Vec<File>, crate::render::RenderError>,
    ) -> Result<BTreeMap<LooseFile, FileEntry>, GenerateError> {
        let bundle = cluster.helm_bundle();
        let filter = Filter::of(cluster, self.job.base).filter(|_| self.job.selection.includes(&bundle));
        let Some(filter) = filter else { return self.write_loose(&bundle, render) };
        let (secrets, others): (Vec<File>, Vec<File>) = render()?.into_iter().partition(|file| file.path.starts_with("secrets/"));
        let mut entries = self.job.output.write_loose(&bundle, &others.iter().map(to_unpacked).collect::<Vec<_>>())?;
        for file in &secrets {
            let loose = LooseFile { bundle: bundle.clone(), name: file.path.clone() };
            let made_of = Some(filter.digest(&file.content));
            let before = self.before.files.get(&loose).filter(|entry| entry.made_of == made_of);
            if let Some(entry) = before.filter(|entry| self.job.output.holds_loose(&loose, entry)) {
                entries.insert(loose, entry.clone());
                continue;
            }
            let content = filter.run(&file.content)?;
            let made = UnpackedFile { path: &file.path, mode: file.mode, content: &content };
            let written = self.job.output.write_loose(&bundle, &[made])?;
            entries.extend(written.into_iter().map(|(file, entry)| (file, FileEntry { made_of: made_of.clone(), ..entry })));
        }
        Ok(entries)
    }

    /// Whether a bundle is left alone or written.
    fn standing(&self, bundle: &BundleId) -> Standing {
        let before = self.before.archives.get(bundle);
        // Checked even if nothing is to be written: an interrupted run may have left another archive than the index names.
        let there = before.filter(|entry| self.job.output.holds(bundle, entry));
        let current = there.filter(|entry| entry.generation == self.generation(bundle));
        let selected = self.job.selection.includes(bundle);
        match current {
            Some(entry) if !(selected && self.unpack) => Standing::Settled(BundleOutcome::Unchanged(entry.clone())),
            None if !selected => Standing::Settled(BundleOutcome::Left(there.cloned())),
            _ => Standing::Due(current.cloned()),
        }
    }

    fn generation(&self, bundle: &BundleId) -> u64 {
        self.inventory.bundles.get(bundle).map_or(0, |record| record.generation)
    }

    /// Does what is due.
    fn settle<'c>(
        &self,
        bundle: &BundleId,
        standing: Standing,
        contents: impl FnOnce() -> Result<Contents<'c>, GenerateError>,
    ) -> Result<BundleOutcome, GenerateError> {
        let became = match standing {
            Standing::Settled(outcome) => outcome,
            Standing::Due(current) => self.write_bundle(bundle, current, &contents()?)?,
        };
        self.job.progress.advance();
        Ok(became)
    }

    fn write_bundle(
        &self,
        bundle: &BundleId,
        current: Option<ArchiveEntry>,
        contents: &Contents<'_>,
    ) -> Result<BundleOutcome, GenerateError> {
        if self.unpack {
            let sums = contents.sums();
            let mut files: Vec<_> = contents.files().map(|packed| to_unpacked(&packed.file)).collect();
            files.push(UnpackedFile { path: SUMS, mode: 0o644, content: sums.as_bytes() });
            self.job.output.write_unpacked(bundle, &contents.folders, &files)?;
        }
        if let Some(entry) = current {
            return Ok(BundleOutcome::Unchanged(entry));
        }
        let pack = |out| contents.pack(out);
        Ok(BundleOutcome::Written(self.job.output.write_archive(bundle, self.generation(bundle), pack)?))
    }

    fn compose_node<'c>(
        &self,
        cluster: &ClusterPlan,
        node: &NodePlan,
        material: &ClusterMaterial<'_>,
        shared: &'c SharedFiles,
    ) -> Result<Contents<'c>, GenerateError> {
        Ok(Contents {
            top: format!("{}.{}", cluster.name, node.name),
            folders: vec![cluster.payload_dir()],
            own: compress(node_specific_files(self.inventory, cluster, node, material)?),
            shared,
        })
    }

    fn compose_shared(&self, cluster: &ClusterPlan, material: &ClusterMaterial<'_>) -> Result<SharedFiles, GenerateError> {
        let files = shared_files(cluster, material, &self.templates)?;
        let mut compressor = Compressor::new();
        let mut series = compressor.series();
        let pack = |file: File| Packed { compressed: series.compress(&file.content), file };
        Ok(SharedFiles::new(files.into_iter().map(pack).collect()))
    }

    fn compose_member(
        &self,
        cluster: &ClusterPlan,
        member: &MemberPlan,
        material: &ClusterMaterial<'_>,
    ) -> Result<Contents<'_>, GenerateError> {
        Ok(Contents {
            // Not `<cluster>.<member>`: a node may have the member's name, and both archives may be unpacked side by side.
            top: format!("{}.etcd.{}", cluster.name, member.name),
            folders: Vec::new(),
            own: compress(member_bundle(self.inventory, cluster, member, material, &self.templates)?),
            shared: &self.nothing,
        })
    }
}

impl Contents<'_> {
    /// Every file but the checksums.
    fn files(&self) -> impl Iterator<Item = &Packed> {
        self.own.iter().chain(&self.shared.files)
    }

    fn sums(&self) -> String {
        lines(&self.shared.files) + &lines(&self.own)
    }

    /// The archive: folders, then the bundle-specific files and the checksums, then the shared files in one series.
    fn pack<W: Write>(&self, out: W) -> Result<Finished<W>, PackError> {
        let top = &self.top;
        let sums = Compressor::new().continued(&self.shared.sums, lines(&self.own).as_bytes());
        let mut archive = Archive::new();
        for folder in list_folders(top, self.files().map(|packed| packed.file.path.as_str()), &self.folders) {
            // The top folder contains keys: only its owner may read it after unpacking.
            archive.directory(&folder, if folder == *top { 0o700 } else { 0o755 })?;
        }
        for packed in &self.own {
            archive.file(&format!("{top}/{}", packed.file.path), packed.file.mode, &packed.compressed)?;
        }
        archive.file(&format!("{top}/{SUMS}"), 0o644, &sums)?;
        for packed in &self.shared.files {
            archive.file(&format!("{top}/{}", packed.file.path), packed.file.mode, &packed.compressed)?;
        }
        archive.finish(out)
    }
}

/// The nodes that get an archive: the pods of a Helm cluster get Secrets.
fn archived_nodes(cluster: &ClusterPlan) -> &[NodePlan] {
    if cluster.has_node_archives() { &cluster.nodes } else { &[] }
}

fn compress(files: Vec<File>) -> Vec<Packed> {
    let mut compressor = Compressor::new();
    files.into_iter().map(|file| Packed { compressed: compressor.compress(&file.content), file }).collect()
}

fn to_unpacked(file: &File) -> UnpackedFile<'_> {
    UnpackedFile { path: &file.path, mode: file.mode, content: &file.content }
}

/// Every folder of the files, and `extra`, parents first.
fn list_folders<'a>(top: &str, files: impl Iterator<Item = &'a str>, extra: &'a [String]) -> BTreeSet<String> {
    // A thousand files are in a few folders: only the folders are worth an allocation.
    let parents: BTreeSet<&str> = files.filter_map(|path| path.rsplit_once('/').map(|(folder, _)| folder)).collect();
    let mut folders = BTreeSet::from([top.to_owned()]);
    for folder in parents.into_iter().chain(extra.iter().map(String::as_str)) {
        let cuts = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
        folders.extend(cuts.filter_map(|at| folder.get(..at)).map(|part| format!("{top}/{part}")));
    }
    folders
}
