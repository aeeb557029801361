//! What `certs list` reads for its paths: what `verify` reads, bundles that are installed here, and files that only hold certificates.

use std::io;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use walkdir::WalkDir;

use crate::certs::{CertList, FoundCerts, InstalledBundle};
use crate::input;
use crate::mesh::CiliumVersion;
use crate::pem::Text;
use crate::plan::{BundleId, BundleKind};
use crate::verify::{
    Container, Files, Inspection, Manifest, MountedSecrets, SecretsReading, Tree, UnpackedBundle, View, identify, inspect,
};
use crate::x509::Certificate;

use super::entry::{entry, name};
use super::path_content::{PathContent, read, revocation_list};
use super::targets::{VerifyTarget, children, targets, watched_below};
use super::{Failure, secret_files};

/// How files are read.
#[derive(clap::Args)]
pub(super) struct FileWords {
    /// Folder that is the node's `/`, for paths outside of the folder of peers
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The cluster whose agents or etcd read the files, if these do not say
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
}

impl FileWords {
    /// The first of them that is given.
    pub(super) fn first(&self) -> Option<&'static str> {
        self.root.as_ref().map(|_| "--root").or(self.cluster.as_ref().map(|_| "--cluster"))
    }
}

/// Where installers keep their records, below a machine's root and below a compose project.
const RECORDS: [&str; 2] = ["var/lib/meshbundle", ".meshbundle"];
/// Folders between a folder that is named and its certificates, at most.
const DEPTH: usize = 4;
/// More than a folder of certificates has files.
const MAX_FILES: usize = 20_000;

/// Everything in `paths`.
pub(super) fn found(
    paths: &[PathBuf],
    words: &FileWords,
    now: OffsetDateTime,
) -> Result<(CertList, Vec<InstalledBundle>), Failure> {
    let mut reading =
        Reading { view: View::new(CiliumVersion::NEWEST, now), words, certs: FoundCerts::default(), installed: Vec::new() };
    paths.iter().try_for_each(|path| reading.read(path))?;
    Ok((reading.certs.list(), reading.installed))
}

struct Reading<'a> {
    view: View,
    words: &'a FileWords,
    certs: FoundCerts,
    installed: Vec<InstalledBundle>,
}

impl Reading<'_> {
    fn read(&mut self, path: &Path) -> Result<(), Failure> {
        let is_member = self.installed_at(path);
        // A machine that has a member alone has no folder of peers to look for.
        if is_member && watched_below(path).is_none() {
            return Ok(());
        }
        if self.installed.is_empty() && is_machine(path) && watched_below(path).is_none() {
            let help = "install a bundle, or name the folder with the certificates, such as `/etc/etcd/pki`";
            let message =
                format!("`{}` is the root of a machine that has no bundle and no `var/lib/clustermesh`", path.display());
            return Err(Failure::Input(format!("{message}\nhelp: {help}")));
        }
        let targets = match targets(path, self.words.root.as_deref()) {
            Ok(targets) => targets,
            Err(failure) if path.is_dir() => return self.loose(path)?.then_some(()).ok_or(failure),
            Err(failure) => return Err(failure),
        };
        targets.iter().try_for_each(|target| self.target(target))
    }

    fn target(&mut self, target: &VerifyTarget) -> Result<(), Failure> {
        if target.holds_secrets {
            let secrets = secret_files::of_folder(&children(&target.path)?)?;
            self.secrets(&secrets);
            return Ok(());
        }
        match read(&target.path, target.root.as_deref())? {
            PathContent::Files(files, _) => {
                let seen = self.inspect(&*files);
                let is_empty = seen.peers.is_empty() && seen.ways.is_empty() && seen.member.is_none();
                if !is_empty {
                    self.certs.add(&seen);
                } else if !target.path.is_dir() || !self.loose(&target.path)? {
                    let message = format!("`{}` holds no certificate that can be read", target.path.display());
                    let help = "name a bundle, a folder that agents watch, or a folder or file with certificates in PEM";
                    return Err(Failure::Input(format!("{message}\nhelp: {help}")));
                }
            }
            PathContent::Secrets(secrets) => self.secrets(&secrets),
            PathContent::Certificates(pem) => self.file(&target.path, &pem),
            PathContent::RevocationList(_) => return Err(revocation_list(&target.path)),
        }
        Ok(())
    }

    fn inspect(&self, files: &dyn Files) -> Inspection {
        inspect(files, identify(files, self.words.cluster.as_deref()), &self.view)
    }

    /// What the containers of a Kubernetes cluster mount.
    fn secrets(&mut self, secrets: &SecretsReading) {
        for set in &secrets.sets {
            let mounted = Container::ALL.into_iter().filter_map(|container| MountedSecrets::of(set, container));
            let mut own = self.words.cluster.clone();
            for mounted in mounted {
                let owner = identify(&mounted, own.as_deref());
                own = own.or(owner.own.name.clone());
                self.certs.add(&mounted.inspect(owner, &self.view));
            }
        }
    }

    /// The certificates in a file, whoever reads it.
    fn file(&mut self, path: &Path, pem: &[u8]) {
        let text = Text::read(pem);
        let certificates: Vec<Certificate> =
            text.certificates().filter_map(|block| Certificate::from_der(&block.der).ok()).collect();
        self.certs.add_file(&path.display().to_string(), &certificates);
    }

    /// The certificates in all files of a folder. Returns whether there are any.
    fn loose(&mut self, folder: &Path) -> Result<bool, Failure> {
        let mut found = false;
        for (count, file) in WalkDir::new(folder).follow_links(true).max_depth(DEPTH).sort_by_file_name().into_iter().enumerate()
        {
            if count > MAX_FILES {
                return Err(Failure::Input(format!("`{}` has more than {MAX_FILES} files: name fewer", folder.display())));
            }
            let file = match file {
                Ok(file) => file,
                Err(error) if error.depth() == 0 => return Err(Failure::File(io::Error::from(error))),
                Err(_) => continue,
            };
            if !file.file_type().is_file() {
                continue;
            }
            // What cannot be read, or is large, is no file of certificates for this user.
            let Ok(pem) = input::read(file.path(), Tree::MAX_FILE) else { continue };
            if Text::read(&pem).certificates().next().is_some() {
                found = true;
                self.file(file.path(), &pem);
            }
        }
        Ok(found)
    }

    /// The bundles that are installed below `root`. Returns whether one of them is a member's.
    fn installed_at(&mut self, root: &Path) -> bool {
        let mut has_member = false;
        for (records, kind) in RECORDS.into_iter().flat_map(|records| [(records, "node"), (records, "member")]) {
            let record = root.join(records).join(kind);
            let current = record.join("current");
            let manifest = input::read(&current.join("manifest.json"), Tree::MAX_FILE);
            let Some(manifest) = manifest.ok().and_then(|bytes| Manifest::read(&bytes).ok()) else { continue };
            let part = if kind == "node" { manifest.node.map(BundleKind::Node) } else { manifest.member.map(BundleKind::Member) };
            let Some(part) = part else { continue };
            let bundle = BundleId::new(manifest.cluster.name, part);
            self.installed.push(InstalledBundle { bundle, generation: manifest.generation, due: due(&record.join("due")) });
            has_member |= kind == "member";
            self.placed(root, &current);
        }
        has_member
    }

    /// The files of a bundle, as they are where `current` was installed to. What agents watch is read where it is.
    fn placed(&mut self, root: &Path, current: &Path) {
        const PAYLOAD: &str = "payload/";
        let mut tree = Tree::default();
        let mut left = Tree::MAX_BYTES;
        for file in WalkDir::new(current).into_iter().take(Tree::MAX_ENTRIES).filter_map(Result::ok) {
            if let Ok(below) = file.path().strip_prefix(current)
                && !file.file_type().is_dir()
            {
                let placed = below.strip_prefix(PAYLOAD).map(|placed| root.join(placed));
                tree.insert(name(below), entry(&placed.unwrap_or_else(|_| file.path().to_owned()), Some(root), &mut left));
            }
        }
        let mut seen = self.inspect(&UnpackedBundle::new(root.display().to_string(), tree));
        if let Some(member) = &mut seen.member {
            member.file = member.file.replacen(PAYLOAD, "", 1);
        }
        seen.ways.iter_mut().for_each(|way| way.file = way.file.replacen(PAYLOAD, "", 1));
        seen.peers.clear();
        self.certs.add(&seen);
    }
}

/// Whether `path` is the root of a machine: all of it is not searched.
fn is_machine(path: &Path) -> bool {
    ["etc", "usr"].iter().all(|folder| path.join(folder).is_dir())
}

/// What `install.sh` has noted that has to be restarted.
fn due(file: &Path) -> Vec<&'static str> {
    let text = input::read(file, Tree::MAX_FILE).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    InstalledBundle::RESTARTS.into_iter().filter(|what| text.lines().any(|line| line == *what)).collect()
}
