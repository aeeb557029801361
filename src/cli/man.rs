//! `man`: the program's help as pages for `man`, one for each verb. `man_page.rs` has their content.

use std::io::Write;
use std::path::PathBuf;

use crate::store::replace_if_different;

use super::man_page::pages;
use super::{Exit, Failure, exit, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle man /usr/local/share/man/man1     then: man meshbundle-generate
  meshbundle man pages && man -l pages/meshbundle.1";

/// Write the pages for `man`: meshbundle.1, and one for each command
#[derive(clap::Args)]
#[command(after_help = exit::MAN.below(EXAMPLES))]
pub(super) struct ManVerb {
    /// Folder to write them to; made if need be
    dir: PathBuf,
}

impl ManVerb {
    /// Writes the pages of `program`.
    pub(super) fn run(self, program: clap::Command) -> Result<Exit, Failure> {
        fs_err::create_dir_all(&self.dir).map_err(Failure::File)?;
        let pages = pages(program).map_err(Failure::File)?;
        for page in &pages {
            replace_if_different(&self.dir.join(&page.name), 0o644, &page.roff).map_err(Failure::File)?;
        }
        writeln!(out::stdout(), "wrote {} pages to {}", pages.len(), self.dir.display()).map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
