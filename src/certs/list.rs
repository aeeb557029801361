//! All certificates, the first to expire first.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use super::entry::{CertEntry, CertKind};

/// The certificates of a mesh, or of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertList {
    /// In order of the end of what may be in use; those that are used nowhere last.
    pub entries: Vec<CertEntry>,
}

impl CertList {
    /// Puts them in order, and finds out for which servers there is another one.
    pub(super) fn new(mut entries: Vec<CertEntry>) -> Self {
        let mut last: HashMap<Arc<str>, i64> = HashMap::new();
        for entry in entries.iter().filter(|entry| entry.kind == CertKind::Server) {
            if let (Some(cluster), Some(end)) = (&entry.cluster, entry.expires()) {
                let last = last.entry(Arc::clone(cluster)).or_insert(end);
                *last = end.max(*last);
            }
        }
        for entry in entries.iter_mut().filter(|entry| entry.kind == CertKind::Server) {
            // Agents need one member of an etcd that they can verify.
            let end = entry.expires();
            entry.stops = entry.cluster.as_ref().and_then(|cluster| last.get(cluster)).is_none_or(|last| end >= Some(*last));
        }
        entries.sort_by(|a, b| {
            let key = |entry: &CertEntry| (entry.expires().is_none(), entry.expires(), Reverse(entry.is_unsure()), entry.kind);
            key(a).cmp(&key(b)).then_with(|| (&a.name, &a.files).cmp(&(&b.name, &b.files)))
        });
        Self { entries }
    }

    /// Those that may be in use, of which one may expire up to `end`, Unix seconds; and those of which that cannot be told.
    pub fn expiring(&self, end: i64) -> impl Iterator<Item = &CertEntry> {
        let expires = move |entry: &&CertEntry| entry.is_unsure() || entry.expires().is_some_and(|expires| expires <= end);
        self.entries.iter().filter(|entry| !entry.is_spare_ca()).filter(expires)
    }
}
