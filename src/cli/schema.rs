//! `schema`: the JSON Schema of what meshbundle reads, and of what it reports to programs.

use std::io::Write;

use clap::ValueEnum;

use crate::mesh::schema as mesh_schema;
use crate::report::schema as report_schema;

use super::{Exit, Failure, exit, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle schema > mesh.schema.json
  # first line of mesh.yaml, for editors with the YAML language server:
  # yaml-language-server: $schema=mesh.schema.json
  meshbundle schema report > report.schema.json     of all reports
  # the report of one command is a definition in it, here of `plan`:
  # { \"$ref\": \"report.schema.json#/$defs/plan\" }";

/// Print the JSON Schema of mesh.yaml, for editors, or that of all reports, for programs
#[derive(clap::Args)]
#[command(after_help = exit::SCHEMA.below(EXAMPLES))]
pub(super) struct Schema {
    /// What the schema is of
    #[arg(value_enum, default_value_t)]
    of: Of,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Of {
    /// mesh.yaml.
    #[default]
    Mesh,
    /// The reports of commands with --format json: a definition for each.
    Report,
}

impl Schema {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let schema = match self.of {
            Of::Mesh => mesh_schema(),
            Of::Report => report_schema(),
        };
        let mut out = out::stdout();
        serde_json::to_writer_pretty(&mut out, &schema).map_err(|error| Failure::Stdout(error.into()))?;
        writeln!(out).map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
