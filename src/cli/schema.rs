//! `schema`: the JSON Schema of the mesh.

use std::io::{self, Write};

use crate::spec::schema;

use super::{Exit, Failure};

/// Print the JSON Schema of mesh.yaml, for editors
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  meshbundle schema > mesh.schema.json
  # first line of mesh.yaml, for editors with the YAML language server:
  # yaml-language-server: $schema=mesh.schema.json

Exit status: 0.")]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let Self {} = self;
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &schema()).map_err(|error| Failure::Stdout(error.into()))?;
        writeln!(out).map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
