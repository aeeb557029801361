//! One Secret as it is written -> the files that can be mounted of it, and what the API server rejects.
//!
//! kubectl sends it with strict validation, so an unknown field is an error as well. `stringData` beats `data` of the same key
//! (`Convert_v1_Secret_To_core_Secret` in pkg/apis/core/v1/conversion.go of kubernetes/kubernetes); the other rules are those of
//! `ValidateSecret` in pkg/apis/core/validation/validation.go.

use std::collections::BTreeMap;

use crate::diag::{Code, Collector, Diagnostic, FilePlace, Lines, Severity, nearest, shown};
use crate::mesh::BUNDLE_ANNOTATION;
use crate::mesh::tree::{MapEntry, Value, YamlNode};
use crate::verify::tree::Entry;
use crate::wiped::Wiped;

use super::key;
use super::object::{Object, last};
use super::value::{Fault, is_encoded, of_data, of_string_data};

/// Fields of a Secret (`Secret` in staging/src/k8s.io/api/core/v1/types.go).
const FIELDS: [&str; 7] = ["apiVersion", "kind", "metadata", "data", "stringData", "type", "immutable"];
/// Bytes in all values (`MaxSecretSize` in staging/src/k8s.io/api/core/v1/types.go).
const MAX_SIZE: usize = 1024 * 1024;
/// The type that wants two keys.
const TLS: &str = "kubernetes.io/tls";

/// A Secret.
pub(super) struct Secret {
    /// How messages name it.
    pub(super) place: String,
    /// Its values by key. One that the API server rejects is unreadable.
    pub(super) data: BTreeMap<String, Entry>,
    /// Whether it is as meshbundle wrote it, and does not come from a cluster.
    pub(super) is_written: bool,
}

/// The document that a Secret is in.
pub(super) struct DocumentText<'a> {
    pub(super) file: &'a str,
    /// Of the file.
    pub(super) lines: &'a Lines<'a>,
    /// Of the document.
    pub(super) text: &'a str,
    /// Where the document begins in the file.
    pub(super) start: usize,
}

impl DocumentText<'_> {
    /// The line of a key. Its value is not shown: it may be a private key.
    fn line(&self, entry: &MapEntry) -> FilePlace {
        let (number, _) = self.lines.line(self.start + entry.key_span.start);
        let line = key::is_allowed(&entry.key).then(|| (number, format!("{}: …", shown(&entry.key))));
        FilePlace { line, ..FilePlace::whole(self.file) }
    }

    /// Whether a key has quotes around it.
    fn is_quoted(&self, entry: &MapEntry) -> bool {
        self.text.get(entry.key_span.clone()).is_some_and(|key| key.starts_with(['"', '\'']))
    }
}

impl Secret {
    /// Reads the Secret `name`.
    pub(super) fn read(object: &Object<'_>, name: &str, source: &DocumentText<'_>, findings: &mut Collector) -> Self {
        let namespace = namespace(object).map(|namespace| format!("{namespace}/")).unwrap_or_default();
        let place = format!("{}: Secret {}{name}", source.file, namespace.escape_debug());
        let mut reader = SecretReader { name, source, findings };
        reader.fields(object);
        let mut data = reader.values(object, "data", of_data);
        data.append(&mut reader.values(object, "stringData", of_string_data));
        reader.whole(object, &data);
        let has_annotation = object.get("metadata").is_some_and(|metadata| match &metadata.value {
            Value::Map(entries) => last(entries, "annotations").is_some_and(has_key),
            _ => false,
        });
        let is_written = has_annotation && metadata(object, "resourceVersion").is_none();
        Self { place, data, is_written }
    }
}

/// Whether annotations have that of meshbundle.
fn has_key(annotations: &YamlNode) -> bool {
    matches!(&annotations.value, Value::Map(entries) if last(entries, BUNDLE_ANNOTATION).is_some())
}

/// The namespace that an object names.
pub(super) fn namespace<'a>(object: &Object<'a>) -> Option<&'a str> {
    metadata(object, "namespace").filter(|namespace| !namespace.is_empty())
}

/// A text of an object's metadata.
pub(super) fn metadata<'a>(object: &Object<'a>, key: &str) -> Option<&'a str> {
    let Value::Map(entries) = &object.get("metadata")?.value else { return None };
    last(entries, key)?.as_text()
}

struct SecretReader<'a> {
    name: &'a str,
    source: &'a DocumentText<'a>,
    findings: &'a mut Collector,
}

impl SecretReader<'_> {
    fn fields(&mut self, object: &Object<'_>) {
        for entry in object.entries.iter().filter(|entry| !FIELDS.contains(&entry.key.as_str())) {
            let message = format!("a Secret has no field `{}`", entry.key.escape_debug());
            let help = match nearest(&entry.key, FIELDS) {
                Some(near) => format!("write `{near}:` if that was meant, or remove the field"),
                None => "remove the field".to_owned(),
            };
            self.refuse(entry, message, help);
        }
        for field in FIELDS {
            let mut entries = object.entries.iter().filter(|entry| entry.key == field);
            if let Some(second) = entries.nth(1) {
                self.duplicate(second);
            }
        }
    }

    /// The values of a field that maps keys to them.
    fn values(
        &mut self,
        object: &Object<'_>,
        field: &str,
        decode: fn(&YamlNode) -> Result<Wiped, Fault>,
    ) -> BTreeMap<String, Entry> {
        let Some(entry) = object.entries.iter().rev().find(|entry| entry.key == field) else { return BTreeMap::new() };
        let entries = match &entry.value.value {
            Value::Null => return BTreeMap::new(),
            Value::Map(entries) => entries,
            _ => {
                let message = format!("`{field}` of the Secret `{}` is {}, not a mapping", self.name, entry.value.describe());
                self.refuse(entry, message, "write each key with its value in a line of its own".to_owned());
                return BTreeMap::new();
            }
        };
        let mut last: BTreeMap<String, &MapEntry> = BTreeMap::new();
        for entry in entries {
            let Some(key) = self.key(entry) else { continue };
            if last.insert(key, entry).is_some() {
                self.duplicate(entry);
            }
        }
        let value = |(key, entry): (String, &MapEntry)| {
            let value = match decode(&entry.value) {
                Ok(bytes) => self.file(entry, bytes),
                Err((fault, help)) => {
                    let message = format!("`{key}` of the Secret `{}` {fault}", self.name);
                    self.refuse(entry, message, help.to_owned());
                    Entry::Unreadable(format!("it {fault}"))
                }
            };
            (key, value)
        };
        last.into_iter().map(value).collect()
    }

    /// The key that JSON has in the place of an entry's.
    fn key(&mut self, entry: &MapEntry) -> Option<String> {
        let (written, quoted) = (entry.key.as_str(), self.source.is_quoted(entry));
        if written == "<<" && !quoted {
            let message = "`<<` brings in keys of another mapping, which meshbundle does not read here";
            let finding = Diagnostic::of_file(Code::SecretKeyMisread, self.source.line(entry), message);
            let help = "let kubectl write the keys out: `kubectl create --dry-run=client -o yaml -f FILE | meshbundle verify -`";
            self.findings.push(finding.severity(Severity::Warning).cause("what they hold is not judged").help(help));
            return None;
        }
        let Some(key) = key::as_json(written, quoted) else {
            let message = format!("the key `{written}` is a number that is too large for a key");
            self.refuse(entry, message, "put the key in quotes".to_owned());
            return None;
        };
        if key != written {
            let message =
                format!("YAML reads the key `{written}` without quotes as `{key}`: the Secret gets a file of that name");
            let finding = Diagnostic::of_file(Code::SecretKeyMisread, self.source.line(entry), message);
            self.findings.push(finding.help(format!("put the key in quotes: `\"{written}\":`")));
        }
        if quoted && matches!(written, "true" | "false") {
            let message = format!("the key is `{written}`, which is what YAML makes of some names without quotes");
            let finding = Diagnostic::of_file(Code::SecretKeyMisread, self.source.line(entry), message);
            let was = if written == "true" { "`y`, `yes` or `on`" } else { "`n`, `no` or `off`" };
            let help = format!("if the cluster is called {was}, make the Secret by hand, with that key in quotes");
            self.findings.push(finding.severity(Severity::Warning).help(help));
        }
        if !key::is_allowed(&key) {
            let message = format!("`{}` cannot be a key of a Secret", key.escape_debug());
            let help = "use up to 253 letters without accents, digits, `-`, `_` and `.`, and not `..` at the beginning";
            self.refuse(entry, message, help.to_owned());
            return None;
        }
        Some(key.into_owned())
    }

    /// A value as a file.
    fn file(&mut self, entry: &MapEntry, bytes: Wiped) -> Entry {
        if is_encoded(&bytes) {
            let message = format!(
                "`{}` of the Secret `{}` is base64 of base64: agents get text that they cannot read",
                entry.key, self.name
            );
            let finding = Diagnostic::of_file(Code::SecretEncodedTwice, self.source.line(entry), message);
            self.findings
                .push(finding.help("encode the file once: under `stringData` not at all, under `data` with `base64 -w 0 FILE`"));
        }
        Entry::File { mode: None, bytes: bytes.into() }
    }

    /// What only shows when all values are read.
    fn whole(&mut self, object: &Object<'_>, data: &BTreeMap<String, Entry>) {
        let size: usize = data.values().filter_map(Entry::bytes).map(<[u8]>::len).sum();
        let at = |key: &str| object.entries.iter().rev().find(|entry| entry.key == key);
        if size > MAX_SIZE
            && let Some(entry) = at("data").or_else(|| at("stringData"))
        {
            let message = format!("the values of the Secret `{}` have {size} bytes, and {MAX_SIZE} are allowed", self.name);
            let help = "use keys on P-256, which are a third as large, or one client certificate for all clusters";
            self.refuse(entry, message, help.to_owned());
        }
        let Some(entry) = at("type").filter(|entry| entry.value.as_text() == Some(TLS)) else { return };
        for key in ["tls.crt", "tls.key"].into_iter().filter(|key| !data.contains_key(*key)) {
            let message = format!("the Secret `{}` has no `{key}`, which `type: {TLS}` asks for", self.name);
            self.refuse(entry, message, format!("add `{key}`, or write `type: Opaque`"));
        }
    }

    fn duplicate(&mut self, entry: &MapEntry) {
        let message = format!("`{}` is a duplicate key: only the last one counts", entry.key.escape_debug());
        let finding = Diagnostic::of_file(Code::DuplicateKey, self.source.line(entry), message);
        self.findings.push(finding.severity(Severity::Warning).help("remove one of the two"));
    }

    fn refuse(&mut self, entry: &MapEntry, message: String, help: String) {
        self.findings.push(Diagnostic::of_file(Code::SecretRefused, self.source.line(entry), message).help(help));
    }
}
