//! `state`: a backup of the state in one file, a state from a backup, a check, and the form of the CA keys in it.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::store::{State, restore};

use super::folders::{recording, state_folder};
use super::rollout::known_state;
use super::state_check::Check;
use super::state_decrypt::Decrypt;
use super::state_encrypt::Encrypt;
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle state backup /backup/mesh-2026-11-29.tar.gz
  meshbundle state restore /backup/mesh-2026-11-29.tar.gz
  meshbundle state check                                    is every file there, and whole?
  meshbundle state encrypt --passphrase                     CA keys at rest; `generate` asks when it has to sign";

const BACKUP_EXAMPLES: &str = "\
Examples:
  meshbundle state backup /backup/mesh-2026-11-29.tar.gz    the state beside `mesh.yaml`
  meshbundle state backup prod.tar.gz --state meshes/state";

const RESTORE_EXAMPLES: &str = "\
It begins a new branch: runs after the backup have used the same numbers for other content.
The next `generate` waits until it is recorded what is installed: `meshbundle explain CM0621`.

Examples:
  meshbundle state restore /backup/mesh-2026-11-29.tar.gz
  meshbundle state restore /mnt/old/state                   a copy of the folder
  meshbundle state restore state                            a copy that is in place already";

/// Check the state, write a backup, restore one, or encrypt the CA keys in it
#[derive(clap::Args)]
#[command(after_help = exit::STATE.below(EXAMPLES))]
pub(super) struct StateVerb {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Backup(Backup),
    Restore(Restore),
    Check(Check),
    Encrypt(Encrypt),
    Decrypt(Decrypt),
}

/// Write all of the state into one new file: it has the keys of CAs, so keep it where keys may be
#[derive(clap::Args)]
#[command(after_help = exit::BACKUP.below(BACKUP_EXAMPLES))]
struct Backup {
    /// The file to write, which must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Folder of the state [default: `state/` beside `mesh.yaml`]
    #[arg(long)]
    state: Option<PathBuf>,
}

/// Make a state from a backup, which may be older than what was shipped
#[derive(clap::Args)]
#[command(after_help = exit::RESTORE.below(RESTORE_EXAMPLES))]
struct Restore {
    /// A file of `state backup`, or a copy of a state's folder
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Folder of the state [default: `state/` beside `mesh.yaml`]
    #[arg(long)]
    state: Option<PathBuf>,
}

impl StateVerb {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Backup(verb) => verb.run(),
            Verb::Restore(verb) => verb.run(),
            Verb::Check(verb) => verb.run(),
            Verb::Encrypt(verb) => verb.run(),
            Verb::Decrypt(verb) => verb.run(),
        }
    }
}

impl Backup {
    fn run(self) -> Result<Exit, Failure> {
        let mesh = Path::new(load::DEFAULT);
        let folder = state_folder(self.state.as_ref(), mesh);
        known_state(&folder, mesh)?;
        if fs_err::symlink_metadata(&self.file).is_ok() {
            let help = "a backup replaces no file: name another one";
            return Err(Failure::Input(format!("`{}` is there already\nhelp: {help}", self.file.display())));
        }
        let state = State::open(&folder, "meshbundle state backup")?;
        let files = state.back_up(&self.file)?;
        let file = self.file.display();
        let form = if state.files().recipients()?.is_some() { ", those of CAs encrypted" } else { "" };
        writeln!(out::stdout(), "wrote {file}: {files} files of `{}`, private keys included{form}", folder.display())
            .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}

impl Restore {
    fn run(self) -> Result<Exit, Failure> {
        let folder = state_folder(self.state.as_ref(), Path::new(load::DEFAULT));
        let now = u64::try_from(clock::now()?.unix_timestamp()).unwrap_or_default();
        fs_err::metadata(&self.file)
            .map_err(|error| Failure::unread(&self.file, &error, "name a file that `meshbundle state backup` wrote"))?;
        let state = restore(&self.file, &folder, "meshbundle state restore", now)?;
        let (mesh, revision) = (&state.mesh, state.revision);
        // A state does not know the file of its mesh: only the usual one is beside the usual state.
        let file = if self.state.is_some() { "MESH" } else { load::DEFAULT };
        let record = recording(Path::new(file), self.state.as_ref());
        writeln!(
            out::stdout(),
            "restored `{}`: mesh {mesh} as of change {revision}, on a new branch\n\
             before you generate, record what later runs wrote, and what is installed:\n  \
             {record} out\n  \
             {record} receipts.txt",
            folder.display()
        )
        .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
