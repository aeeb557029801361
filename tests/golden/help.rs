//! The help of every verb, and of every verb below a verb.

use std::fmt::Write as _;

use crate::golden::goldens::Goldens;
use crate::support::{Ran, Sandbox};

#[test]
fn help_of_every_verb() {
    let mut goldens = Goldens::of("help");
    ask(&Sandbox::new(), &[], &mut goldens);
    goldens.hold();
}

fn ask(sandbox: &Sandbox, verb: &[&str], goldens: &mut Goldens) {
    let help = |flag| Ran::of(sandbox.command(&[verb, &[flag]].concat()).env_remove("COLUMNS"));
    let (long, short) = (help("--help"), help("-h"));
    assert_eq!((long.status, short.status, long.stderr.as_str()), (0, 0, ""), "{verb:?}");
    let mut text = long.stdout.clone();
    if short.stdout != long.stdout {
        let _ = write!(text, "\n==> with -h\n{}", short.stdout);
    }
    goldens.add(&[&["meshbundle"], verb].concat().join("-"), text);
    for below in verbs(&short.stdout) {
        ask(sandbox, &[verb, &[&below]].concat(), goldens);
    }
}

/// What stands under `Commands:`.
fn verbs(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}
