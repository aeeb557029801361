//! What starts a node's announcer, and what leads to its own etcd: the configs that are named are there, and the announcer's words
//! are the manifest's. What the configs say is `inspect`'s.

use serde_json::Value;

use crate::diag::{Code, Diagnostic, FilePlace};

use super::super::files::{BundleTree, COMPOSE, OWN_CONFIGS};
use super::super::manifest::Manifest;
use super::options::kvstore_config;

const UNIT: &str = "payload/etc/systemd/system/clustermesh-announce.service";
const SERVICE: &str = "clustermesh-announce";

pub(super) fn look(bundle: &BundleTree, manifest: &Manifest) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut tell = |code: Code, path: &str, message: String| {
        let finding = Diagnostic::of_file(code, FilePlace::whole(bundle.shown(path)), message);
        findings.push(finding.help("generate the bundle again"));
    };
    let is_missing = |path: &str| bundle.at(path).entry.is_none();
    if let Some((form, config)) = kvstore_config(bundle).filter(|(_, config)| is_missing(config)) {
        let message = format!("`kvstore-opt` names `{}`, which is not in the bundle", config.escape_debug());
        tell(Code::FileMissing, form, message);
    }
    let unit = bundle.tree.bytes(UNIT).map(|bytes| (UNIT, started(bytes)));
    let service = bundle.compose().and_then(entrypoint).map(|words| (COMPOSE, words));
    for (path, words) in unit.into_iter().chain(service) {
        let config = OWN_CONFIGS[1];
        if is_missing(config) {
            tell(Code::FileMissing, path, format!("the announcer reads `{config}`, which is not in the bundle"));
        }
        let says = [("--cluster-name", manifest.cluster.name.clone()), ("--cluster-id", manifest.cluster.id.to_string())];
        for (name, value) in says {
            let is = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            if is != Some(value.as_str()) {
                let is = is.unwrap_or("missing").escape_debug();
                let message = format!("the announcer's `{name}` is `{is}`, and manifest.json says `{}`", value.escape_debug());
                tell(Code::OptionsDiffer, path, message);
            }
        }
    }
    findings
}

/// The words that the unit starts.
fn started(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let words = text.lines().find_map(|line| line.trim().strip_prefix("ExecStart=")).unwrap_or_default();
    words.split_whitespace().map(str::to_owned).collect()
}

/// The words that the compose service starts, if there is that service.
fn entrypoint(file: &Value) -> Option<Vec<String>> {
    let service = file.get("services")?.get(SERVICE)?;
    let words = service.get("entrypoint").and_then(Value::as_array).into_iter().flatten();
    Some(words.filter_map(Value::as_str).map(str::to_owned).collect())
}
