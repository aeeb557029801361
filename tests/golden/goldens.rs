//! A folder of golden files: what a test found is held against what is there, and nothing may be there that no test finds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::tree;

/// Goldens of one test, by file name, as found now.
pub(crate) struct Goldens {
    folder: PathBuf,
    found: BTreeMap<String, String>,
}

impl Goldens {
    /// For the folder `name` beside this file.
    pub(crate) fn of(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        Self { folder, found: BTreeMap::new() }
    }

    /// Notes what was found.
    pub(crate) fn add(&mut self, name: &str, text: String) {
        assert!(text.ends_with('\n') || text.is_empty(), "{name} ends within a line");
        assert!(self.found.insert(format!("{name}.txt"), text).is_none(), "{name} is noted twice");
    }

    /// Demands that the folder holds exactly what was found; with `UPDATE=1`, makes it so.
    pub(crate) fn hold(self) {
        if std::env::var_os("UPDATE").is_some() {
            if self.folder.exists() {
                fs::remove_dir_all(&self.folder).expect("the old goldens go");
            }
            fs::create_dir_all(&self.folder).expect("a folder");
            for (name, text) in &self.found {
                fs::write(self.folder.join(name), text).expect("written");
            }
            return;
        }
        let there = tree(&self.folder);
        let mut wrong = String::new();
        for (name, text) in &self.found {
            match there.get(name) {
                None => wrong += &format!("{name}: there is no golden for it\n"),
                Some((_, golden)) if golden == text.as_bytes() => {}
                Some(_) => wrong += &difference(&self.folder.join(name), text),
            }
        }
        for name in there.keys().filter(|name| !self.found.contains_key(*name)) {
            wrong += &format!("{name}: no test finds this any more\n");
        }
        assert!(wrong.is_empty(), "{}:\n{wrong}UPDATE=1 writes the goldens again; read the difference", self.folder.display());
    }
}

fn difference(golden: &Path, text: &str) -> String {
    let folder = tempfile::TempDir::new().expect("a folder");
    let now = folder.path().join("now");
    fs::write(&now, text).expect("written");
    let output = Command::new("diff").arg("-u").arg(golden).arg(&now).output();
    output.map_or_else(
        |_| format!("{}: differs\n", golden.display()),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}
