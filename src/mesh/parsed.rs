//! A mesh that was read: as much of it as is valid, findings about the rest, and the place of each value.

use std::ops::Range;

use crate::diag::{Code, Diagnostic, FieldPath, Locate};

use super::definition::Mesh;
use super::{check, read, shape, tree};

/// A file that was read: the valid part of the mesh, the findings about the rest, and the places of values.
pub struct Parsed {
    /// The mesh; nothing if too little of it is valid for any rule.
    pub mesh: Option<Mesh>,
    /// Every finding about form and single values.
    pub findings: Vec<Diagnostic>,
    /// The places of values.
    pub places: SourceMap,
}

/// The place of each value in the file.
#[derive(Default)]
pub struct SourceMap(check::Spans);

impl Locate for SourceMap {
    fn locate(&self, path: &FieldPath) -> Option<Range<usize>> {
        let mut path = Some(path.clone()).filter(|path| !path.as_str().is_empty())?;
        loop {
            if let Some(span) = self.0.get(&path).or_else(|| self.inherited(&path)) {
                return Some(span.clone());
            }
            path = path.parent().filter(|parent| !parent.as_str().is_empty())?;
        }
    }
}

fn syntax(text: &str, error: tree::SyntaxError) -> Diagnostic {
    let found = |message: String| Diagnostic::new(Code::Syntax, FieldPath::root(), message);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        // The parser reports the value before it.
        if let Some(tab) = line.get(..indent).and_then(|indent| indent.find('\t')).filter(|_| !line.trim().is_empty()) {
            let at = start + tab;
            return found("not YAML: a tab where only spaces may indent".to_owned()).at(at..at + 1).help("indent with spaces");
        }
        start += line.len();
    }
    found(format!("not YAML: {}", error.message)).at(error.span)
}

impl SourceMap {
    /// A value that a cluster does not set is under `defaults`, or in the mesh's `cilium`: it affects every cluster, and has one
    /// place.
    fn inherited(&self, path: &FieldPath) -> Option<&Range<usize>> {
        let (cluster, field) = path.as_str().strip_prefix("clusters[")?.split_once("].")?;
        // `cilium` and `etcd` are merged field by field, everything else as a whole.
        let depth = if field.starts_with("cilium.") || field.starts_with("etcd.") { 2 } else { 1 };
        let whole: Vec<&str> = field.split('.').take(depth).map(|part| part.split('[').next().unwrap_or(part)).collect();
        if self.0.contains_key(&FieldPath::written(&format!("clusters[{cluster}].{}", whole.join(".")))) {
            return None;
        }
        let of_mesh = field.starts_with("cilium.").then(|| FieldPath::written(field));
        self.0.get(&FieldPath::root().field("defaults").field(field)).or_else(|| self.0.get(&of_mesh?))
    }
}

/// The maximum number of values of a mesh, keys among them, with aliases counted each time. A node with an address has five, so 511
/// clusters with 300 such nodes each have fewer.
const MAX_VALUES: usize = 800_000;

/// Reads a mesh. Never fails: what cannot be read is a finding.
pub fn parse(text: &str) -> Parsed {
    let file = match tree::parse(text, MAX_VALUES) {
        Ok(file) => file,
        Err(error) => {
            return Parsed { mesh: None, findings: vec![syntax(text, error)], places: SourceMap::default() };
        }
    };
    let mut check = check::Check::new();
    check.file(&file, &shape::MESH);
    let mut reader = read::MeshReader::new();
    let mesh = read::mesh(&mut reader, &file);
    let mut findings = check.findings.finish();
    findings.extend(reader.findings.finish());
    Parsed { mesh, findings, places: SourceMap(check.places) }
}
