//! CAs that are trusted already and are to sign next, in the reports of `plan` and `rollout status`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{BundleId, NextSigner, Role};

/// A CA that is to sign next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NextSigner")]
pub(super) struct NextSignerView<'a> {
    /// The cluster whose etcd it is for.
    cluster: &'a str,
    /// What it is to sign.
    role: Role,
    /// The CA.
    name: &'a str,
    /// The bundles whose targets may not trust it yet.
    waiting: &'a [BundleId],
    /// How many bundles have to trust it.
    bundles: usize,
}

impl<'a> NextSignerView<'a> {
    pub(super) fn all(next: &'a [NextSigner]) -> Vec<Self> {
        let view = |NextSigner { cluster, role, name, waiting, bundles }: &'a NextSigner| Self {
            cluster,
            role: *role,
            name,
            waiting,
            bundles: *bundles,
        };
        next.iter().map(view).collect()
    }
}

/// Changes that are named one by one.
const NAMED: usize = 12;

/// Prints who is to sign next, and what it waits for.
pub(super) fn print(out: &mut dyn Write, next: &[NextSignerView<'_>]) -> io::Result<()> {
    if next.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nsigns once `rollout record` knows that everyone trusts it, at the next `generate`")?;
    for NextSignerView { cluster, role, name, waiting, bundles } in next.iter().take(NAMED) {
        let state = match waiting.len() {
            0 => "everyone trusts it".to_owned(),
            open => format!("{open} of {bundles} bundles are not known to have it"),
        };
        writeln!(out, "    {cluster}: CA `{name}` for the {role}: {state}")?;
    }
    if next.len() > NAMED {
        writeln!(out, "    and {} more; `--format json` names all", next.len() - NAMED)?;
    }
    Ok(())
}
