//! Files of YAML or JSON -> the Secrets in them that containers of Cilium's Helm chart mount, by namespace.
//!
//! Of other objects, only the bundle of CAs counts that pods mount in place of those in Secrets. All others are counted and passed over,
//! without a look at what is wrong with them.

use std::collections::BTreeMap;

use zeroize::Zeroize;

use crate::diag::{Code, Collector, Diagnostic, FilePlace, Lines};
use crate::mesh::tree::{Value, YamlNode, parse};
use crate::verify::config::{first_document, yaml_differences};

use super::ca_bundle::{ALWAYS_THERE, BundleFile, CaBundle, is_bundle, is_mentioned};
use super::documents::documents;
use super::mounts::{NAMES, mounted_name};
use super::object::Object;
use super::secret::{DocumentText, Secret, metadata, namespace};
use super::secret_set::SecretSet;

/// Values of one document, aliases counted each time. The Secrets of 511 clusters have less than 10,000.
const MAX_VALUES: usize = 200_000;

/// What is in some files.
pub struct SecretsReading {
    /// The Secrets of each namespace.
    pub sets: Vec<SecretSet>,
    /// What kubectl and the API server reject, or read otherwise than it is written.
    pub findings: Vec<Diagnostic>,
    /// Secrets that cannot be read as they are.
    pub encrypted: Vec<EncryptedSecret>,
    /// How many documents and objects are of other kinds or names.
    pub others: usize,
}

/// A Secret that only its owner can read.
pub struct EncryptedSecret {
    /// Its file.
    pub file: String,
    /// Whether sops has encrypted it; otherwise it is a `SealedSecret`, which only its Kubernetes cluster can open.
    pub by_sops: bool,
}

impl SecretsReading {
    /// Whether no Secret that is mounted is in the files, and nothing that is meant for one.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.findings.is_empty() && self.encrypted.is_empty()
    }
}

/// Whether a file has Secrets that are mounted, or is meant to have some.
pub fn holds_secrets(bytes: &[u8]) -> bool {
    !read_secrets(&[("", bytes)]).is_empty()
}

/// Reads files, each with how the user calls it, in the order in which kubectl applies them.
pub fn read_secrets(files: &[(&str, &[u8])]) -> SecretsReading {
    let mut reader = SecretsReader {
        findings: Collector::of_file(),
        secrets: Vec::new(),
        bundles: Vec::new(),
        complete: Vec::new(),
        encrypted: Vec::new(),
        others: 0,
        texts: Vec::new(),
    };
    for (file, bytes) in files {
        reader.file(file, bytes);
    }
    let sets = reader.sets();
    SecretsReading { sets, findings: reader.findings.finish(), encrypted: reader.encrypted, others: reader.others }
}

/// A tree with keys in it, wiped when it is dropped.
struct SecretTree(YamlNode);

impl Drop for SecretTree {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(node: &mut YamlNode) {
    match &mut node.value {
        Value::Null => {}
        Value::Scalar { text, .. } => text.zeroize(),
        Value::List(items) => items.iter_mut().for_each(wipe),
        Value::Map(entries) => entries.iter_mut().for_each(|entry| wipe(&mut entry.value)),
    }
}

/// A Secret, and what it is called.
struct FoundSecret {
    secret: Secret,
    namespace: Option<String>,
    name: String,
    mounted: &'static str,
}

struct SecretsReader<'a> {
    findings: Collector,
    secrets: Vec<FoundSecret>,
    /// Bundles of CAs, with their namespaces.
    bundles: Vec<(Option<String>, BundleFile)>,
    /// Namespaces of which the `ConfigMaps` are given.
    complete: Vec<Option<String>>,
    encrypted: Vec<EncryptedSecret>,
    others: usize,
    /// Every document.
    texts: Vec<&'a str>,
}

impl<'a> SecretsReader<'a> {
    fn file(&mut self, file: &str, bytes: &'a [u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            if is_about_secrets(&String::from_utf8_lossy(bytes)) {
                self.refuse(
                    FilePlace::whole(file),
                    "the file is not text in UTF-8".to_owned(),
                    "write it again, as YAML in UTF-8",
                );
            }
            return;
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = Lines::new(text);
        let parts = match documents(text) {
            Ok(parts) => parts,
            Err(at) if is_about_secrets(text) => {
                let message = format!("line {} begins with `---`, and is no line between documents", lines.line(at).0);
                return self.refuse(FilePlace::whole(file), message, "indent the text, or put `---` in a line of its own");
            }
            Err(_) => return,
        };
        for part in parts {
            let Some(document) = text.get(part.clone()) else { continue };
            self.texts.push(document);
            self.document(&DocumentText { file, lines: &lines, text: document, start: part.start });
        }
    }

    fn document(&mut self, source: &DocumentText<'_>) {
        if !mentions_secrets(source.text) && !is_mentioned(source.text) {
            self.others += 1;
            return;
        }
        let first = first_document(source.text);
        let broken = yaml_differences::find(first).map(|(at, message)| (at, message.to_owned()));
        let parsed = broken.map_or_else(|| parse(first, MAX_VALUES).map_err(|error| (error.span.start, error.message)), Err);
        let tree = match parsed {
            Ok(node) => SecretTree(node),
            Err(_) if !is_about_secrets(source.text) => {
                self.others += 1;
                return;
            }
            Err((at, message)) => {
                let line = source.lines.line(source.start + at).0;
                let help = if source.text.contains("{{") {
                    "this may be a template: let Helm write it with `helm template`, and verify the result"
                } else {
                    "write it as plain YAML, a key a line"
                };
                return self.refuse(FilePlace::whole(source.file), format!("line {line} is not YAML: {message}"), help);
            }
        };
        for object in Object::all(&tree.0) {
            self.object(&object, source);
        }
    }

    fn object(&mut self, object: &Object<'_>, source: &DocumentText<'_>) {
        let name = metadata(object, "name").unwrap_or_default();
        if is_bundle(object, name) && object.get("sops").is_none() {
            let namespace = namespace(object).map(str::to_owned);
            let shown = namespace.as_ref().map(|namespace| format!("{}/", namespace.escape_debug())).unwrap_or_default();
            let place = format!("{}: {} {shown}{name}", source.file, object.kind);
            self.bundles.push((namespace, BundleFile::read(object, &place)));
            return;
        }
        if object.kind == "ConfigMap" && name == ALWAYS_THERE {
            self.complete.push(namespace(object).map(str::to_owned));
        }
        let is_secret = object.kind == "Secret" && matches!(object.api_version, "v1" | "");
        if object.kind == "SealedSecret" && mounted_name(name).is_some() {
            self.encrypted.push(EncryptedSecret { file: source.file.to_owned(), by_sops: false });
            return;
        }
        let Some(mounted) = mounted_name(name).filter(|_| is_secret) else {
            self.others += 1;
            return;
        };
        if object.get("sops").is_some() {
            self.encrypted.push(EncryptedSecret { file: source.file.to_owned(), by_sops: true });
            return;
        }
        let mut refuse =
            |fault: &str, help| self.refuse(FilePlace::whole(source.file), format!("the Secret `{name}` {fault}"), help);
        if object.api_version.is_empty() {
            refuse("has no `apiVersion`", "write `apiVersion: v1` above `kind: Secret`");
        }
        if object.is_nested {
            refuse("is in a list in a list, which kubectl rejects", "move the items of the inner list into the outer one");
        }
        let secret = Secret::read(object, name, source, &mut self.findings);
        let namespace = namespace(object).map(str::to_owned);
        self.secrets.push(FoundSecret { secret, namespace, name: name.to_owned(), mounted });
    }

    /// The Secrets by namespace. Those without one are applied into the only one that others name.
    fn sets(&mut self) -> Vec<SecretSet> {
        // What has its own name counts before what only begins with it.
        let (exact, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.secrets).into_iter().partition(|found| found.name == found.mounted);
        let mut sets: BTreeMap<Option<String>, SecretSet> = BTreeMap::new();
        for found in exact {
            let replaced = sets.entry(found.namespace).or_default().insert(found.mounted, found.secret);
            if let Some(replaced) = replaced {
                let message = "a Secret of the same name follows: only the last one counts".to_owned();
                let finding = Diagnostic::of_file(Code::SecretIdle, FilePlace::whole(replaced.place), message);
                self.findings.push(finding.help("remove one of the two"));
            }
        }
        let suffixed = if others.is_empty() { BTreeMap::new() } else { suffixed(&self.texts) };
        for found in others {
            if suffixed.get(found.name.as_str()) != Some(&true) {
                let message = format!("no container mounts `{}`: Helm's chart mounts `{}`", found.name, found.mounted);
                let finding = Diagnostic::of_file(Code::SecretIdle, FilePlace::whole(&found.secret.place), message);
                self.findings
                    .push(finding.help("keep the name in kustomization.yaml: `generatorOptions: {disableNameSuffixHash: true}`"));
            }
            let set = sets.entry(found.namespace).or_default();
            if set.get(found.mounted).is_none() {
                set.insert(found.mounted, found.secret);
            }
        }
        if sets.len() == 2
            && let Some(anywhere) = sets.remove(&None)
            && let Some(mut only) = sets.first_entry()
        {
            only.get_mut().fill(anywhere);
        }
        for (namespace, set) in &mut sets {
            set.bundle = self.bundle(namespace.as_deref());
            set.namespace.clone_from(namespace);
        }
        sets.into_values().collect()
    }

    /// What is known of the bundle of a namespace. What has no namespace is applied into any.
    fn bundle(&self, namespace: Option<&str>) -> CaBundle {
        let is_here = |other: &Option<String>| namespace.is_none() || other.is_none() || other.as_deref() == namespace;
        match self.bundles.iter().rev().find(|(other, _)| is_here(other)) {
            Some((_, file)) => CaBundle::Mounted(file.clone()),
            None if self.complete.iter().any(is_here) => CaBundle::Off,
            None => CaBundle::Unknown,
        }
    }

    fn refuse(&mut self, place: FilePlace, message: String, help: &str) {
        self.findings.push(Diagnostic::of_file(Code::SecretRefused, place, message).help(help));
    }
}

/// Whether one of the mounted Secrets may be in the text.
fn mentions_secrets(text: &str) -> bool {
    text.contains("Secret") && NAMES.iter().any(|name| text.contains(name))
}

/// Whether a text that cannot be read is meant for such Secrets.
fn is_about_secrets(text: &str) -> bool {
    const KINDS: [&str; 4] = ["kind: Secret\n", "kind: Secret\r", "\"kind\": \"Secret\"", "\"kind\":\"Secret\""];
    mentions_secrets(text) && KINDS.iter().any(|kind| text.contains(kind))
}

/// The names with a suffix of kustomize's, and whether more than one document has them: kustomize adds the suffix wherever what it
/// builds refers to the Secret, as to a mounted one.
fn suffixed<'a>(texts: &[&'a str]) -> BTreeMap<&'a str, bool> {
    /// A dash, and the suffix.
    const LONGER: usize = 11;
    let mut first: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for (number, text) in texts.iter().enumerate() {
        for name in NAMES {
            let words = text.match_indices(name).filter_map(|(at, _)| text.get(at..at + name.len() + LONGER));
            for word in words.filter(|word| mounted_name(word) == Some(name)) {
                let (one, several) = first.entry(word).or_insert((number, false));
                *several |= *one != number;
            }
        }
    }
    first.into_iter().map(|(word, (_, several))| (word, several)).collect()
}
