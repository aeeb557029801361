//! What etcds keep for bundles that may still be installed, in the reports of `plan` and `rollout status`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{BundleId, Kept, KeptKind};

use super::rest;

/// Something that is kept.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Kept")]
pub(super) struct KeptView<'a> {
    /// The cluster whose etcd keeps it.
    cluster: &'a str,
    /// What it is.
    kind: KeptKind,
    /// The host, the user or the CA.
    name: &'a str,
    /// Whose bundles need it: CLUSTER, or CLUSTER/NODE. None of a CA: those of the members whose certificates it signed, or of everyone
    /// who reads the etcd.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    /// Those of them that may be too old to do without.
    waiting: &'a [BundleId],
    /// How many bundles they are in all.
    bundles: usize,
    /// The newest generation that needs it, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    past: Option<u64>,
    /// The step that it waits for, if the etcd gets no certificates from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
}

impl<'a> KeptView<'a> {
    /// Whether nothing needs it any more.
    pub(super) const fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.step.is_none()
    }

    pub(super) fn all(kept: &'a [Kept]) -> Vec<Self> {
        let view = |Kept { cluster, kind, name, by, waiting, bundles, past, step }: &'a Kept| Self {
            cluster,
            kind: *kind,
            name,
            by: by.as_deref(),
            waiting,
            bundles: *bundles,
            past: *past,
            step: step.as_ref().map(ToString::to_string),
        };
        kept.iter().map(view).collect()
    }
}

/// Things that are named one by one.
const NAMED: usize = 12;

/// Prints what is kept, and what lets it go.
pub(super) fn print(out: &mut dyn Write, kept: &[KeptView<'_>]) -> io::Result<()> {
    if kept.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nkept until `rollout record` knows that what is installed is newer")?;
    for KeptView { cluster, kind, name, by, waiting, bundles, past, step } in kept.iter().take(NAMED) {
        let what = match kind {
            KeptKind::Host => format!("`{name}` stays in the SANs of the members"),
            KeptKind::User => format!("user `{name}` keeps its rights"),
            KeptKind::ServerAuthority => format!("CA `{name}`, which signed servers, stays trusted"),
            KeptKind::ClientAuthority => format!("CA `{name}`, which signed clients, stays trusted"),
            KeptKind::Kvstoremesh => format!("{name} stays on"),
        };
        let of = match (kind, by) {
            (_, Some(by)) => format!("of `{by}`"),
            (KeptKind::ServerAuthority, None) => "of its members".to_owned(),
            (_, None) => "that read it".to_owned(),
        };
        if let Some(step) = step {
            writeln!(out, "    {cluster}: {what} until `{step}` is recorded")?;
            continue;
        }
        if waiting.is_empty() {
            writeln!(out, "    {cluster}: {what}, and nothing needs it: the next `generate` drops it")?;
            continue;
        }
        let bundles = are(waiting.len(), *bundles, &of);
        let past = past.map_or_else(|| "installed anew".to_owned(), |past| format!("past generation {past}"));
        writeln!(out, "    {cluster}: {what} until {bundles} {past}")?;
    }
    rest::print(out, "    ", kept.len(), NAMED)
}

/// How many bundles have to change of `all` that are `of` someone, and the verb.
fn are(open: usize, all: usize, of: &str) -> String {
    match (open, all) {
        (_, 1) => format!("the bundle {of} is"),
        (open, all) if open == all => format!("the {all} bundles {of} are"),
        (open, all) => format!("{open} more of the {all} bundles {of} are"),
    }
}
