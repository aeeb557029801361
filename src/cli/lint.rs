//! `lint`: every finding at once.

use std::path::PathBuf;

use super::{Exit, Failure, Format, clock, load};

/// Check a mesh: every finding at once, each with code, place, cause and fix
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  meshbundle lint mesh.yaml
  meshbundle lint mesh.yaml --deny-warnings      for pipelines
  meshbundle lint mesh.yaml --format json | jq '.findings[].code'

Exit status: 0 no errors, 1 errors (or warnings, with --deny-warnings), 2 mesh unreadable.")]
pub(super) struct Lint {
    /// The mesh
    mesh: PathBuf,
    /// Let warnings count as errors
    #[arg(long)]
    deny_warnings: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Lint {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = load::load(&self.mesh, clock::now()?)?;
        loaded.report(self.format)?;
        let denied = self.deny_warnings && loaded.findings.iter().any(|finding| finding.accepted.is_none());
        Ok(if loaded.has_errors() || denied { Exit::Findings } else { Exit::Clean })
    }
}
