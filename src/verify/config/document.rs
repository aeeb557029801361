//! A config as YAML with places: entries of its one mapping, and the line that each stands on.

use std::ops::Range;

use crate::diag::{Code, Diagnostic, FilePlace, Lines};
use crate::mesh::tree::{MapEntry, Value, YamlNode, parse};
use crate::pem::mask;

use super::keys::{known, same};
use super::yaml_differences;

/// Values of one config, aliases counted each time. An etcd has three to nine members, and a name with addresses has three values.
const MAX_VALUES: usize = 1024;

/// The one mapping of a config.
pub(super) struct Document<'a> {
    file: &'a str,
    lines: Lines<'a>,
    entries: Vec<MapEntry>,
}

impl<'a> Document<'a> {
    /// Reads the first document of the text, as Go's reader does; what follows is not read. `shown` is the same text as people
    /// may see it.
    pub(super) fn read(file: &'a str, text: &str, shown: &'a str) -> Result<Self, Box<Diagnostic>> {
        let shown = shown.strip_prefix('\u{feff}').unwrap_or(shown);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = Lines::new(shown);
        let first = first_document(text);
        let broken = |span: Range<usize>, message: String, help: &str| {
            let place = place(file, &lines, &span);
            let finding = Diagnostic::of_file(Code::ConfigBroken, place, message);
            Box::new(finding.help(help))
        };
        if let Some((at, message)) = yaml_differences::find(first) {
            return Err(broken(at..at, message.to_owned(), "write it as plain YAML, a key a line"));
        }
        let YamlNode { span, value } = parse(first, MAX_VALUES).map_err(|error| {
            let tab = first.lines().any(|line| line.starts_with('\t'));
            let help = if tab { "indent with spaces: YAML allows no tab there" } else { "write it as plain YAML, a key a line" };
            broken(error.span, format!("not YAML: {}", error.message), help)
        })?;
        match value {
            Value::Map(entries) => match merged(first, entries) {
                Ok(entries) => Ok(Self { file, lines, entries }),
                Err(span) => Err(broken(span, "`<<` merges a value that is no mapping".to_owned(), "write the keys out")),
            },
            Value::Null => Ok(Self { file, lines, entries: Vec::new() }),
            _ => Err(broken(
                span,
                "not a mapping of keys to values".to_owned(),
                "write `endpoints:` and the other keys, each on its line",
            )),
        }
    }

    pub(super) fn entries(&self) -> &[MapEntry] {
        &self.entries
    }

    /// The entry that counts for `key`: of several, the last.
    pub(super) fn entry(&self, key: &str) -> Option<&MapEntry> {
        self.entries.iter().rev().find(|entry| same(key, &entry.key))
    }

    pub(super) fn whole(&self) -> FilePlace {
        FilePlace::whole(self.file)
    }

    /// The number of the line on which `span` begins.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.lines.line(span.start).0
    }

    /// The line on which `span` begins.
    pub(super) fn at(&self, span: &Range<usize>) -> FilePlace {
        place(self.file, &self.lines, span)
    }
}

/// The place of a line that was read before, by its number.
pub(in crate::verify) fn place_of_line(file: &str, config: &[u8], number: usize) -> FilePlace {
    let text = String::from_utf8_lossy(config);
    let text = mask(&text);
    let line = text.trim_start_matches('\u{feff}').lines().nth(number.saturating_sub(1)).unwrap_or_default();
    place_of(file, number, line)
}

fn place(file: &str, lines: &Lines<'_>, span: &Range<usize>) -> FilePlace {
    let (number, line) = lines.line(span.start);
    place_of(file, number, line)
}

fn place_of(file: &str, number: usize, line: &str) -> FilePlace {
    let shown = shown(line);
    FilePlace { line: (!shown.trim().is_empty()).then_some((number, shown)), ..FilePlace::whole(file) }
}

/// What may be shown of a line: it may hold a password under a misspelt key, or a key that was pasted where it does not belong. So
/// values are shown only of keys that are known for none, and of endpoints without a user.
fn shown(line: &str) -> String {
    const SECRET: [&str; 2] = ["username", "password"];
    let printable: String =
        line.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }).collect();
    let bare = printable.trim_start();
    let is_item = bare.starts_with("- ") || bare == "-";
    let key = bare.trim_start_matches("- ").split(':').next().unwrap_or_default().trim();
    let plain = |key: &str| !SECRET.contains(&key) && (known(key).is_some() || ["hostname", "ips"].contains(&key));
    let harmless = plain(key) || (is_item && key.starts_with("http")) || (is_item && bare.len() < 100 && !bare.contains("-----"));
    let indent: String = printable.chars().take_while(|c| c.is_whitespace()).collect();
    if is_item && key.starts_with("http") && bare.contains('@') {
        return format!("{indent}- …");
    }
    if harmless && printable.len() <= 500 && !printable.contains(['@', '{', '|', '>']) {
        return printable;
    }
    let word =
        |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') && !key.is_empty() && key.len() <= 40;
    if bare.contains(':') && word(key) { format!("{indent}{key}: …") } else { String::new() }
}

/// The text up to the line that ends the first document: `...`, or a second `---`.
pub(in crate::verify) fn first_document(text: &str) -> &str {
    let mut at = 0;
    let mut begun = false;
    for line in text.split_inclusive('\n') {
        let marker =
            |mark: &str| line.strip_prefix(mark).filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        let start = marker("---");
        if begun && (start.is_some() || marker("...").is_some()) {
            return text.get(..at).unwrap_or(text);
        }
        let bare = line.trim();
        begun |= start.is_some() || !bare.is_empty() && !bare.starts_with(['#', '%']);
        at += line.len();
    }
    text
}

/// What `<<` brings in stands where it says so, and what follows overrides it (`merge` in yaml.v2's decode.go). Of entries with
/// one name the last counts, and JSON puts names into order.
fn merged(text: &str, entries: Vec<MapEntry>) -> Result<Vec<MapEntry>, Range<usize>> {
    let mut all: Vec<(MapEntry, bool)> = Vec::new();
    for entry in entries {
        let quoted = text.get(entry.key_span.clone()).is_some_and(|key| key.starts_with(['"', '\'']));
        if entry.key != "<<" || quoted {
            all.push((entry, false));
            continue;
        }
        let sources = match entry.value.value {
            Value::List(items) => items.into_iter().rev().map(|item| item.value).collect(),
            other => vec![other],
        };
        for source in sources {
            let Value::Map(inner) = source else { return Err(entry.key_span) };
            all.extend(merged(text, inner)?.into_iter().map(|entry| (entry, true)));
        }
    }
    all.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
    // What is brought in is there to be overridden: that is no key that stands twice.
    let runs = all.chunk_by(|(a, _), (b, _)| a.key == b.key);
    let counting =
        runs.flat_map(|run| if run.iter().any(|(_, brought)| *brought) { run.get(run.len() - 1..).unwrap_or(run) } else { run });
    Ok(counting.map(|(entry, _)| entry.clone()).collect())
}
