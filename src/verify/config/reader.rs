//! Reads the entries of a config, one after the other, and then what only shows when all are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Code, Collector, Diagnostic, FilePart, FilePlace, Severity, nearest};
use crate::mesh::tree::{MapEntry, Value};
use crate::mesh::{CiliumVersion, Feature};
use crate::pem::mask;
use crate::verify::peer_config::{ConfigEndpoint, PeerConfig};

use super::document::Document;
use super::keys::{ConfigKey, Fate, KEYS, ValueKind, known, same};

/// Bytes of one config. That of an etcd with nine members, and an alias for each, has 2 KiB.
const MAX_BYTES: usize = 64 * 1024;

/// Whether agents take a file with these bytes for the config of a remote cluster (`isEtcdConfigFile` in
/// pkg/clustermesh/common/config.go).
pub fn is_config(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"endpoints:").is_some()
}

/// Whether the text is meant for a config although agents would not see it: a mapping with a key `endpoints`, however written.
pub(in crate::verify) fn is_meant(file: &str, bytes: &[u8]) -> bool {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_BYTES) else { return false };
    let is_endpoints = |entry: &MapEntry| same("endpoints", entry.key.trim());
    Document::read(file, text, text).is_ok_and(|document| document.entries().iter().any(is_endpoints))
}

/// What a config says, and what is to be said of it.
pub(in crate::verify) struct ConfigReading {
    /// What it says, as far as it could be read.
    pub(in crate::verify) config: Arc<PeerConfig>,
    /// Whether agents refuse the whole file.
    pub(in crate::verify) refused: bool,
    pub(in crate::verify) findings: Vec<Diagnostic>,
}

/// Reads the config in `file`.
pub(in crate::verify) fn read(file: &str, bytes: &[u8], version: CiliumVersion) -> ConfigReading {
    let broken = |finding| ConfigReading { config: Arc::default(), refused: true, findings: vec![finding] };
    if bytes.len() > MAX_BYTES {
        let message = format!("the config has more than {} KiB", MAX_BYTES >> 10);
        let finding = Diagnostic::of_file(Code::TooMuch, FilePlace::whole(file), message);
        return broken(finding.help("write it again, with only the etcd's members"));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let finding = Diagnostic::of_file(Code::ConfigBroken, FilePlace::whole(file), "the config is not text in UTF-8");
        return broken(finding.help("write it again, as YAML in UTF-8"));
    };
    let shown = mask(text);
    let document = match Document::read(file, text, &shown) {
        Ok(document) => document,
        Err(finding) => return broken(*finding),
    };
    let mut reader =
        ConfigReader { document, version, config: PeerConfig::default(), findings: Collector::of_file(), fatal: false };
    reader.entries();
    reader.together();
    let ConfigReader { config, findings, fatal, .. } = reader;
    ConfigReading { config: Arc::new(config), refused: fatal, findings: findings.finish() }
}

pub(super) struct ConfigReader<'a> {
    pub(super) document: Document<'a>,
    pub(super) version: CiliumVersion,
    pub(super) config: PeerConfig,
    pub(super) findings: Collector,
    /// Whether something makes the agent refuse the whole file.
    pub(super) fatal: bool,
}

impl ConfigReader<'_> {
    fn entries(&mut self) {
        let entries = self.document.entries().to_vec();
        // Of two with one name the last counts, of two that differ in capitals the one that JSON's order puts last.
        let places = entries.iter().enumerate().filter_map(|(position, entry)| Some((known(&entry.key)?.name, position)));
        let last: BTreeMap<&str, usize> = places.collect();
        for (position, entry) in entries.iter().enumerate() {
            self.finite(entry);
            let Some(key) = known(&entry.key) else {
                self.unknown(entry);
                continue;
            };
            if last.get(key.name) != Some(&position) {
                let message = format!("`{}` is a duplicate key: only the last one counts", key.name);
                self.report(Code::DuplicateKey, entry, message, "remove one of the two");
                continue;
            }
            self.value(key, entry);
        }
    }

    fn unknown(&mut self, entry: &MapEntry) {
        self.findings.push_with(Code::KeyIgnored, || {
            let known = KEYS.iter().map(|key| key.name);
            let help = match nearest(&entry.key.replace('_', "-"), known) {
                Some(near) => format!("write `{near}:` if that was meant, or remove the line"),
                None => "remove the line: it has no effect".to_owned(),
            };
            let message = format!("no agent reads the key `{}`", entry.key.escape_debug());
            let finding = Diagnostic::of_file(Code::KeyIgnored, self.document.at(&entry.key_span), message);
            finding.help(help)
        });
    }

    fn value(&mut self, key: &ConfigKey, entry: &MapEntry) {
        if matches!(entry.value.value, Value::Null) {
            return;
        }
        match key.kind {
            ValueKind::List => self.endpoints(entry),
            ValueKind::Aliases => self.aliases(entry),
            ValueKind::Text | ValueKind::Path => self.text(key, entry),
            ValueKind::Flag => self.flag(key, entry),
            ValueKind::Count | ValueKind::Number => self.number(key, entry),
            ValueKind::Duration => self.duration(key, entry),
        }
    }

    /// What only shows when all keys are read.
    fn together(&mut self) {
        if self.fatal {
            return;
        }
        if self.config.endpoints.is_empty() {
            let entry = self.document.entry("endpoints").cloned();
            let place = entry.map_or_else(|| self.document.whole(), |entry| self.document.at(&entry.key_span));
            let finding = Diagnostic::of_file(Code::NoEndpoints, place, "the config lists no endpoint");
            let help = "list the etcd's members: `- https://HOST:2379`";
            self.findings.push(finding.help(help));
        }
        self.anchors();
        self.client();
    }

    /// What the agent trusts.
    fn anchors(&mut self) {
        let only_trusted = self.version.has(Feature::CaFileIgnored);
        if let Some(old) = self.document.entry("ca-file").cloned() {
            let (message, cause) = match (&self.config.trusted_ca_file, only_trusted) {
                (Some(_), _) => ("`ca-file` says nothing beside `trusted-ca-file`".to_owned(), "the newer name counts"),
                (None, true) => (
                    format!(
                        "agents of Cilium {} ignore `ca-file` and trust the system's roots instead: no handshake succeeds",
                        self.version
                    ),
                    Code::CaFileIgnored.entry().why,
                ),
                (None, false) => (
                    format!("agents from Cilium {} on ignore `ca-file`", Feature::CaFileIgnored.since()),
                    Code::CaFileIgnored.entry().why,
                ),
            };
            let help = match self.config.trusted_ca_file {
                Some(_) => "remove the line",
                None => "call it `trusted-ca-file`: every version reads that",
            };
            let place = self.document.at(&old.key_span);
            let finding = Diagnostic::of_file(Code::CaFileIgnored, place, message).cause(cause).help(help);
            let fatal = only_trusted && self.config.trusted_ca_file.is_none();
            self.findings.push(if fatal { finding } else { finding.severity(Severity::Warning) });
            if !only_trusted && self.config.trusted_ca_file.is_none() {
                self.config.trusted_ca_file.clone_from(&self.config.ca_file);
            }
            return;
        }
        if self.config.trusted_ca_file.is_none() && self.uses_tls() && !self.config.insecure_skip_tls_verify {
            let message = "the config names no `trusted-ca-file`, so agents trust the system's roots";
            let finding = Diagnostic::of_file(Code::NoAnchors, self.document.whole(), message);
            let help = "name the CA that signs the etcd's server certificates: `trusted-ca-file: /…/ca.crt`";
            self.findings.push(finding.help(help));
        }
    }

    /// What the agent shows.
    fn client(&mut self) {
        let missing = match (&self.config.cert_file, &self.config.key_file) {
            (Some(_), Some(_)) => return,
            (Some(_), None) => "`cert-file` counts only with `key-file`, and that is missing: agents present no certificate",
            (None, Some(_)) => "`key-file` counts only with `cert-file`, and that is missing: agents present no certificate",
            (None, None) => "the config names no client certificate",
        };
        if !self.uses_tls() {
            return;
        }
        let half = self.config.cert_file.is_some() || self.config.key_file.is_some();
        let finding = Diagnostic::of_file(Code::NoClientCertificate, self.document.whole(), missing);
        let finding = finding.help("name both: `cert-file` and `key-file`");
        // An etcd that asks for no certificate lets the agent in; one that knows it by password, too.
        self.findings.push(if half { finding } else { finding.severity(Severity::Warning) });
    }

    fn uses_tls(&self) -> bool {
        let plain = |endpoint: &ConfigEndpoint| endpoint.scheme().eq_ignore_ascii_case("http://");
        let all_plain = !self.config.endpoints.is_empty() && self.config.endpoints.iter().all(plain);
        !self.config.insecure_transport && !all_plain
    }

    pub(super) fn report(&mut self, code: Code, entry: &MapEntry, message: String, help: &str) {
        let finding = Diagnostic::of_file(code, self.document.at(&entry.key_span), message).help(help);
        self.findings.push(match known(&entry.key) {
            Some(key) => finding.about(FilePart::ConfigKey(key.name)),
            None => finding,
        });
    }

    /// Something that makes the agent refuse the whole file.
    pub(super) fn refuse(&mut self, span: &std::ops::Range<usize>, message: String, help: &str) {
        self.fatal = true;
        let finding = Diagnostic::of_file(Code::ConfigBroken, self.document.at(span), message);
        self.findings.push(finding.cause("Go's reader rejects the whole file, and agents retry forever").help(help));
    }
}

/// What becomes of a well-formed value, for the messages of `values`.
pub(super) fn fate_of(key: &ConfigKey) -> Option<(Code, &'static str)> {
    match key.fate {
        Fate::Counts => None,
        Fate::Replaced => {
            Some((Code::KeyIgnored, "remove it: agents take `etcd.keepaliveHeartbeat` and the like from `kvstore-opt`"))
        }
        Fate::AutoSync => Some((Code::AutoSync, "remove it: the list has the addresses that reach the etcd from here")),
    }
}
