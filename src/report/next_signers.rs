//! CAs that are trusted already and are to sign next, in the reports of `plan` and `rollout status`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{BundleId, NextSigner, Role};

use super::rest;

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
    /// The step that it waits for, if the etcd gets no files from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
}

impl<'a> NextSignerView<'a> {
    pub(super) fn all(next: &'a [NextSigner]) -> Vec<Self> {
        let view = |NextSigner { cluster, role, name, waiting, bundles, step }: &'a NextSigner| Self {
            cluster,
            role: *role,
            name,
            waiting,
            bundles: *bundles,
            step: step.as_ref().map(ToString::to_string),
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
    writeln!(
        out,
        "\ntrusted, and does not sign yet: it does at the next `generate` after `rollout record` knows of all bundles"
    )?;
    for NextSignerView { cluster, role, name, waiting, bundles, step } in next.iter().take(NAMED) {
        let state = match (step, waiting.len(), *bundles) {
            (Some(step), ..) => format!("`{step}` is not recorded"),
            (None, _, 0) => "no bundle needs it; external readers are not waited for".to_owned(),
            (None, 0, _) => "all bundles have it: the next `generate` signs with it".to_owned(),
            (None, open, bundles) => format!("{open} of {bundles} bundles are not known to have it"),
        };
        writeln!(out, "    {cluster}: CA `{name}` for the {role}: {state}")?;
    }
    rest::print(out, "    ", next.len(), NAMED)
}
