//! The leaves of a state one by one: where each is, a change to one of them, and the files that earlier releases wrote.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A leaf in a file of a state.
pub struct StoredLeaf {
    pub serial: String,
    pub file: PathBuf,
    /// Its chain and its key.
    pub text: String,
}

/// Every leaf in the files of `state`, whether an inventory names the file or not.
pub fn stored_leaves(state: &Path) -> Vec<StoredLeaf> {
    let entries = walkdir::WalkDir::new(state.join("issued")).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".pem"));
    files.flat_map(|entry| leaves_of(entry.path())).collect()
}

/// The leaves in one file. One without lines for serial numbers is from before format 5, and has the number in its name.
pub fn leaves_of(file: &Path) -> Vec<StoredLeaf> {
    let text = String::from_utf8_lossy(&fs::read(file).expect("readable")).into_owned();
    let leaf = |serial: &str, text: &str| StoredLeaf { serial: serial.to_owned(), file: file.to_owned(), text: text.to_owned() };
    if !text.starts_with("serial ") {
        return vec![leaf(file.file_stem().and_then(|name| name.to_str()).expect("text"), &text)];
    }
    let parts = text.split("serial ").skip(1);
    parts.map(|part| part.split_once('\n').unwrap_or((part, ""))).map(|(serial, text)| leaf(serial, text)).collect()
}

/// The leaf with this serial number.
pub fn stored_leaf(state: &Path, serial: &str) -> StoredLeaf {
    let mut found: Vec<_> = stored_leaves(state).into_iter().filter(|leaf| leaf.serial == serial).collect();
    assert_eq!(found.len(), 1, "leaves with the serial number {serial}");
    found.remove(0)
}

/// Has `edit` change one leaf in its file. An empty text takes its serial number away as well.
pub fn edit_leaf(state: &Path, serial: &str, edit: impl FnOnce(&str) -> String) {
    let leaf = stored_leaf(state, serial);
    let whole = fs::read_to_string(&leaf.file).expect("a file of leaves");
    let before = format!("serial {serial}\n{}", leaf.text);
    assert_eq!(whole.matches(&before).count(), 1, "{}", leaf.file.display());
    let edited = edit(&leaf.text);
    assert_ne!(edited, leaf.text, "it is a change");
    let after = if edited.is_empty() { String::new() } else { format!("serial {serial}\n{edited}") };
    fs::write(&leaf.file, whole.replace(&before, &after)).expect("written");
}

/// Makes `state` one of format 4, which had a file for each leaf.
pub fn give_each_leaf_a_file(state: &Path) {
    let path = state.join("inventory.json");
    let mut inventory: Value = serde_json::from_slice(&fs::read(&path).expect("an inventory")).expect("JSON");
    inventory["format"] = 4.into();
    for (_, cluster) in inventory["clusters"].as_object_mut().expect("clusters") {
        cluster.as_object_mut().expect("a record").remove("leaves");
    }
    fs::write(&path, format!("{inventory:#}\n")).expect("written");
    let leaves = stored_leaves(state);
    leaves.iter().for_each(|leaf| drop(fs::remove_file(&leaf.file)));
    for leaf in leaves {
        let folder = leaf.file.parent().expect("a folder");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).expect("a folder");
        let path = folder.join(format!("{}.pem", leaf.serial));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).expect("a new file");
        std::io::Write::write_all(&mut file, leaf.text.as_bytes()).expect("written");
    }
}

/// Serial number of every leaf that the inventory of `state` names, by what it is for.
pub fn serials(state: &Path) -> BTreeMap<String, String> {
    let inventory: Value = serde_json::from_slice(&fs::read(state.join("inventory.json")).expect("an inventory")).expect("JSON");
    let leaves = inventory["credentials"].as_object().expect("credentials").iter();
    leaves.map(|(key, record)| (key.clone(), record["serial"].as_str().expect("a serial").to_owned())).collect()
}
