//! Helps about files in an archive: no shell finds a path in there, so they say how to get at the file.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{Ran, tool};
use crate::verify_archive::ours::generated;

/// What `verify` prints as help, by code.
fn helps(ran: &Ran) -> BTreeMap<String, String> {
    let report = ran.json();
    let findings = report["findings"].as_array().expect("findings").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    findings.map(|finding| (text(&finding["code"]), text(&finding["help"]))).collect()
}

/// Faults whose helps are commands on the file.
fn damage(folder: &Path) {
    let edit = |name: &str, change: &dyn Fn(String) -> String| {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).expect("a file of the bundle");
        fs::write(&path, change(text)).expect("written");
    };
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("own file");
    let names: Vec<String> = crate::support::tree(folder).into_keys().collect();
    let find = |ending: &str, skip: usize| names.iter().filter(|name| name.ends_with(ending)).nth(skip).expect("a file").clone();
    // Of the first remote: another CA under the same first line, a key that all can read.
    edit(&find("-ca.crt", 0), &|text| format!("{text}{}", fs::read_to_string(folder.join(find("-ca.crt", 1))).expect("a CA")));
    mode(&folder.join(find(".key", 0)), 0o644);
    // Of the second: a certificate in lines that Go does not see, beside one that it sees.
    edit(&find("-client.crt", 1), &|text| format!("{text}{}", text.replace("-----BEGIN", " -----BEGIN")));
    mode(folder, 0o777);
}

#[test]
fn helps_for_files_in_archives_are_commands_that_a_shell_can_run() {
    let sandbox = generated("own-authorities.yaml");
    let bundle = sandbox.tree("out/bundles").into_keys().find(|path| path.contains("/node")).expect("a node's archive");
    let top = sandbox.unpack(bundle.strip_suffix(".tar.gz").expect("an archive"));
    damage(&top.join("payload/var/lib/clustermesh"));
    let (parent, name) = (top.parent().expect("a parent"), top.file_name().expect("a name"));
    let archive = sandbox.path("it is mine.tar.gz");
    tool("tar", "tar", [Path::new("-czf"), &archive, Path::new("-C"), parent, Path::new(name)]);

    let of_archive = helps(&sandbox.run(&["verify", "it is mine.tar.gz", "--format", "json"]));
    let of_folder = helps(&sandbox.run(&["verify", top.to_str().expect("text"), "--format", "json"]));
    let commands: Vec<_> = of_folder.iter().filter(|(_, help)| help.contains(top.to_str().expect("text"))).collect();
    let codes: Vec<&str> = commands.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["CM0418", "CM0426", "CM0707", "CM0760"], "{of_folder:?}");
    for code in codes {
        let help = &of_archive[code];
        assert!(!help.contains("payload/"), "{code}: {help}");
        let command = help.split('`').nth(1).expect("a command");
        let unpacked = tempfile::tempdir_in(sandbox.path("")).expect("a folder");
        let shell = format!("cd {} && ln -s ../*.tar.gz . && {command}", unpacked.path().display());
        let ran = Ran::of(Command::new("sh").args(["-c", &shell]));
        assert!(unpacked.path().join(name).join("manifest.json").is_file(), "{code}: {command}: {ran:?}");
    }
}
