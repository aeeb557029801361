//! The agents' options in their three forms: the same in each, what the manifest says, and nothing that the version lacks.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diag::{Code, Collector, Diagnostic, FilePlace};
use crate::mesh::{Cilium, ClusterName, Feature};

use super::super::files::{BundleTree, COMPOSE};
use super::super::manifest::{Manifest, ManifestCluster};
use super::super::tree::Entry;
use super::super::view::View;

/// Options by name.
type Options = BTreeMap<String, String>;

const ENV: &str = "options/agent.env";
const ARGS: &str = "options/agent.args";
const CONFIG_MAP: &str = "options/config-map";
/// What is wired to a unit.
const UNIT_ENV: &str = "payload/etc/cilium/clustermesh.env";

/// What a bundle may set, and what a version must have to know it: an unknown flag on the command line kills the agent.
const KNOWN: [(&str, Option<Feature>); 8] = [
    ("cluster-name", None),
    ("cluster-id", None),
    ("clustermesh-config", None),
    ("max-connected-clusters", Some(Feature::MaxConnectedClusters)),
    ("policy-default-local-cluster", Some(Feature::PolicyDefaultLocalCluster)),
    ("kvstore", None),
    ("kvstore-opt", None),
    ("identity-allocation-mode", None),
];

/// The forms that are there.
fn forms(bundle: &BundleTree) -> Vec<(&'static str, Options)> {
    let forms = [
        (ENV, bundle.tree.bytes(ENV).map(agent_options)),
        (ARGS, bundle.tree.bytes(ARGS).map(args)),
        (CONFIG_MAP, config_map(bundle)),
        (UNIT_ENV, bundle.tree.bytes(UNIT_ENV).map(agent_options)),
        (COMPOSE, bundle.compose().and_then(compose)),
    ];
    forms.into_iter().filter_map(|(path, options)| Some((path, options?))).collect()
}

/// The config of the own etcd that `kvstore-opt` names (`key=value`, separated by commas), and the form that does.
pub(super) fn kvstore_config(bundle: &BundleTree) -> Option<(&'static str, String)> {
    let mut named = forms(bundle).into_iter().filter_map(|(path, options)| {
        let config = options.get("kvstore-opt")?.split(',').find_map(|option| option.strip_prefix("etcd.config="))?;
        Some((path, config.to_owned()))
    });
    named.next()
}

pub(super) fn look(bundle: &BundleTree, manifest: &Manifest, view: &View) -> Vec<Diagnostic> {
    let there = forms(bundle);
    let mut looked = OptionsInspection { bundle, findings: Collector::of_file() };
    let Some((first, options)) = there.first() else {
        // `options: none`: name and id are set elsewhere.
        return Vec::new();
    };
    for (path, other) in there.iter().skip(1).filter(|(_, other)| other != options) {
        let odd = odd_one(options, other);
        looked.report(Code::OptionsDiffer, path, format!("`{odd}` is not the same as in {first}"));
    }
    for form in [ENV, ARGS, CONFIG_MAP].iter().filter(|form| !there.iter().any(|(path, _)| path == *form)) {
        looked.report(Code::OptionsDiffer, form, format!("{first} is there, and {form} is not"));
    }
    let says = [
        ("cluster-name", Some(manifest.cluster.name.clone())),
        ("cluster-id", Some(manifest.cluster.id.to_string())),
        ("clustermesh-config", manifest.config_dir.clone()),
    ];
    for (name, value) in says {
        if options.get(name) != value.as_ref() {
            let is = options.get(name).map_or("missing", String::as_str).escape_debug();
            let value = value.unwrap_or_default();
            let message = format!("`{name}` is `{is}`, and manifest.json says `{}`", value.escape_debug());
            looked.report(Code::OptionsDiffer, first, message);
        }
    }
    looked.known(first, options, view);
    looked.identity(first, manifest, options);
    looked.findings.finish()
}

/// The first option that is not in both, or has two values.
fn odd_one(one: &Options, other: &Options) -> String {
    let names = one.keys().chain(other.keys());
    names.into_iter().find(|name| one.get(*name) != other.get(*name)).cloned().unwrap_or_default()
}

struct OptionsInspection<'a> {
    bundle: &'a BundleTree,
    findings: Collector,
}

impl OptionsInspection<'_> {
    fn known(&mut self, form: &str, options: &Options, view: &View) {
        for name in options.keys() {
            let version = view.version;
            let message = match KNOWN.iter().find(|(known, _)| known == name) {
                None => format!("`{}` is no option that a bundle sets", name.escape_debug()),
                Some((_, Some(feature))) if !version.has(*feature) => {
                    format!("agents of Cilium {version} do not know `{name}`: it came with {}", feature.since())
                }
                Some(_) => continue,
            };
            self.report(Code::VersionLacksOption, form, message);
        }
    }

    fn identity(&mut self, form: &str, manifest: &Manifest, options: &Options) {
        let ManifestCluster { name, id } = &manifest.cluster;
        if let Err(bad) = ClusterName::new(name) {
            self.report(Code::ClusterName, form, format!("`{}` is no name of a cluster: {}", name.escape_debug(), bad.reason));
        }
        let most = options.get("max-connected-clusters").and_then(|value| value.parse().ok());
        let most: i64 = most.unwrap_or(Cilium::DEFAULT_MAX_CONNECTED);
        if !(1..=most).contains(id) {
            self.report(Code::ClusterId, form, format!("the id is {id}; it must be from 1 to {most}"));
        }
    }

    fn report(&mut self, code: Code, path: &str, message: String) {
        let finding = Diagnostic::of_file(code, FilePlace::whole(self.bundle.shown(path)), message);
        self.findings.push(finding.help("correct the mesh if the value comes from there, and generate the bundle again"));
    }
}

/// `CILIUM_CLUSTER_NAME=…`, as systemd and shells read it.
pub(in crate::verify) fn agent_options(bytes: &[u8]) -> Options {
    let text = String::from_utf8_lossy(bytes);
    let pairs = text.lines().filter_map(|line| {
        let line = line.trim();
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).strip_prefix("CILIUM_")?.split_once('=')?;
        let quoted = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
        Some((name.to_lowercase().replace('_', "-"), value.to_owned()))
    });
    pairs.collect()
}

/// The environment that the override gives its service; nothing where it gives none.
fn compose(file: &Value) -> Option<Options> {
    let services = file.get("services")?.as_object()?;
    let environment = services.values().find_map(|service| service.get("environment")?.as_object())?;
    let pairs = environment.iter().filter_map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((name.strip_prefix("CILIUM_")?.to_lowercase().replace('_', "-"), value))
    });
    Some(pairs.collect())
}

/// `--cluster-name=…`.
fn args(bytes: &[u8]) -> Options {
    let text = String::from_utf8_lossy(bytes);
    let pairs = text.lines().filter_map(|line| line.strip_prefix("--")?.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// One file an option.
fn config_map(bundle: &BundleTree) -> Option<Options> {
    matches!(bundle.tree.get(CONFIG_MAP), Some(Entry::Folder(_))).then(|| {
        let files = bundle
            .tree
            .children(CONFIG_MAP)
            .filter_map(|(name, entry)| Some((name.to_owned(), String::from_utf8_lossy(entry.bytes()?).trim().to_owned())));
        files.collect()
    })
}
