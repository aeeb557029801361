//! Every command that a finding or a page names, of this program and of etcdctl: the words are taken as they are pasted.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use meshbundle::diag::CATALOGUE;

use crate::support::{Ran, Sandbox};

/// Lines that end with a backslash, each with the line in which it goes on.
fn joined(text: &str) -> String {
    let mut parts = text.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, rest| text + rest.trim_start())
}

/// The commands that begin with `program` in a text, between backticks or after a prompt.
fn commands(text: &str, program: &str) -> BTreeSet<String> {
    let (quote, prompt) = (format!("`{program} "), format!("$ {program} "));
    let quoted = text.match_indices(&quote).filter_map(|(at, _)| text[at + 1..].split('`').next().map(str::to_owned));
    let prompted = text.match_indices(&prompt).filter_map(|(at, _)| text[at + 2..].lines().next().map(str::to_owned));
    quoted.chain(prompted).filter(|command| !command.contains('\n')).collect()
}

/// The words of a command as a shell takes them, up to what is not this program's; what a finding fills in is filled in.
fn words(command: &str) -> Vec<String> {
    let command = command.split(" #").next().unwrap_or_default();
    let command = command.split(['|', ';', '>', '<', '&']).next().unwrap_or_default();
    let mut filled = String::new();
    let mut depth = 0;
    for c in command.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                filled.push_str("CM0101");
            }
            '…' | '\'' | '"' | '\\' => {}
            c if depth == 0 => filled.push(c),
            _ => {}
        }
    }
    filled.split_whitespace().skip(1).map(str::to_owned).collect()
}

/// The code of every source, without comments, which are for those who read it, and without tests. A literal that goes on in the
/// next line is one line.
pub(crate) fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.expect("readable"));
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"));
    files
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("text");
            let code = text.split("#[cfg(test)]").next().expect("a text");
            let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            joined(&code.join("\n"))
        })
        .collect()
}

fn everything(program: &str) -> BTreeSet<String> {
    let pages = CATALOGUE.iter().map(|code| joined(code.entry().page));
    sources().into_iter().chain(pages).flat_map(|text| commands(&text, program)).collect()
}

#[test]
fn every_command_of_this_program_that_is_named_is_one() {
    let sandbox = Sandbox::new();
    let all = everything("meshbundle");
    assert!(all.len() > 20, "{all:?}");
    let mut wrong = Vec::new();
    for command in all {
        let mut words = words(&command);
        // Words that name a verb only.
        words.push("--help".to_owned());
        let ran = sandbox.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        if ran.status != 0 {
            wrong.push(format!("{command}: {words:?}: {}", ran.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_of_etcdctl_that_is_named_is_one() {
    let all = everything("etcdctl");
    assert!(all.len() > 8, "{all:?}");
    let mut wrong = Vec::new();
    for command in all {
        let mut words = words(&command);
        words.push("--help".to_owned());
        let mut etcdctl = Command::new("etcdctl");
        let ran = Ran::of(etcdctl.args(&words));
        // Of a command that it does not know it prints its own help.
        let known =
            ran.stdout.lines().nth(1).is_some_and(|name| name.split(" - ").next().is_some_and(|name| name.trim() != "etcdctl"));
        if ran.status != 0 || !known {
            wrong.push(format!("{command}: {words:?}: {}{}", ran.stderr, ran.stdout.lines().take(3).collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
