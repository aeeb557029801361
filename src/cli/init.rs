//! `init`: a commented mesh to start from.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::store::write_new_file;

use super::{Exit, Failure};

/// Write a commented mesh.yaml to start from: the mesh of the manual guide
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  meshbundle init                 mesh.yaml in this folder
  meshbundle init meshes/prod     a new folder for it

Exit status: 0 written, 2 there is one already, or it could not be written.")]
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
                return Err(Failure::Usage(format!("refusing to overwrite `{}`", path.display())));
            }
            other => other.map_err(Failure::File)?,
        }
        let mut err = io::stderr();
        let _ = writeln!(
            err,
            "wrote {0}\nnext: edit it, then\n  meshbundle lint {0}\n  meshbundle plan {0} --out out",
            path.display()
        );
        Ok(Exit::Clean)
    }
}
