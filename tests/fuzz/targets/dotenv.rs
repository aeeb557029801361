//! Any bytes as the `.env` of a compose project: which files compose would read.
//!
//! First byte: which compose files are in the project.
//!
//! A crash is a panic, a hang or too much memory. Beside that: findings have no control characters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{ComposeFile, DOT_ENV, Directory, Entry, NodeFiles, OVERRIDE, Project, Tree, View, identify, inspect};
use time::OffsetDateTime;

const FILES: [&str; 6] = [
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
    OVERRIDE,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((files, env)) = bytes.split_first() else { return };
    let file = |bytes: &[u8]| Entry::File { mode: Some(0o644), bytes: bytes.to_vec().into() };
    let mut project = Project { folder: "project".to_owned(), tree: Tree::default() };
    project.tree.insert(DOT_ENV.to_owned(), file(env));
    for (at, name) in FILES.iter().enumerate().filter(|(at, _)| files >> at & 1 == 1) {
        let service = if at % 2 == 0 { "agent" } else { "other" };
        project.tree.insert((*name).to_owned(), file(format!("services: {{{service}: {{image: a}}}}\n").as_bytes()));
    }
    if let ComposeFile::Files(files, separator) = project.compose_file() {
        let list = files.join(&separator);
        assert!(!list.is_empty() && list.len() <= env.len() * 3, "{list:?}");
    }
    let node = NodeFiles { project: Some(project), ..NodeFiles::default() };
    let directory = Directory::new("project/clustermesh", Tree::default()).on(node);
    let seen = inspect(&directory, identify(&directory, None), &View::new(CiliumVersion::NEWEST, OffsetDateTime::UNIX_EPOCH));
    for finding in &seen.findings {
        assert!(!finding.message.contains(char::is_control), "{:?}", finding.message);
    }
});
