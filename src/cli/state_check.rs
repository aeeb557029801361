//! `state check`: whether a state is whole.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::audit::{Asked, Audit, audit};
use crate::diag::{Nowhere, Report, shell_word};
use crate::report::{FindingsReport, StateCheckReport, print_json, print_state_check};
use crate::seal::is_sealed;
use crate::store::StateFiles;

use super::folders::state_folder;
use super::reporting::{Format, Reporting};
use super::rollout::known_state;
use super::state_encrypt::read_keys;
use super::terminal::colour_on;
use super::unlocking::Unlocking;
use super::{Exit, Failure, exit, load, out};

const EXAMPLES: &str = "\
It reads every file of the state, writes nothing, and takes no lock.

Examples:
  meshbundle state check                        every file against the inventory
  meshbundle state check --open                 also encrypted CA keys: asks for the passphrase
  meshbundle state check --identity key.txt     the same with an identity
  meshbundle state check --format json | jq '.findings[].message'";

/// Check that a state is whole: files, digests, keys, modes and records
#[derive(clap::Args)]
#[command(after_help = exit::CHECK.below(EXAMPLES))]
pub(super) struct Check {
    /// Open encrypted CA keys, too; implied by an identity or a passphrase
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    unlocking: Unlocking,
    /// Folder of the state [default: `state/` beside `mesh.yaml`]
    #[arg(long)]
    state: Option<PathBuf>,
    #[command(flatten)]
    reporting: Reporting,
}

impl Check {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mesh = Path::new(load::DEFAULT);
        let folder = state_folder(self.state.as_ref(), mesh);
        let inventory = known_state(&folder, mesh)?;
        let command = |words: &str| {
            let state = self.state.as_ref().map(|state| format!(" --state {}", shell_word(&state.display().to_string())));
            format!("meshbundle {words}{}", state.unwrap_or_default())
        };
        let is_wanted = self.open || self.unlocking.is_given();
        let keys = if is_wanted { read_keys(&StateFiles::at(&folder))? } else { BTreeMap::new() };
        let sealed: Vec<&[u8]> = keys.values().map(|key| key.as_slice()).filter(|key| is_sealed(key)).collect();
        let secret = if sealed.is_empty() {
            None
        } else {
            Some(self.unlocking.secret(&folder, sealed.iter().copied(), "the CA keys are encrypted")?)
        };
        let (generate, encrypt) = (command("generate"), command("state encrypt"));
        let asked = Asked { state: &folder, secret: secret.as_ref(), generate: &generate, encrypt: &encrypt };
        let Audit { findings, counts } = audit(&asked, &inventory)?;
        let file = folder.display().to_string();
        let view = Report { file: &file, source: "", places: &Nowhere, findings: &findings, unchecked: &[] };
        let report = StateCheckReport::of(FindingsReport::of(&view), &inventory, counts);
        match self.reporting.format {
            Format::Json => print_json(&mut out::stdout(), &report),
            Format::Text => {
                let look = (self.reporting.quiet, colour_on(&io::stdout()));
                print_state_check(&mut out::stdout(), &report, &view, &command("state check --open"), look)
            }
        }
        .map_err(Failure::Stdout)?;
        Ok(self.reporting.exit(&findings))
    }
}
