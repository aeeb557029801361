//! `completions`: what a shell needs to complete the command line.

use std::io::Write;

use clap_complete::Shell;

use super::{Exit, Failure, exit, out};

const EXAMPLES: &str = "\
Examples:
  source <(meshbundle completions bash)                    for this shell only
  meshbundle completions bash >~/.local/share/bash-completion/completions/meshbundle
  meshbundle completions zsh >~/.zfunc/_meshbundle         where `~/.zfunc` is in `fpath`
  meshbundle completions fish >~/.config/fish/completions/meshbundle.fish";

/// Print the script with which a shell completes commands, options and their values
#[derive(clap::Args)]
#[command(after_help = exit::COMPLETIONS.below(EXAMPLES))]
pub(super) struct Completions {
    /// The shell that reads the script
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the completions of `program`.
    pub(super) fn run(self, mut program: clap::Command) -> Result<Exit, Failure> {
        // The generators panic where they cannot write; memory takes everything.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "meshbundle", &mut script);
        out::stdout().write_all(&script).map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
