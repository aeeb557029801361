//! `init`: a commented mesh to start from.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::store::write_new_file;

use super::{Exit, Failure, exit, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle init                 mesh.yaml in this folder
  meshbundle init meshes/prod     a new folder for it";

/// Write a commented mesh.yaml to start from: the mesh of the manual guide
#[derive(clap::Args)]
#[command(after_help = exit::INIT.below(EXAMPLES))]
pub(super) struct Init {
    /// Folder to write it to; made if need be
    #[arg(default_value = ".")]
    dir: PathBuf,
}

const SAMPLE: &str = include_str!("../../samples/guide-two-clusters.yaml");

impl Init {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        fs_err::create_dir_all(&self.dir).map_err(Failure::File)?;
        let path = self.dir.join("mesh.yaml");
        match write_new_file(&path, 0o644, SAMPLE.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let help = "name another folder: `meshbundle init DIR`";
                return Err(Failure::Input(format!("`{}` is there already\nhelp: {help}", path.display())));
            }
            other => other.map_err(Failure::File)?,
        }
        let shown = path.display();
        writeln!(out::stdout(), "wrote {shown}\nnext: edit it, then\n  meshbundle lint {shown}\n  meshbundle plan {shown}")
            .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
