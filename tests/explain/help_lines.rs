//! Every shell command that the sources put into a message: it is run on a page, or in a test that is named here, or there is a
//! reason why it is not run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use meshbundle::diag::CATALOGUE;

use crate::explain::commands::sources;
use crate::explain::prompts::prompts;
use crate::support::Ran;

/// Programs whose commands people paste. Other words between backticks are options, fields or names.
const PROGRAMS: [&str; 18] = [
    "chmod",
    "chown",
    "cp",
    "etcdctl",
    "install",
    "ip",
    "ln",
    "meshbundle",
    "mv",
    "openssl",
    "ping",
    "rm",
    "sed",
    "sha256sum",
    "sudo",
    "tar",
    "tracepath",
    "uname",
];

/// Where a command that is on no page is run: a file below `tests/`, and the words that run it there.
const RUN_ELSEWHERE: [(&str, &str, &str); 22] = [
    ("chmod -R go=", "evolution/state_folder.rs", "chmod -R go= state"),
    ("chmod go-w", "explain/pasted.rs", "\"CM0707\""),
    ("etcdctl del", "announce/others.rs", "\"del\""),
    ("meshbundle init", "dist/sockets.sh", "offline init"),
    ("meshbundle generate --renew", "explain/pasted.rs", "\"CM0607\""),
    ("meshbundle announce", "announce/scene.rs", "\"announce\""),
    ("meshbundle state backup", "rollout/restored.rs", "\"state\", \"backup\", BACKUP"),
    ("meshbundle state restore state", "rollout/restored.rs", "\"state\", \"restore\", \"state\""),
    ("meshbundle state check --open", "at_rest/check.rs", "\"check\", \"--open\""),
    ("rm -r", "at_rest/check.rs", "shell(sandbox, command)"),
    ("meshbundle explain", "explain/terminal.rs", "\"explain\", code.as_str()"),
    ("meshbundle certs revoke", "evolution/revoked.rs", "\"certs\", \"revoke\""),
    ("meshbundle certs rotate", "rotation/scene.rs", "\"certs\", \"rotate\""),
    ("meshbundle dns", "names/judges.rs", "\"dns\""),
    ("meshbundle firewall", "firewall/forms.rs", "\"firewall\""),
    ("meshbundle report", "pages/page.rs", "\"report\""),
    ("meshbundle verify --format json", "pages/page.rs", "\"verify\", \"out\", \"--format\", \"json\""),
    // The edits of PEM files are pasted, and Go reads what comes of them.
    ("sed -i 's", "pem_judge/forms.rs", "paste(&kinds, &help)"),
    ("sed -i -E", "pem_judge/forms.rs", "paste(&kinds, &help)"),
    ("tar -xzf", "verify_archive/help_lines.rs", "&& {command}"),
    ("sha256sum -c SHA256SUMS", "reproducible/archives.rs", "sha256sum -c"),
    ("openssl ca -gencrl -crlexts", "verify/revocation_lists.rs", "\"-crlexts\""),
];

/// What is run here: a command, as a finding fills it in, and what has to be true afterwards.
const RUN_HERE: [(&str, &str, &str); 2] = [
    ("chmod 600", "chmod 600 'a key'", "[ \"$(stat -c %a 'a key')\" = 600 ]"),
    ("uname -n", "uname -n", "[ \"$(uname -n)\" = \"$(cat /proc/sys/kernel/hostname)\" ]"),
];

/// Commands that are not run, and why.
const NOT_RUN: [(&str, &str); 8] = [
    ("etcdctl --endpoints=https://ADDRESS:2379 endpoint health", "it only looks, at an address that the reader puts in"),
    ("etcdctl endpoint health --cluster", "it only looks; commands.rs checks its words"),
    ("openssl asn1parse", "it only looks, at bytes of which nothing is known"),
    ("etcdctl member list", "it only looks; commands.rs checks its words"),
    (
        "ping -c 3 -M do -s 1472",
        "it only looks, at a path that this machine does not have; CM0833's page shows it with another host",
    ),
    ("tracepath -n", "it only looks, at a path that this machine does not have"),
    ("sudo -u", "it asks for a password, or needs a line in sudoers; evolution/state_folder.rs runs the command as that user"),
    ("sudo chown -R", "the same; evolution/state_folder.rs checks its words"),
];

/// The fixed words with which each command in a message begins: what a finding fills in, and all behind it, is left out.
fn commands() -> BTreeSet<String> {
    let fixed = |command: &str| {
        let of_finding = |word: &&str| {
            *word == "." || word.contains('{') || word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        command.split_whitespace().take_while(|word| !of_finding(word)).collect::<Vec<_>>().join(" ")
    };
    let spans = |line: &str| {
        let spans = line.split('`').skip(1).step_by(2).map(str::to_owned);
        spans.filter(|span| span.split_once(' ').is_some_and(|(program, _)| PROGRAMS.contains(&program))).collect::<Vec<_>>()
    };
    sources().iter().flat_map(|text| text.lines().flat_map(spans)).map(|span| fixed(&span)).collect()
}

#[test]
fn every_command_in_a_message_is_run_or_there_is_a_reason() {
    let commands = commands();
    assert!(commands.len() > 30, "{commands:?}");
    let pages: Vec<String> = CATALOGUE.iter().flat_map(|code| prompts(*code)).map(|prompt| prompt.command).collect();
    let on_a_page = |command: &String| pages.iter().any(|pasted| pasted.contains(command.as_str()));
    let elsewhere = |command: &String| RUN_ELSEWHERE.iter().any(|(begin, _, _)| command.starts_with(begin));
    let here = |command: &String| RUN_HERE.iter().any(|(begin, _, _)| command.starts_with(begin));
    let not_run = |command: &String| NOT_RUN.iter().any(|(begin, _)| command.starts_with(begin));
    let unproven: Vec<_> = commands
        .iter()
        .filter(|command| ![on_a_page(command), elsewhere(command), here(command), not_run(command)].contains(&true))
        .collect();
    assert!(unproven.is_empty(), "run these on a page or in a test, or give the reason why not: {unproven:#?}");

    let listed = RUN_ELSEWHERE.iter().chain(&RUN_HERE).map(|(begin, _, _)| begin).chain(NOT_RUN.iter().map(|(begin, _)| begin));
    let stale: Vec<_> = listed.filter(|begin| !commands.iter().any(|command| command.starts_with(**begin))).collect();
    assert!(stale.is_empty(), "no message has these any more: {stale:?}");
    for (command, file, part) in RUN_ELSEWHERE {
        let test = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
        let text = fs::read_to_string(&test).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(part), "{file} has no `{part}` any more, by which `{command}` was run");
    }
    for (command, pasted, check) in RUN_HERE {
        let folder = tempfile::TempDir::new().expect("a folder");
        fs::write(folder.path().join("a key"), "").expect("written");
        let ran = Ran::of(Command::new("sh").args(["-c", &format!("{pasted} && {check}")]).current_dir(folder.path()));
        assert_eq!(ran.status, 0, "{command}: {}", ran.stderr);
    }
}
