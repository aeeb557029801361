//! Where a passphrase comes from: a file descriptor, the environment, or a terminal that does not show it. Never the command line.

use zeroize::Zeroizing;

use crate::diag::shown;
use crate::generate::PASSPHRASE_VARIABLE;
use crate::input;
use crate::seal::Passphrase;

use super::Failure;

/// Longer than any passphrase, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The passphrase on the descriptor `number`: its first line.
pub(super) fn on_descriptor(number: u32) -> Result<Passphrase, Failure> {
    let at = format!("file descriptor {number}");
    let bytes = input::read_descriptor(number, LONGEST).map_err(|error| {
        Failure::Input(format!("{at} cannot be read: {error}\nhelp: open it for this command: `{number}< FILE`"))
    })?;
    std::str::from_utf8(&bytes).ok().and_then(Passphrase::new).ok_or_else(|| none(&at))
}

/// The passphrase in the environment, if there is one.
pub(super) fn in_environment() -> Result<Option<Passphrase>, Failure> {
    let Some(value) = std::env::var_os(PASSPHRASE_VARIABLE) else { return Ok(None) };
    let text = value.into_string().map(Zeroizing::new).ok();
    let passphrase = text.as_ref().and_then(|text| Passphrase::new(text));
    passphrase.map(Some).ok_or_else(|| none(&format!("`{PASSPHRASE_VARIABLE}`")))
}

/// Asks on the terminal for `what`. Nothing, if there is no terminal.
pub(super) fn asked(what: &str) -> Result<Option<Passphrase>, Failure> {
    match rpassword::prompt_password(format!("{}: ", shown(what))).map(Zeroizing::new) {
        Ok(text) => Passphrase::new(&text).map(Some).ok_or_else(|| Failure::Input("no passphrase was typed".to_owned())),
        Err(_) => Ok(None),
    }
}

/// Asks for a new one, twice.
pub(super) fn asked_anew(what: &str) -> Result<Option<Passphrase>, Failure> {
    let Some(first) = asked(what)? else { return Ok(None) };
    let again = asked(&format!("{what}, once more"))?;
    if again.is_some_and(|again| again.is_same(&first)) {
        Ok(Some(first))
    } else {
        Err(Failure::Input("the two passphrases differ".to_owned()))
    }
}

fn none(at: &str) -> Failure {
    Failure::Input(format!("{at} has no passphrase: its first line must be one, in UTF-8"))
}
