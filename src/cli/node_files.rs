//! What a node has around a clustermesh directory: the files that its configs name, what starts the agents, and what installed it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::input;
use crate::verify::{NodeFiles, Placed, Tree};

use super::compose_project;
use super::entry::{below, entry, name};
use super::targets::{NODE_RECORD, PROJECT_RECORD};

/// Where a node has the agents' environment file, which knows name and id.
const AGENT_ENV: &str = "/etc/cilium/clustermesh.env";

/// Finds the files that the configs of the clustermesh directory at `path` name. Agents see it at another path, perhaps, than it has
/// here: that of most files that are in it. What they see elsewhere is looked for below the node's root: the one that was given, one
/// that contains the folder, or this machine's.
pub(super) fn find(named: &BTreeSet<String>, path: &Path, root: Option<&Path>, left: &mut u64) -> NodeFiles {
    let mut votes: BTreeMap<&Path, usize> = BTreeMap::new();
    for file in named {
        let file = Path::new(file);
        let seen = file
            .ancestors()
            .skip(1)
            .find(|seen| file.strip_prefix(seen).is_ok_and(|rest| path.join(rest).symlink_metadata().is_ok()));
        if let Some(seen) = seen {
            *votes.entry(seen).or_default() += 1;
        }
    }
    let full = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mount = votes.into_iter().max_by_key(|(_, count)| *count).map(|(seen, _)| seen.to_owned());
    let around = mount.as_deref().and_then(|mount| Some(full.to_str()?.strip_suffix(mount.to_str()?)?.to_owned()));
    let guessed = around.filter(|around| !around.is_empty()).map(PathBuf::from);
    let roots: Vec<PathBuf> = match root {
        Some(root) => vec![root.to_owned()],
        // The folder may stand at its own path below the node's root, too, with nothing in it that says so.
        None => guessed.into_iter().chain(full.ancestors().skip(1).map(Path::to_owned)).collect(),
    };
    let mut placed = BTreeMap::new();
    for file in named {
        let mounted = mount.as_deref().and_then(|mount| Path::new(file).strip_prefix(mount).ok());
        let inside = mounted.filter(|inside| path.join(inside).symlink_metadata().is_ok());
        let at = if let Some(inside) = inside {
            path.join(inside)
        } else {
            let places = || roots.iter().map(|root| below(root, &root.join(file.trim_start_matches('/'))));
            let there = places().find(|at| at.symlink_metadata().is_ok());
            // Of a file that is nowhere, the place where it should be is shown.
            there.or_else(|| Some(path.join(mounted?))).or_else(|| places().next_back()).unwrap_or_default()
        };
        let entry = at.symlink_metadata().is_ok().then(|| entry(&at, root, left));
        placed.insert(file.clone(), Placed { at: at.display().to_string(), inside: inside.map(name), entry });
    }
    let environment = roots.iter().map(|root| root.join(AGENT_ENV.trim_start_matches('/'))).find(|at| at.is_file());
    let environment = environment.map(|at| entry(&at, root, left));
    NodeFiles { placed, environment, records: records(&full), project: compose_project::around(path) }
}

/// Manifests that `install.sh` has left above the folder `full`, each with the path of the folder from there.
fn records(full: &Path) -> Vec<(String, Vec<u8>)> {
    let above = full.ancestors().skip(1).flat_map(|root| [NODE_RECORD, PROJECT_RECORD].map(|record| (root, root.join(record))));
    let read = |(root, at): (&Path, PathBuf)| {
        Some((name(full.strip_prefix(root).ok()?), input::read(&at, Tree::MAX_FILE).ok()?.to_vec()))
    };
    above.filter_map(read).collect()
}
