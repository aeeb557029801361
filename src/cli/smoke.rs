//! `smoke`: writes what shows whether two clusters work together.

use std::io::Write;
use std::path::PathBuf;

use crate::generate::GuardError;
use crate::mesh::ImageReference;
use crate::report::{SmokeReport, print_json, print_smoke};
use crate::smoke::{Kit, KitError, kit};
use crate::store::{KitFolder, UnpackedFile};

use super::reporting::{Format, Reporting};
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle smoke mesh.yaml oslo tokyo --out smoke          then read smoke/README.md
  meshbundle smoke mesh.yaml oslo tokyo --out smoke --image registry.example.net/busybox:1.37";

/// What pods run where no other image is named.
const IMAGE: &str = "docker.io/library/busybox:1.37";

/// Write workloads, a policy and a global service that show whether two clusters work together, with the commands and the answers to expect
#[derive(clap::Args)]
#[command(after_help = exit::SMOKE.below(EXAMPLES))]
pub(super) struct Smoke {
    /// The mesh
    #[arg(value_name = "MESH")]
    mesh: PathBuf,
    /// A cluster
    #[arg(value_name = "CLUSTER")]
    first: String,
    /// One that it is linked to
    #[arg(value_name = "CLUSTER")]
    second: String,
    /// Folder to write to; made if need be. Files of others beside a kit stay; a folder that has only those is refused
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The image of the pods: any that has busybox in its PATH
    #[arg(long, value_name = "IMAGE", default_value = IMAGE, value_parser = image)]
    image: ImageReference,
    #[command(flatten)]
    reporting: Reporting,
}

fn image(text: &str) -> Result<ImageReference, String> {
    ImageReference::new(text)
}

impl Smoke {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = load::load(&self.mesh, clock::now()?)?;
        let Some(checked) = &loaded.checked else { return loaded.refuse(&self.reporting) };
        if self.reporting.is_failed_by(&loaded.findings) {
            return loaded.refuse(&self.reporting);
        }
        let Kit { sides, files } = kit(checked, [&self.first, &self.second], &self.image).map_err(|error| refused(&error))?;
        let (mesh, clusters) = (checked.mesh().name.as_str(), [sides[0].name.as_str(), sides[1].name.as_str()]);
        let folder = KitFolder::at(&self.out);
        self.guard(&folder, mesh, clusters)?;
        let files: Vec<UnpackedFile<'_>> =
            files.iter().map(|file| UnpackedFile { path: &file.path, mode: file.mode, content: file.text.as_bytes() }).collect();
        let done = folder.write(mesh, clusters, &files)?;
        loaded.print_before(&self.reporting)?;
        let mut out = out::stdout();
        let report = SmokeReport::of(loaded.json(), mesh, &sides, &self.out, (done.written, done.unchanged));
        match self.reporting.format {
            Format::Json => print_json(&mut out, &report),
            Format::Text if self.reporting.quiet => Ok(()),
            Format::Text => print_smoke(&mut out, &report),
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }

    /// Refuses a folder of somebody else, and one with the kit of other clusters: their workloads may still run.
    fn guard(&self, folder: &KitFolder, mesh: &str, clusters: [&str; 2]) -> Result<(), Failure> {
        match folder.index()? {
            None => {
                folder.first_foreign().map_or(Ok(()), |file| Err(GuardError::Foreign { path: self.out.clone(), file }.into()))
            }
            Some(index) if index.mesh == mesh && index.smoke == clusters => Ok(()),
            Some(index) => Err(Failure::Input(format!(
                "refusing to write to `{}`: it has the kit of `{}` and `{}` of the mesh `{}`\nhelp: name another folder: `--out DIR`",
                self.out.display(),
                index.smoke[0],
                index.smoke[1],
                index.mesh
            ))),
        }
    }
}

/// What the words of the command line ask for in vain has to be changed there.
fn refused(error: &KitError) -> Failure {
    match error {
        KitError::NoCluster(_) | KitError::Same(_) | KitError::NotLinked(..) => Failure::Usage(error.to_string()),
        KitError::Template(_) | KitError::Json(_) => Failure::Input(error.to_string()),
    }
}
