//! The records of a state: receipts, and to whom CA keys are encrypted.

use crate::diag::{Code, Diagnostic, FilePlace, shell_word};
use crate::ledger::EvidenceSet;
use crate::seal::is_sealed;
use crate::store::{StateFiles, StoreError, evidence_text};

use std::path::Path;

/// Lines that are no evidence; and how many there are that are.
pub(super) fn receipts(state: &Path) -> Result<(usize, Vec<Diagnostic>), StoreError> {
    let (path, text) = evidence_text(state)?;
    let file = path.display().to_string();
    let (mut good, mut faults) = (0, Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        if EvidenceSet::read(line).is_ok() {
            good += 1;
            continue;
        }
        let place = FilePlace { line: Some((number, String::new())), ..FilePlace::whole(file.as_str()) };
        faults.push(
            Diagnostic::of_file(Code::StateRecordDamaged, place, "this line is no evidence")
                .help(format!("remove it, and record that receipt again: `sed -i {number}d {}`", shell_word(&file))),
        );
    }
    Ok((good, faults))
}

/// A record of recipients that cannot be read, and keys in clear where it says that they are encrypted.
pub(super) fn recipients(files: &StateFiles, encrypt: &str) -> Result<Vec<Diagnostic>, StoreError> {
    match files.recipients() {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(_)) => {
            let in_clear = |file: &String| files.authority_key(file).is_ok_and(|key| !is_sealed(&key));
            let finding = |file: String| {
                let place = FilePlace::whole(files.authority_key_path(&file).display().to_string());
                Diagnostic::of_file(Code::KeyInClear, place, "this key is in clear, and those of new CAs are encrypted")
                    .help(format!("encrypt it to the same recipients: `{encrypt}`"))
            };
            Ok(files.authority_keys().into_iter().filter(in_clear).map(finding).collect())
        }
        Err(StoreError::Damaged { path, reason }) => {
            let place = FilePlace::whole(path.display().to_string());
            let finding = Diagnostic::of_file(Code::StateRecordDamaged, place, format!("no CA can be created: {reason}"));
            Ok(vec![finding.help(format!("name the recipients again: `{encrypt} --recipients-file FILE`"))])
        }
        Err(error) => Err(error),
    }
}
