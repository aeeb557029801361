//! `state decrypt`: the keys of the state's CAs are in clear again.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::seal::is_sealed;
use crate::store::{KeyForm, State, StateFiles};

use super::folders::state_folder;
use super::rollout::known_state;
use super::state_encrypt::{open_keys, read_keys};
use super::unlocking::Unlocking;
use super::{Exit, Failure, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle state decrypt                       asks for the passphrase
  meshbundle state decrypt --identity key.txt";

/// Decrypt the keys of CAs, and those of CAs that are made from now on
#[derive(clap::Args)]
#[command(after_help = exit::DECRYPT.below(EXAMPLES))]
pub(super) struct Decrypt {
    #[command(flatten)]
    unlocking: Unlocking,
    /// Folder of the state [default: `state/` beside `mesh.yaml`]
    #[arg(long)]
    state: Option<PathBuf>,
}

impl Decrypt {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mesh = Path::new(load::DEFAULT);
        let folder = state_folder(self.state.as_ref(), mesh);
        known_state(&folder, mesh)?;
        drop(State::open(&folder, "meshbundle state decrypt")?);
        let files = StateFiles::at(&folder);
        let there = read_keys(&files)?;
        let sealed: Vec<&[u8]> = there.values().map(|key| key.as_slice()).filter(|key| is_sealed(key)).collect();
        let mut keys = open_keys(&self.unlocking, &folder, &there, &sealed, "the CA keys are encrypted")?;
        keys.retain(|file, _| there.get(file).is_some_and(|key| is_sealed(key)));
        if !keys.is_empty() || files.recipients()?.is_some() {
            let state = State::open(&folder, "meshbundle state decrypt")?;
            if read_keys(&files)? != there {
                return Err(Failure::Input("another run has changed the CA keys: run it again".to_owned()));
            }
            state.change_key_form(&KeyForm::Clear, &keys)?;
        }
        let folder = folder.display();
        match keys.len() {
            0 => writeln!(out::stdout(), "the CA keys in `{folder}` are in clear already"),
            1 => writeln!(out::stdout(), "decrypted the key of 1 CA in `{folder}`"),
            count => writeln!(out::stdout(), "decrypted the keys of {count} CAs in `{folder}`"),
        }
        .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
