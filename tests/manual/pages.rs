//! The pages for `man`, as groff sets them.

use std::collections::BTreeSet;
use std::process::Command;

use crate::manual::help::verbs;
use crate::support::{Ran, Sandbox};

/// A page as plain text in lines of any length; groff must not complain of anything.
fn set(sandbox: &Sandbox, page: &str) -> String {
    let mut groff = Command::new("groff");
    groff.args(["-man", "-ww", "-Tascii", "-P-cbou", "-rLL=400n"]).arg(sandbox.path(page));
    groff.output().expect("`groff` cannot be run; install it with: apt-get install groff-base");
    let ran = Ran::of(&mut groff);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{page}");
    ran.stdout
}

/// Lines under a heading, without the indent.
fn section<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    lines.take_while(|line| line.is_empty() || line.starts_with(' ')).map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// One line with single spaces: groff stretches lines.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn there_is_a_page_for_every_verb_with_all_that_its_help_has() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["man", "new/pages"]);
    let mut expected = BTreeSet::from(["meshbundle.1".to_owned()]);
    let program = set(&sandbox, "new/pages/meshbundle.1");
    for verb in verbs(&sandbox) {
        let called = verb.name.replace(' ', "-");
        let name = format!("meshbundle-{called}.1");
        let page = set(&sandbox, &format!("new/pages/{name}"));
        let options = section(&page, "OPTIONS");
        for option in &verb.options {
            assert!(options.iter().any(|line| line.split([' ', ',']).any(|word| word == option)), "{name} {option}\n{page}");
        }
        let usage = verb.help.lines().find_map(|line| line.strip_prefix("Usage: ")).expect("a usage");
        assert_eq!(squeezed(&section(&page, "SYNOPSIS").join(" ")), usage, "{name}");
        let examples = verb.help.lines().skip_while(|line| !line.starts_with("Examples")).skip(1);
        let examples: Vec<_> = examples.take_while(|line| !line.is_empty()).map(str::trim).collect();
        assert!(!examples.is_empty() && section(&page, "EXAMPLES").ends_with(&examples), "{name}\n{page}");
        let (_, exit) = verb.help.split_once("\nExit status:\n").expect("exit status");
        assert_eq!(section(&page, "EXIT STATUS"), exit.lines().map(str::trim).collect::<Vec<_>>(), "{name}");
        let above = match verb.name.split_once(' ') {
            Some((above, _)) => set(&sandbox, &format!("new/pages/meshbundle-{above}.1")),
            None => program.clone(),
        };
        assert!(above.contains(&format!("meshbundle-{called}(1)")), "{above}");
        expected.insert(name);
    }
    assert_eq!(sandbox.tree("new/pages").into_keys().collect::<BTreeSet<_>>(), expected);
}

/// No date and nothing of the machine is in them; the footer has the version where readers look for it.
#[test]
fn the_pages_are_the_same_bytes_on_every_day() {
    let mut sandbox = Sandbox::new();
    sandbox.ok(&["man", "one"]);
    sandbox.at("2031-02-03T04:05:06Z");
    sandbox.ok(&["man", "two"]);
    sandbox.ok(&["man", "two"]);
    assert_eq!(sandbox.tree("one"), sandbox.tree("two"));
    let page = set(&sandbox, "one/meshbundle-lint.1");
    let footer = page.lines().rfind(|line| !line.is_empty()).map(squeezed);
    assert_eq!(footer, Some(format!("meshbundle {} meshbundle-lint(1)", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("taken", "a file");
    let ran = sandbox.run(&["man", "taken/pages"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert!(ran.said("taken/pages"), "{}", ran.stderr);
}
