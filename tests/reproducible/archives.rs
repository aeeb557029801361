//! The shape of every archive, as GNU tar, gzip, busybox and sha256sum see it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::reproducible::{SAMPLES, bundles, generated};
use crate::support::{Sandbox, tool, tree};

fn gnu_tar(how: &str, archive: &Path) -> String {
    let args = ["--full-time", "--numeric-owner", how].map(OsStr::new).into_iter().chain([archive.as_os_str()]);
    tool("tar", "tar", args)
}

/// Every bundle of every sample: the sandbox, the bundle, its archive.
fn each(judge: impl Fn(&Sandbox, &str, &Path)) {
    for sample in SAMPLES {
        let sandbox = generated(sample, &[]);
        for bundle in bundles(&sandbox) {
            judge(&sandbox, &bundle, &sandbox.path(format!("out/bundles/{bundle}.tar.gz")));
        }
    }
}

#[test]
fn gzip_and_both_tars_agree() {
    each(|_, bundle, archive| {
        tool("gzip", "gzip", [OsStr::new("-t"), archive.as_os_str()]);
        let busybox = tool("busybox", "busybox", ["tar", "-tzf"].map(OsStr::new).into_iter().chain([archive.as_os_str()]));
        assert_eq!(gnu_tar("-tzf", archive), busybox, "{bundle}");
    });
}

#[test]
fn names_owners_times_and_modes() {
    each(|_, bundle, archive| {
        let parts: Vec<&str> = bundle.split('/').collect();
        let [cluster, kind, name] = parts[..] else { panic!("{bundle}") };
        let top = if kind == "nodes" { format!("{cluster}.{name}/") } else { format!("{cluster}.etcd.{name}/") };
        let mut seen = BTreeSet::new();
        for line in gnu_tar("-tvzf", archive).lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [mode, owner, _, date, time, path] = fields[..] else { panic!("{line}") };
            assert_eq!((owner, date, time), ("0/0", "2000-01-01", "00:00:00"), "{line}");
            assert!(path.starts_with(&top) && seen.insert(path.to_owned()), "{line}");
            let wanted = match path {
                path if path == top => "drwx------",
                path if path.ends_with('/') => "drwxr-xr-x",
                path if Path::new(path).extension() == Some(OsStr::new("key")) => "-rw-------",
                path if path == format!("{top}install.sh") => "-rwxr-xr-x",
                _ => "-rw-r--r--",
            };
            assert_eq!(mode, wanted, "{line}");
        }
    });
}

/// In the folder of peers: four files for each link, the configs last in the archive, and `endpoints:` in them alone.
#[test]
fn the_folder_of_peers() {
    each(|sandbox, bundle, archive| {
        let top = sandbox.unpack(bundle);
        let manifest: Value = serde_json::from_slice(&fs::read(top.join("manifest.json")).expect("a manifest")).expect("JSON");
        let links: Vec<&str> = match manifest["links"].as_array() {
            Some(links) => links.iter().map(|link| link["name"].as_str().expect("a name")).collect(),
            None => Vec::new(),
        };
        let payload = "payload/var/lib/clustermesh";
        let compose = "payload/mount/var/lib/clustermesh";
        let folder = if top.join(payload).is_dir() { payload } else { compose };
        let listed = gnu_tar("-tzf", archive);
        let order: Vec<&str> = listed.lines().filter(|path| !path.ends_with('/')).collect();
        let configs = order.get(order.len() - links.len()..).expect("as many files as links");
        let name = |path: &&str| path.rsplit('/').next().expect("a name").to_owned();
        assert_eq!(configs.iter().map(name).collect::<Vec<_>>(), links, "{bundle}");
        for (path, (_, bytes)) in tree(&top) {
            let text = String::from_utf8(bytes).expect("text");
            // The ways to the own etcd stand elsewhere.
            let is_own = path.ends_with("/etcd.config") && !path.starts_with(&format!("{folder}/"));
            let is_config = is_own || links.iter().any(|link| path == format!("{folder}/{link}"));
            assert_eq!(text.contains("endpoints:"), is_config, "{bundle}: {path}");
        }
        if !links.is_empty() {
            let files = ["", ".etcd-client-ca.crt", ".etcd-client.crt", ".etcd-client.key"];
            let wanted: BTreeSet<String> = links.iter().flat_map(|link| files.map(|file| format!("{link}{file}"))).collect();
            let found: BTreeSet<String> = tree(&top.join(folder)).into_keys().collect();
            assert_eq!(found, wanted, "{bundle}");
        }
    });
}

/// `sha256sum -c` in `folder`; returns the files it looked at.
fn check_sums(folder: &Path) -> BTreeSet<String> {
    let output = Command::new("sha256sum").args(["--strict", "-c", "SHA256SUMS"]).current_dir(folder).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && output.stderr.is_empty(), "{}: {said}", folder.display());
    said.lines().map(|line| line.strip_suffix(": OK").expect("fine").to_owned()).collect()
}

#[test]
fn sums_inside_cover_every_other_file() {
    each(|sandbox, bundle, _| {
        let top = sandbox.unpack(bundle);
        let mut files: BTreeSet<String> = tree(&top).into_keys().collect();
        assert!(files.remove("SHA256SUMS"), "{bundle}");
        assert_eq!(check_sums(&top), files, "{bundle}");
    });
}

#[test]
fn sums_outside_cover_every_bundle_and_loose_file() {
    for sample in SAMPLES {
        let sandbox = generated(sample, &[]);
        let files = tree(&sandbox.path("out/bundles")).into_keys().map(|path| format!("bundles/{path}")).collect();
        let summed: BTreeSet<String> = check_sums(&sandbox.path("out"));
        assert_eq!(summed, files, "{sample}");
        let index: Value = serde_json::from_str(&sandbox.read("out/index.json")).expect("JSON");
        let sums: BTreeMap<String, String> = sandbox
            .read("out/SHA256SUMS")
            .lines()
            .map(|line| line.split_once("  ").expect("DIGEST  PATH"))
            .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
            .collect();
        for (bundle, entry) in index["archives"].as_object().expect("archives") {
            let path = format!("bundles/{bundle}.tar.gz");
            assert_eq!(entry["sha256"].as_str(), sums.get(&path).map(String::as_str), "{bundle}");
            assert_eq!(
                entry["size"].as_u64(),
                Some(fs::metadata(sandbox.path("out").join(path)).expect("there").len()),
                "{bundle}"
            );
        }
    }
}

/// The plan tells each file before it is written: path, mode and order are those of the archive.
#[test]
fn the_plan_lists_what_is_in_the_archives() {
    for sample in SAMPLES {
        let sandbox = generated(sample, &[]);
        let plan = sandbox.ok(&["plan", "mesh.yaml", "--out", "out", "--format", "json"]).json();
        for cluster in plan["clusters"].as_array().expect("clusters") {
            let name = cluster["name"].as_str().expect("a name");
            for (kind, holders, files) in [("nodes", "nodes", "files"), ("etcd", "members", "memberFiles")] {
                let file = |file: &Value| (file["path"].as_str().expect("a path").to_owned(), file["mode"] == "0600");
                let planned: Vec<_> = cluster[files].as_array().expect("files").iter().map(file).collect();
                for holder in cluster[holders].as_array().expect("holders") {
                    let bundle = format!("{name}/{kind}/{}", holder.as_str().expect("a name"));
                    let listed = gnu_tar("-tvzf", &sandbox.path(format!("out/bundles/{bundle}.tar.gz")));
                    let file = |line: &str| {
                        let path = line.split_whitespace().last()?.split_once('/')?.1.to_owned();
                        line.starts_with('-').then(|| (path, line.starts_with("-rw------- ")))
                    };
                    assert_eq!(listed.lines().filter_map(file).collect::<Vec<_>>(), planned, "{bundle}");
                }
            }
        }
    }
}

/// Whoever builds the same mesh from the same state with a later version, on a later day, gets the same bytes.
#[test]
fn a_manifest_has_no_time_and_no_version() {
    let known = [
        "format",
        "kind",
        "mesh",
        "cluster",
        "node",
        "hostname",
        "member",
        "owner",
        "generation",
        // Of the state, and of what decides the content: always the same for the same mesh and state.
        "state",
        "digest",
        // Of the agents, as the mesh has it.
        "cilium",
        "runtime",
        "configDir",
        "links",
        "removedLinks",
    ];
    each(|sandbox, bundle, _| {
        let text = fs::read_to_string(sandbox.unpack(bundle).join("manifest.json")).expect("a manifest");
        let manifest: Value = serde_json::from_str(&text).expect("JSON");
        for field in manifest.as_object().expect("an object").keys() {
            assert!(known.contains(&field.as_str()), "{bundle}: is `{field}` always the same?");
        }
        // Random digits may be those of a year.
        let words: String = text.lines().filter(|line| !line.contains("\"state\"") && !line.contains("\"digest\"")).collect();
        assert!(!words.contains(env!("CARGO_PKG_VERSION")) && !words.contains("2026"), "{bundle}: {text}");
    });
}
