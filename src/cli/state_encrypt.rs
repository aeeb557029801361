//! `state encrypt`: the keys of the state's CAs become age files.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::diag::shell_word;
use crate::input;
use crate::seal::{Passphrase, ProtectedIdentity, RecipientFault, Recipients, is_sealed};
use crate::store::{KeyForm, State, StateFiles, StoreError};
use crate::wiped::Wiped;

use super::folders::state_folder;
use super::rollout::known_state;
use super::unlocking::{Unlocking, this_command};
use super::{Exit, Failure, exit, load, out, passphrase};

const EXAMPLES: &str = "\
What signs nothing works as before. `generate` asks for the passphrase, or wants the identity, when it has to sign.
The keys of certificates stay in clear: every run needs them, and each is in the bundle of its machine.
Without a recipient, the keys are encrypted to those of last time.

Examples:
  meshbundle state encrypt --passphrase                    asks for one, twice
  meshbundle state encrypt --recipient age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
  meshbundle state encrypt --recipients-file ~/.ssh/id_ed25519.pub --recipients-file team.txt
  meshbundle state encrypt --passphrase --passphrase-fd 3 3< passphrase.txt
  meshbundle state encrypt --recipients-file new.txt --identity old.txt      to others than before";

/// Encrypt the keys of CAs: what signs nothing works without the passphrase or the identity
#[derive(clap::Args)]
#[command(after_help = exit::ENCRYPT.below(EXAMPLES))]
pub(super) struct Encrypt {
    /// Encrypt to this age recipient, or to this SSH public key (ssh-ed25519, ssh-rsa); may be repeated
    #[arg(long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
    /// Encrypt to each line of this file, as `age -R` does
    #[arg(long, value_name = "FILE")]
    recipients_file: Vec<PathBuf>,
    /// Encrypt to a passphrase; of a state that has one already, a new one
    #[arg(long)]
    passphrase: bool,
    /// Read the new passphrase from this file descriptor
    #[arg(long, value_name = "N", requires = "passphrase")]
    new_passphrase_fd: Option<u32>,
    #[command(flatten)]
    unlocking: Unlocking,
    /// Folder of the state [default: `state/` beside `mesh.yaml`]
    #[arg(long)]
    state: Option<PathBuf>,
}

impl Encrypt {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let mesh = Path::new(load::DEFAULT);
        let folder = state_folder(self.state.as_ref(), mesh);
        let named = self.named()?;
        known_state(&folder, mesh)?;
        // A change that was killed is completed first. Nobody is asked while the state is locked.
        drop(State::open(&folder, "meshbundle state encrypt")?);
        let files = StateFiles::at(&folder);
        let there = read_keys(&files)?;
        let is_new = self.passphrase || named.is_some();
        let recorded = match files.recipients() {
            // A damaged record is replaced by the recipients that are named.
            Err(StoreError::Damaged { .. }) if is_new => None,
            recorded => recorded?,
        };
        let named = if is_new { named } else { files.recipients()? };
        if named.is_none() && !self.passphrase {
            let command = this_command();
            return Err(Failure::Usage(format!(
                "encrypt to whom?\nhelp: `{command} --passphrase`, or name a recipient with `--recipient` or `--recipients-file`"
            )));
        }
        let is_same = |named: &Recipients| recorded.as_ref().is_some_and(|recorded| recorded.is_same(named));
        let stays = !self.passphrase && named.as_ref().is_some_and(is_same);
        let sealed: Vec<&[u8]> = there.values().map(|key| key.as_slice()).filter(|key| !stays && is_sealed(key)).collect();
        let mut keys = open_keys(&self.unlocking, &folder, &there, &sealed, "CA keys are encrypted to others")?;
        keys.retain(|file, _| !stays || there.get(file).is_some_and(|key| !is_sealed(key)));
        let identity = if self.passphrase {
            let made = ProtectedIdentity::make(&self.new_passphrase(!sealed.is_empty())?);
            Some(made.map_err(|error| Failure::Store(error.into()))?)
        } else {
            None
        };
        let recipients = together(named.as_ref(), identity.as_ref())?;
        let count = keys.len();
        if count > 0 || !stays {
            let state = State::open(&folder, "meshbundle state encrypt")?;
            if read_keys(&files)? != there {
                return Err(Failure::Input("another run has changed the CA keys: run it again".to_owned()));
            }
            state.change_key_form(&KeyForm::Sealed { recipients: &recipients, identity: identity.as_ref() }, &keys)?;
        }
        let whom = match (recipients.count(), self.passphrase) {
            (1, true) => "a passphrase".to_owned(),
            (1, false) => "1 recipient".to_owned(),
            (count, _) => format!("{count} recipients"),
        };
        let keys = match (count, there.len()) {
            (0, all) => format!("the keys of all {all} CAs in `{}` are encrypted already", folder.display()),
            (1, _) => format!("encrypted the key of 1 CA in `{}`", folder.display()),
            (count, _) => format!("encrypted the keys of {count} CAs in `{}`", folder.display()),
        };
        writeln!(
            out::stdout(),
            "{keys}, to {whom}\n\
             in clear as before: the keys of certificates, and older backups\n\
             without what opens {them}, nothing can be signed any more: try it now with `meshbundle state check --open`{}",
            self.state.as_ref().map(|state| format!(" --state {}", shell_word(&state.display().to_string()))).unwrap_or_default(),
            them = if there.len() == 1 { "it" } else { "them" },
        )
        .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }

    /// The recipients of the command line. All that is wrong with them is said at once.
    fn named(&self) -> Result<Option<Recipients>, Failure> {
        let mut texts: Vec<(String, Zeroizing<String>)> = Vec::new();
        for path in &self.recipients_file {
            let help = "name a file with a recipient in each line";
            let bytes = input::read(path, load::MAX_CERTIFICATES).map_err(|error| Failure::unread(path, &error, help))?;
            texts.push((path.display().to_string(), Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())));
        }
        let of_options = self.recipient.iter().map(|line| ("--recipient".to_owned(), line.as_str()));
        let of_files = texts.iter().flat_map(|(file, text)| {
            (1..).zip(text.lines()).map(move |(number, line): (usize, _)| (format!("{file}:{number}"), line))
        });
        Recipients::read(of_options.chain(of_files)).map_err(|faults| refused(&faults))
    }

    fn new_passphrase(&self, is_change: bool) -> Result<Passphrase, Failure> {
        let number = self.new_passphrase_fd.or(self.unlocking.passphrase_fd.filter(|_| !is_change));
        if let Some(number) = number {
            return passphrase::on_descriptor(number);
        }
        if let (false, Some(found)) = (is_change, passphrase::in_environment()?) {
            return Ok(found);
        }
        passphrase::asked_anew("new passphrase of the CA keys")?.ok_or_else(|| {
            let command = this_command();
            Failure::Input(format!(
                "there is no terminal to ask for a new passphrase\nhelp: run it on a terminal, or: `{command} --new-passphrase-fd 0 < FILE`"
            ))
        })
    }
}

/// The keys of CAs in the state, in the form that they have, by file.
pub(super) fn read_keys(files: &StateFiles) -> Result<BTreeMap<String, Wiped>, Failure> {
    let read = |file: String| files.authority_key(&file).map(|key| (file, key)).map_err(Failure::File);
    files.authority_keys().into_iter().map(read).collect()
}

/// All of `there` in clear; `sealed` are the encrypted ones to open. Others are left out.
pub(super) fn open_keys(
    unlocking: &Unlocking,
    state: &Path,
    there: &BTreeMap<String, Wiped>,
    sealed: &[&[u8]],
    why: &str,
) -> Result<BTreeMap<String, Wiped>, Failure> {
    let secret = if sealed.is_empty() { None } else { Some(unlocking.secret(state, sealed.iter().copied(), why)?) };
    let mut keys = BTreeMap::new();
    for (file, key) in there {
        match &secret {
            Some(secret) if is_sealed(key) => {
                let path = StateFiles::at(state).authority_key_path(file);
                let key = secret
                    .open(key)
                    .map_err(|error| Failure::Input(format!("`{}` cannot be opened: {error}", path.display())))?;
                keys.insert(file.clone(), key);
            }
            None if is_sealed(key) => {}
            _ => drop(keys.insert(file.clone(), key.clone())),
        }
    }
    Ok(keys)
}

/// Recipients that were named, and that of a passphrase.
fn together(named: Option<&Recipients>, identity: Option<&ProtectedIdentity>) -> Result<Recipients, Failure> {
    let text = named.map(Recipients::text).unwrap_or_default();
    let lines = text.lines().chain(identity.map(|identity| identity.recipient.as_str()));
    let recipients = Recipients::read(lines.map(|line| (String::new(), line))).map_err(|faults| refused(&faults))?;
    recipients.ok_or_else(|| Failure::Usage("encrypt to whom?".to_owned()))
}

fn refused(faults: &[RecipientFault]) -> Failure {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Failure::Usage(format!("nothing was encrypted: {}", faults.join("\n       ")))
}
