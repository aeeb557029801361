//! What stands on the disk, and what must be true of it: at any moment, and after a run that ended well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use meshbundle::plan::{BundleRecord, Inventory, leaf_holder};
use walkdir::{DirEntry, WalkDir};

use crate::durability::archive::{Archive, sha256};
use crate::support::leaves::{leaves_of, stored_leaves};

/// A state and an output folder.
pub struct Disk {
    pub state: PathBuf,
    pub out: PathBuf,
}

/// How far a run had come when it was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The inventory is the one of before.
    Issuing,
    /// The inventory is the new one; no archive is.
    Committed,
    /// Some archives are new.
    Shipping,
    /// The index is new.
    Indexed,
}

impl Disk {
    pub fn new(folder: &Path) -> Self {
        Self { state: folder.join("state"), out: folder.join("out") }
    }

    /// The committed inventory, as its bytes.
    pub fn committed(&self) -> Option<Vec<u8>> {
        fs::read(self.state.join("inventory.json")).ok()
    }

    pub fn inventory(&self) -> Inventory {
        self.committed().map(|bytes| serde_json::from_slice(&bytes).expect("an inventory")).unwrap_or_default()
    }

    /// What must be true at any moment of a run that began with the inventory `before`; tells how far it had come.
    pub fn judge_moment(&self, before: &Disk) -> Stage {
        self.nothing_exposed();
        let (old, now) = (before.inventory(), self.inventory());
        self.holds_what_is_named(&now);
        let archives = self.archives();
        self.shipped_is_known(&archives, &[&old, &now]);
        let earlier = bundles(&old);
        let changed = |(bundle, archive): (&String, &Archive)| {
            earlier.get(bundle).is_none_or(|record| record.generation != archive.generation)
        };
        let index = |disk: &Self| fs::read(disk.out.join("index.json")).ok();
        if index(self) != index(before) {
            Stage::Indexed
        } else if archives.iter().any(changed) {
            assert_ne!(self.committed(), before.committed(), "an archive is out before the inventory");
            Stage::Shipping
        } else if self.committed() != before.committed() {
            Stage::Committed
        } else {
            Stage::Issuing
        }
    }

    /// What must be true after a run that ended well.
    pub fn judge_clean(&self) {
        self.nothing_exposed();
        let inventory = self.inventory();
        let archives = self.archives();
        self.shipped_is_known(&archives, &[&inventory]);
        for entry in entries(&self.state).chain(entries(&self.out)) {
            assert!(!entry.file_name().to_string_lossy().starts_with(".meshbundle-"), "left behind: {}", entry.path().display());
        }
        self.holds_what_was_issued(&inventory);
        self.holds_what_was_packed(&inventory, &archives);
    }

    /// Each file with leaves that the inventory names is whole: a cluster's leaves are in it, with their keys, and no others.
    fn holds_what_is_named(&self, inventory: &Inventory) {
        let mut named: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for (name, record) in &inventory.credentials {
            let (cluster, _) = leaf_holder(name).expect("a holder");
            let file = inventory.leaf_file(cluster).unwrap_or(&record.serial);
            let path = self.state.join("issued").join(cluster).join(format!("{file}.pem"));
            named.entry(path).or_default().insert(record.serial.clone());
        }
        for (path, serials) in named {
            let leaves = leaves_of(&path);
            assert_eq!(leaves.iter().map(|leaf| leaf.serial.clone()).collect::<BTreeSet<_>>(), serials, "{}", path.display());
            for leaf in leaves {
                let is_whole =
                    leaf.text.contains("-----END CERTIFICATE-----\n") && leaf.text.ends_with("-----END PRIVATE KEY-----\n");
                assert!(is_whole, "{} has half of {}", path.display(), leaf.serial);
            }
        }
    }

    /// The state has each leaf of the inventory once, and no other; and every authority's key.
    fn holds_what_was_issued(&self, inventory: &Inventory) {
        self.holds_what_is_named(inventory);
        let issued: Vec<String> = stored_leaves(&self.state).into_iter().map(|leaf| leaf.serial).collect();
        let known: BTreeSet<String> = inventory.credentials.values().map(|record| record.serial.clone()).collect();
        assert_eq!(issued.iter().cloned().collect::<BTreeSet<_>>(), known, "leaves in the state, and in its inventory");
        assert_eq!(issued.len(), known.len(), "each is there once");
        let clusters: BTreeSet<&str> = inventory.credentials.keys().filter_map(|name| Some(leaf_holder(name)?.0)).collect();
        assert_eq!(files(&self.state.join("issued")).count(), clusters.len(), "files with leaves");
        for file in inventory.authorities.values().filter_map(|record| record.file.as_ref()) {
            for ending in ["crt", "key"] {
                let path = self.state.join("authorities").join(format!("{file}.{ending}"));
                assert!(fs::metadata(&path).is_ok_and(|file| file.len() > 0), "{} is lost", path.display());
            }
        }
    }

    /// The output folder has each bundle of the inventory in its generation, and no other; index and checksums agree.
    fn holds_what_was_packed(&self, inventory: &Inventory, archives: &BTreeMap<String, Archive>) {
        // Those of operators and etcds are folders of loose files: CLUSTER/KIND.
        let known = bundles(inventory);
        let (loose, packed): (BTreeSet<_>, BTreeSet<_>) =
            known.keys().map(String::as_str).partition(|bundle| bundle.split('/').count() == 2);
        assert_eq!(archives.keys().map(String::as_str).collect::<BTreeSet<_>>(), packed, "archives");
        let folders: BTreeSet<String> = entries(&self.out.join("bundles"))
            .filter(|entry| entry.file_type().is_file() && !entry.file_name().to_string_lossy().ends_with(".tar.gz"))
            .map(|entry| below(&self.out.join("bundles"), entry.path().parent().expect("a folder")))
            .collect();
        assert_eq!(folders.iter().map(String::as_str).collect::<BTreeSet<_>>(), loose, "folders of loose files");

        let index: serde_json::Value =
            serde_json::from_slice(&fs::read(self.out.join("index.json")).expect("an index")).expect("JSON");
        assert_eq!(index["state"].as_str(), Some(inventory.id.as_str()));
        let entries = index["archives"].as_object().expect("archives");
        assert_eq!(entries.keys().map(String::as_str).collect::<BTreeSet<_>>(), packed, "archives of the index");
        let mut sums = BTreeMap::new();
        for (bundle, archive) in archives {
            let sum = sha256(&fs::read(self.archive(bundle)).expect("an archive"));
            assert_eq!(entries[bundle]["sha256"].as_str(), Some(sum.as_str()), "{bundle}");
            assert_eq!(entries[bundle]["generation"].as_u64(), Some(archive.generation), "{bundle}");
            assert_eq!(known[bundle].generation, archive.generation, "{bundle}");
            sums.insert(format!("{bundle}.tar.gz"), sum);
        }
        let loose = entries_of(&index["files"]);
        for (path, sum) in &loose {
            assert_eq!(*sum, sha256(&fs::read(self.out.join("bundles").join(path)).expect("a loose file")), "{path}");
        }
        let root = self.out.join("bundles");
        let files = files(&root).map(|entry| below(&root, entry.path())).filter(|path| !path.ends_with(".tar.gz"));
        assert_eq!(files.collect::<BTreeSet<_>>(), loose.keys().cloned().collect(), "loose files of the index");
        sums.extend(loose);
        let sums: String = sums.into_iter().map(|(path, sum)| format!("{sum}  bundles/{path}\n")).collect();
        assert_eq!(fs::read_to_string(self.out.join("SHA256SUMS")).expect("checksums"), sums);
        self.unpacked_agrees(archives);
    }

    /// Unpacked trees, if there are any, hold what the archives hold.
    fn unpacked_agrees(&self, archives: &BTreeMap<String, Archive>) {
        let root = self.out.join("unpacked");
        if !root.exists() {
            return;
        }
        let found: BTreeMap<String, Vec<u8>> =
            files(&root).map(|entry| (below(&root, entry.path()), fs::read(entry.path()).expect("readable"))).collect();
        let wanted: BTreeMap<String, Vec<u8>> = archives
            .iter()
            .flat_map(|(bundle, archive)| {
                archive.files.iter().map(move |(name, content)| (format!("{bundle}/{name}"), content.clone()))
            })
            .collect();
        assert!(found.keys().eq(wanted.keys()), "unpacked: {:?}, packed: {:?}", found.keys(), wanted.keys());
        assert!(found == wanted, "an unpacked file is not the packed one");
    }

    /// Nobody else can read anything of the state, or a key or an archive, whole or not, of the output folder.
    fn nothing_exposed(&self) {
        let open = |entry: &DirEntry| entry.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
        for entry in entries(&self.state) {
            assert!(!open(&entry), "others may read {}", entry.path().display());
        }
        for entry in files(&self.out).filter(open) {
            let content = fs::read(entry.path()).expect("readable");
            let secret = content.starts_with(&[0x1f, 0x8b]) || content.windows(11).any(|window| window == b"PRIVATE KEY");
            assert!(!secret, "others may read {}, which holds keys", entry.path().display());
        }
    }

    /// Every certificate in an archive is named by one of `inventories`, and lies in the state with the same key.
    fn shipped_is_known(&self, archives: &BTreeMap<String, Archive>, inventories: &[&Inventory]) {
        let issued = self.issued();
        let serials: BTreeSet<&str> = inventories
            .iter()
            .flat_map(|inventory| inventory.credentials.values().map(|record| record.serial.as_str()))
            .collect();
        for (bundle, archive) in archives {
            for leaf in &archive.leaves {
                assert!(serials.contains(leaf.serial.as_str()), "{bundle} ships {}, which no inventory names", leaf.serial);
                let kept = issued.get(&leaf.serial).unwrap_or_else(|| panic!("{bundle} ships {}, which is lost", leaf.serial));
                let has_key = kept.iter().any(|text| text.contains(leaf.key.trim()));
                assert!(has_key, "{bundle} ships another key for {}", leaf.serial);
            }
            for fingerprint in &archive.authorities {
                let known =
                    |inventory: &&Inventory| inventory.authorities.values().any(|record| record.fingerprint == *fingerprint);
                assert!(inventories.iter().any(known), "{bundle} ships an authority that no inventory names");
            }
        }
    }

    /// Every archive under its own name, by bundle.
    fn archives(&self) -> BTreeMap<String, Archive> {
        let root = self.out.join("bundles");
        let bundle = |entry: DirEntry| {
            let path = below(&root, entry.path());
            let bundle = path.strip_suffix(".tar.gz").filter(|_| !entry.file_name().to_string_lossy().starts_with('.'))?;
            Some((bundle.to_owned(), Archive::read(entry.path())))
        };
        files(&root).filter_map(bundle).collect()
    }

    /// Leaves in the state, named by an inventory or not, by serial number. While a run has two files for a cluster, a leaf may be in both.
    fn issued(&self) -> BTreeMap<String, Vec<String>> {
        let mut issued: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for leaf in stored_leaves(&self.state) {
            issued.entry(leaf.serial).or_default().push(leaf.text);
        }
        issued
    }

    fn archive(&self, bundle: &str) -> PathBuf {
        self.out.join("bundles").join(format!("{bundle}.tar.gz"))
    }
}

/// Paths and sums of a part of an index.
fn entries_of(part: &serde_json::Value) -> BTreeMap<String, String> {
    let entries = part.as_object().into_iter().flatten();
    entries.map(|(path, entry)| (path.clone(), entry["sha256"].as_str().expect("a sum").to_owned())).collect()
}

/// Everything below `folder`, and itself; nothing if it is not there.
fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> {
    WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok)
}

fn files(folder: &Path) -> impl Iterator<Item = DirEntry> {
    entries(folder).filter(|entry| entry.file_type().is_file())
}

fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).expect("below").to_str().expect("text").to_owned()
}

/// The bundles of an inventory, by path below `bundles/`.
fn bundles(inventory: &Inventory) -> BTreeMap<String, BundleRecord> {
    inventory.bundles.iter().map(|(bundle, record)| (bundle.to_string(), record.clone())).collect()
}
