//! A value of a Secret -> the bytes of the mounted file, or why the API server rejects the Secret.

use crate::mesh::tree::{Value, YamlNode};
use crate::pem::decode_base64;
use crate::verify::config::{is_config, plain};
use crate::wiped::Wiped;

/// What is wrong with a value, and what to do about it.
pub(super) type Fault = (String, &'static str);

/// Text that is encoded twice is looked at up to here.
const LOOKED_AT: usize = 1 << 20;

/// The bytes of an entry of `data`: base64 as Go's encoding/json reads it into `[]byte`.
pub(super) fn of_data(node: &YamlNode) -> Result<Wiped, Fault> {
    let text = text(node)?;
    // Only line ends may be between the symbols; what decodes here skips blanks as well.
    let blank = text.contains([' ', '\t']);
    match decode_base64(text.as_bytes()).filter(|_| !blank) {
        Some(bytes) => Ok(bytes),
        None => Err(not_base64(text, blank)),
    }
}

/// The bytes of an entry of `stringData`.
pub(super) fn of_string_data(node: &YamlNode) -> Result<Wiped, Fault> {
    text(node).map(|text| Wiped::from(text.as_bytes().to_vec()))
}

/// Whether the file would hold base64 of what belongs into it.
pub(super) fn is_encoded(bytes: &[u8]) -> bool {
    let is_content = |bytes: &[u8]| bytes.starts_with(b"-----BEGIN ") || is_config(bytes);
    bytes.len() <= LOOKED_AT && !is_content(bytes) && decode_base64(bytes).is_some_and(|inner| is_content(&inner))
}

/// The text of a value. Nothing is the empty text; YAML's numbers and truth values stay such in JSON.
fn text(node: &YamlNode) -> Result<&str, Fault> {
    match &node.value {
        Value::Null => Ok(""),
        Value::Scalar { text, .. } => match plain::misread(node) {
            Some(other) => Err((format!("is {other}, not text"), "put the value in quotes")),
            None => Ok(text),
        },
        Value::List(_) | Value::Map(_) => Err((format!("is {}, not text", node.describe()), "write one text behind the key")),
    }
}

fn not_base64(text: &str, blank: bool) -> Fault {
    if text.contains("-----BEGIN ") || is_config(text.as_bytes()) {
        return (
            "is plain text, and `data` wants base64".to_owned(),
            "put it under `stringData`, or encode it: `base64 -w 0 FILE`",
        );
    }
    if blank {
        let message = "is not base64: there are blanks in it, where only line ends may be".to_owned();
        return (message, "write it in one line, or behind `|`: YAML makes blanks of line ends elsewhere");
    }
    if text.contains(['-', '_']) {
        let message = "is not base64 of the standard alphabet: it has `-` or `_` in it".to_owned();
        return (message, "encode the file again: `base64 -w 0 FILE`");
    }
    let message = "is not base64: symbols or the `=` at its end are missing, or others are in it".to_owned();
    (message, "encode the file again: `base64 -w 0 FILE`")
}
