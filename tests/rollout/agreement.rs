//! Whether ledger, archives and proofs agree: what the state records is what is in the output, what is in there works, and no serial number
//! stands for two certificates. GNU tar unpacks, and openssl reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::evolution::scene::Scene;
use crate::support::openssl::Bench;
use crate::support::tree;

/// What was seen in earlier changes.
pub(crate) struct Agreement {
    bench: Bench,
    /// The serial number of each certificate.
    serials: BTreeMap<String, String>,
    /// By archive: its bytes, its manifest, and its leaves.
    archives: BTreeMap<String, (Vec<u8>, Value, BTreeSet<String>)>,
}

impl Agreement {
    pub(crate) fn new() -> Self {
        Self { bench: Bench::new(), serials: BTreeMap::new(), archives: BTreeMap::new() }
    }

    /// Demands it of what is there now.
    pub(crate) fn demand(&mut self, scene: &Scene) {
        let proven = scene.sandbox.run(&["verify", "out", "--mesh", "mesh.yaml"]);
        assert_eq!(proven.status, 0, "{}{}", proven.stdout, proven.stderr);
        let inventory = scene.inventory();
        let archives = scene.archives();
        self.archives.retain(|path, _| archives.contains_key(path));
        for (path, bytes) in archives {
            if self.archives.get(&path).is_none_or(|(known, _, _)| *known != bytes) {
                let bundle = scene.bundle(&path);
                self.archives.insert(path, (bytes, bundle.manifest(), leaves(&bundle.path("payload"))));
            }
        }
        for (path, (_, manifest, _)) in &self.archives {
            let record = &inventory["bundles"][path];
            assert_eq!(manifest["generation"], record["generation"], "{path}");
            assert_eq!(manifest["digest"].as_str(), record["content"].as_str().and_then(|digest| digest.get(..32)), "{path}");
        }
        let mut there = leaves(&scene.sandbox.path("out"));
        there.extend(self.archives.values().flat_map(|(_, _, leaves)| leaves.iter().cloned()));
        let there: BTreeSet<String> = there.into_iter().map(|leaf| self.serial(leaf)).collect();
        let recorded: BTreeSet<String> = scene.serials().into_values().collect();
        assert_eq!(there, recorded, "serial numbers in the output and in the inventory");
    }

    /// The serial number of a leaf. No other one has ever had it.
    fn serial(&mut self, leaf: String) -> String {
        if let Some(serial) = self.serials.get(&leaf) {
            return serial.clone();
        }
        self.bench.write("leaf", &leaf);
        let serial = self.bench.run("x509 -noout -serial -in leaf").trim().replace("serial=", "").to_lowercase();
        assert!(!self.serials.values().any(|known| *known == serial), "{serial} stands for two certificates");
        self.serials.insert(leaf, serial.clone());
        serial
    }
}

/// The leaves in files below a folder: the first certificate of each file that has one and is not for trust.
fn leaves(folder: &Path) -> BTreeSet<String> {
    let files = tree(folder).into_iter().filter(|(path, _)| path.ends_with(".crt") && !path.ends_with("-ca.crt"));
    let first = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).expect("PEM");
        text.split_inclusive("-----END CERTIFICATE-----\n").next().expect("a certificate").to_owned()
    };
    files.map(|(_, (_, bytes))| first(bytes)).collect()
}
