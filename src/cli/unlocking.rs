//! What opens encrypted CA keys, for each command that may sign: options, environment, and a question on the terminal. Nothing is read or asked
//! before a key has to be opened.

use std::path::{Path, PathBuf};

use crate::diag::shell_argument;
use crate::generate::{LockedKey, SigningKeys};
use crate::input;
use crate::plan::{Inventory, Plan};
use crate::seal::{IdentityFile, OpenError, Passphrase, Secret, wants_passphrase};
use crate::store::StateFiles;
use crate::wiped::Wiped;

use super::{Failure, passphrase};

/// Names a file with an identity where no option does.
const IDENTITY_VARIABLE: &str = "MESHBUNDLE_IDENTITY";
/// Larger than any file of identities, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// CAs that are named before the rest is only counted.
const NAMED: usize = 3;

#[derive(clap::Args)]
pub(super) struct Unlocking {
    /// Identity that opens encrypted CA keys: a file of `age-keygen`, or an SSH private key [env: `MESHBUNDLE_IDENTITY`]
    #[arg(long, value_name = "FILE")]
    identity: Vec<PathBuf>,
    /// Read such an identity from this file descriptor
    #[arg(long, value_name = "N")]
    identity_fd: Option<u32>,
    /// Read the passphrase of CA keys, or of the identity, from this file descriptor; without it and `MESHBUNDLE_PASSPHRASE`, a
    /// terminal is asked
    #[arg(long, value_name = "N")]
    pub(super) passphrase_fd: Option<u32>,
}

/// An identity as it was given.
struct Given {
    name: String,
    bytes: Wiped,
}

impl Unlocking {
    /// Opens the keys that have to sign in `plan` and are not open yet. Without such a key, it does nothing.
    pub(super) fn open(&self, keys: &mut SigningKeys, plan: &Plan, inventory: &Inventory, state: &Path) -> Result<(), Failure> {
        let files = StateFiles::at(state);
        let locked = keys.locked(plan, inventory, &files);
        if locked.is_empty() {
            return Ok(());
        }
        let secret = self.secret(state, locked.iter().map(|key| key.sealed.as_slice()), &describe(&locked))?;
        Ok(keys.open(locked, &secret, &files)?)
    }

    /// Whether an option or the environment names what opens keys.
    pub(super) fn is_given(&self) -> bool {
        let is_set = |name: &str| std::env::var_os(name).is_some();
        let named = !self.identity.is_empty() || self.identity_fd.is_some() || self.passphrase_fd.is_some();
        named || is_set(IDENTITY_VARIABLE) || is_set(crate::generate::PASSPHRASE_VARIABLE)
    }

    /// What opens the age files `sealed` of the state: an identity that is given, or else a passphrase. `why` says what it is wanted for.
    pub(super) fn secret<'a>(
        &self,
        state: &Path,
        mut sealed: impl Iterator<Item = &'a [u8]> + Clone,
        why: &str,
    ) -> Result<Secret, Failure> {
        let mut secret = Secret::default();
        let protected = StateFiles::at(state).protected_identities();
        // An option goes before the environment: a passphrase that is given is meant for keys that have one.
        let has_passphrase = self.passphrase_fd.is_some() && (!protected.is_empty() || sealed.clone().any(wants_passphrase));
        let given = self.identities(!has_passphrase)?;
        if !given.is_empty() {
            for Given { name, bytes } in given {
                let file = IdentityFile::read(&bytes)
                    .map_err(|fault| Failure::Input(format!("`{name}` has no identity that can be used: {fault}")))?;
                let phrase =
                    if file.wants_passphrase() { Some(self.passphrase(&format!("passphrase of `{name}`"), why)?) } else { None };
                let unopened = |error| Failure::Input(format!("`{name}` cannot be opened: {error}"));
                secret.add(file, phrase.as_ref()).map_err(unopened)?;
            }
        } else if !protected.is_empty() {
            let phrase = self.passphrase(&format!("passphrase of the CA keys in `{}`", state.display()), why)?;
            // Each passphrase opens its own: those of others stay closed.
            let (mut opened, mut wrong) = (false, None);
            for path in protected {
                let unopened =
                    |reason: String| Failure::Input(format!("the CA keys cannot be opened: {reason} (`{}`)", path.display()));
                let bytes = input::read(&path, LARGEST).map_err(|error| unopened(error.to_string()))?;
                let file = IdentityFile::read(&bytes).map_err(|fault| unopened(fault.to_string()))?;
                match secret.add(file, Some(&phrase)) {
                    Ok(()) => opened = true,
                    Err(error @ OpenError::WrongPassphrase) => wrong = Some(unopened(error.to_string())),
                    Err(error) => return Err(unopened(error.to_string())),
                }
            }
            if let Some(wrong) = wrong.filter(|_| !opened) {
                return Err(wrong);
            }
        } else if sealed.any(wants_passphrase) {
            secret.add_passphrase(self.passphrase(&format!("passphrase of the CA keys in `{}`", state.display()), why)?);
        } else {
            let command = this_command();
            return Err(Failure::Input(format!(
                "{why}, and no identity is named\nhelp: name one that they are encrypted to: `{command} --identity FILE`"
            )));
        }
        Ok(secret)
    }

    /// The identities that options name, or else the environment, `or_environment`.
    fn identities(&self, or_environment: bool) -> Result<Vec<Given>, Failure> {
        let help = "name a file that `age-keygen` wrote, or an SSH private key; `--identity-fd N` reads a pipe";
        let read = |path: &Path| match input::read(path, LARGEST) {
            Ok(bytes) => Ok(Given { name: path.display().to_string(), bytes }),
            Err(error) => Err(Failure::unread(path, &error, help)),
        };
        let mut given = self.identity.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        if let Some(number) = self.identity_fd {
            let name = format!("file descriptor {number}");
            let bytes = input::read_descriptor(number, LARGEST)
                .map_err(|error| Failure::Input(format!("{name} cannot be read: {error}\nhelp: open it: `{number}< FILE`")))?;
            given.push(Given { name, bytes });
        }
        if or_environment
            && given.is_empty()
            && let Some(path) = std::env::var_os(IDENTITY_VARIABLE)
        {
            given.push(read(Path::new(&path))?);
        }
        Ok(given)
    }

    /// A passphrase, from where it is to be had.
    fn passphrase(&self, what: &str, why: &str) -> Result<Passphrase, Failure> {
        if let Some(number) = self.passphrase_fd {
            return passphrase::on_descriptor(number);
        }
        let found = match passphrase::in_environment()? {
            Some(found) => Some(found),
            None => passphrase::asked(what)?,
        };
        found.ok_or_else(|| {
            let command = this_command();
            Failure::Input(format!(
                "{why}, and there is no terminal to ask for the passphrase\nhelp: run it on a terminal, or: `{command} --passphrase-fd 0 < FILE`"
            ))
        })
    }
}

/// What has to be opened, and for what.
fn describe(locked: &[LockedKey]) -> String {
    let names: Vec<String> = locked.iter().take(NAMED).map(|key| format!("`{}`", key.authority)).collect();
    let more = locked.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let certificates: usize = locked.iter().map(|key| key.certificates).sum();
    let certificates = match certificates {
        0 => "a revocation list".to_owned(),
        1 => "1 certificate".to_owned(),
        many => format!("{many} certificates"),
    };
    let (cas, are) = if locked.len() == 1 { ("key of CA", "is") } else { ("keys of CAs", "are") };
    format!("the {cas} {}{more} {are} encrypted, and {certificates} must be signed", names.join(", "))
}

/// The command line of this run, for helps that are pasted into a shell.
pub(super) fn this_command() -> String {
    let words = std::env::args_os().skip(1).map(|word| shell_argument(&word.to_string_lossy()));
    std::iter::once("meshbundle".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
