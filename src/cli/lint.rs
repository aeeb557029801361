//! `lint`: every finding at once.

use std::path::PathBuf;

use super::reporting::Reporting;
use super::{Exit, Failure, clock, exit, load};

const EXAMPLES: &str = "\
Examples:
  meshbundle lint                           mesh.yaml in this folder
  meshbundle lint meshes/prod.yaml --deny-warnings --quiet      for pipelines
  envsubst <mesh.in.yaml | meshbundle lint -
  meshbundle lint --format json | jq '.findings[].code'";

/// Check a mesh: every finding at once, each with code, place, cause and fix
#[derive(clap::Args)]
#[command(after_help = exit::LINT.below(EXAMPLES))]
pub(super) struct Lint {
    /// The mesh; `-` reads it from standard input
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    mesh: PathBuf,
    #[command(flatten)]
    reporting: Reporting,
}

impl Lint {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = clock::now()?;
        let stdin = self.mesh.as_os_str() == "-";
        let loaded = if stdin { load::load_stdin(now)? } else { load::load(&self.mesh, now)? };
        loaded.report(&self.reporting)?;
        Ok(self.reporting.exit(&loaded.findings))
    }
}
