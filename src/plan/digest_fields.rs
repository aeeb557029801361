//! A hash over fields, for digests of what decides a content.

use aws_lc_rs::digest::{Context, SHA256};

/// A hash over fields: each is closed, so that no two lists of fields look alike.
pub(super) struct Fields(Context);

impl Default for Fields {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Fields {
    pub(super) fn add(&mut self, field: &str) {
        self.0.update(&(field.len() as u64).to_be_bytes());
        self.0.update(field.as_bytes());
    }

    /// Adds a list whose order means nothing.
    pub(super) fn add_sorted(&mut self, kind: &str, mut list: Vec<String>) {
        list.sort_unstable();
        self.add(kind);
        list.iter().for_each(|field| self.add(field));
    }

    pub(super) fn finish(self) -> String {
        hex::encode(self.0.finish())
    }
}
