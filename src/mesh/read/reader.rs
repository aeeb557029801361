//! Reads single values and small lists of the mesh, and collects findings about those that do not fit.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::diag::{Code, Collector, Diagnostic, FieldPath};

use super::super::check::item_names;
use super::super::definition::{Cidr, Dialled};
use super::super::endpoint::{Endpoint, Host};
use super::super::name::{BadName, ClusterName, Label};
use super::super::scalar;
use super::super::tree::{Value, YamlNode};

/// Reads values and collects findings.
pub(in crate::mesh) struct MeshReader {
    pub(in crate::mesh) findings: Collector,
    /// Nodes of the mesh so far.
    pub(super) nodes: usize,
    /// Names of clusters, and the replacement for an invalid name, so that the other errors of that cluster are reported as well.
    pub(super) names: HashSet<String>,
    pub(super) stand_ins: HashMap<String, ClusterName>,
}

/// The field `key` of `node`, if it is present and not empty.
pub(super) fn field<'a>(node: &'a YamlNode, key: &str) -> Option<&'a YamlNode> {
    node.get(key).map(|entry| &entry.value).filter(|value| !matches!(value.value, Value::Null))
}

pub(super) fn text<'a>(node: &'a YamlNode, key: &str) -> Option<&'a str> {
    field(node, key).and_then(YamlNode::as_text)
}

pub(super) fn flag(node: &YamlNode, key: &str) -> Option<bool> {
    text(node, key).and_then(scalar::flag)
}

/// The items of the list `key`, each with its path.
pub(super) fn items<'a>(node: &'a YamlNode, key: &str, path: &FieldPath) -> Vec<(&'a YamlNode, FieldPath)> {
    match field(node, key).map(|list| &list.value) {
        Some(Value::List(items)) => {
            items.iter().zip(item_names(items)).map(|(item, name)| (item, path.field(key).item(name))).collect()
        }
        _ => Vec::new(),
    }
}

/// The texts of the list `key`, each with its path.
pub(super) fn texts<'a>(node: &'a YamlNode, key: &str, path: &FieldPath) -> Vec<(&'a str, FieldPath)> {
    items(node, key, path).into_iter().filter_map(|(item, path)| item.as_text().map(|text| (text, path))).collect()
}

/// The entries of the table `key`, each with its path.
pub(super) fn table<'a>(node: &'a YamlNode, key: &str, path: &FieldPath) -> Vec<(&'a str, &'a YamlNode, FieldPath)> {
    match field(node, key).map(|table| &table.value) {
        Some(Value::Map(entries)) => {
            entries.iter().map(|entry| (entry.key.as_str(), &entry.value, path.field(key).field(&entry.key))).collect()
        }
        _ => Vec::new(),
    }
}

impl MeshReader {
    pub(in crate::mesh) fn new() -> Self {
        Self { findings: Collector::of_mesh(), nodes: 0, names: HashSet::new(), stand_ins: HashMap::new() }
    }

    pub(super) fn add(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// Reports what is wrong with a name.
    pub(super) fn bad_name(&mut self, code: Code, path: &FieldPath, what: &str, text: &str, bad: &BadName) {
        let message = format!("`{}` is not {what}: {}", text.escape_debug(), bad.reason);
        let mut finding = Diagnostic::new(code, path.clone(), message);
        if let Some(suggestion) = &bad.suggestion {
            finding = finding.help(format!("use `{suggestion}`"));
        }
        self.add(finding);
    }

    /// Reads the name of a CA.
    pub(super) fn authority_name(&mut self, text: &str, path: &FieldPath) -> Option<Label> {
        match Label::new(text) {
            Ok(name) => Some(name),
            Err(bad) => {
                self.bad_name(Code::UnsafePath, path, "a name of a CA", text, &bad);
                None
            }
        }
    }

    /// Reads a path of a file that the mesh names.
    pub(super) fn file(&mut self, text: &str, path: &FieldPath) -> Option<String> {
        if text.is_empty() || text.contains('\0') {
            let finding =
                Diagnostic::new(Code::UnsafePath, path.clone(), "not the path of a file: it is empty, or has a NUL character");
            self.add(finding.help("paths are relative to the file of the mesh"));
            return None;
        }
        Some(text.to_owned())
    }

    pub(super) fn cidr(&mut self, text: &str, path: &FieldPath) -> Option<IpNet> {
        if let Ok(net) = text.parse() {
            return Some(net);
        }
        let mut finding = Diagnostic::new(Code::BadCidr, path.clone(), format!("`{}` is not a CIDR", text.escape_debug()));
        if let Ok(address) = text.parse::<IpAddr>() {
            finding = finding.help(format!("a single address is `{address}/{}`", if address.is_ipv4() { 32 } else { 128 }));
        }
        self.add(finding);
        None
    }

    pub(super) fn cidrs(&mut self, node: &YamlNode, key: &str, path: &FieldPath) -> Vec<Cidr> {
        let written = texts(node, key, path).into_iter();
        written.filter_map(|(text, path)| self.cidr(text, &path).map(|net| Cidr { net, path })).collect()
    }

    pub(super) fn address(&mut self, text: &str, path: &FieldPath) -> Option<IpAddr> {
        let address = text.parse().ok();
        if address.is_none() {
            let message = format!("`{}` is not an IP address", text.escape_debug());
            self.add(Diagnostic::new(Code::BadAddress, path.clone(), message));
        }
        address
    }

    pub(super) fn host(&mut self, text: &str, path: &FieldPath) -> Option<Host> {
        match Host::new(text) {
            Ok(host) => Some(host),
            Err(reason) => {
                self.add(Diagnostic::new(Code::BadHost, path.clone(), reason));
                None
            }
        }
    }

    /// Reads a list of endpoints; http next to https has another code.
    pub(super) fn endpoints(&mut self, list: &[(&str, FieldPath)]) -> Vec<Dialled> {
        let mut endpoints = Vec::new();
        let some_https = list.iter().any(|(text, _)| text.starts_with("https://"));
        for (text, path) in list {
            match Endpoint::new(text) {
                Ok(endpoint) => endpoints.push(Dialled { endpoint, path: path.clone() }),
                Err(bad) => {
                    let mixed = bad.plain_http && some_https;
                    let code = if mixed { Code::MixedSchemes } else { Code::BadEndpoint };
                    let message = format!("`{}` is not a full endpoint: {}", text.escape_debug(), bad.reason);
                    let help = bad.suggestion.map_or("write `https://host:port`".to_owned(), |cure| format!("write `{cure}`"));
                    self.add(Diagnostic::new(code, path.clone(), message).help(help));
                }
            }
        }
        endpoints
    }
}
