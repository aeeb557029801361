//! What the help says, read from its text as a person reads it.

use crate::support::Sandbox;

/// A verb with its long options.
pub(crate) struct Verb {
    pub(crate) name: String,
    pub(crate) options: Vec<String>,
    pub(crate) help: String,
}

/// Every verb of the program.
pub(crate) fn verbs(sandbox: &Sandbox) -> Vec<Verb> {
    let help = sandbox.ok(&["-h"]).stdout;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let verbs: Vec<Verb> = names.map(|name| verb(sandbox, name)).collect();
    assert!(verbs.len() >= 11, "{help}");
    verbs
}

fn verb(sandbox: &Sandbox, name: &str) -> Verb {
    // At this width no line of the examples or of the exit status is folded.
    let help = String::from_utf8(sandbox.command(&[name, "--help"]).env("COLUMNS", "300").output().expect("help").stdout);
    let help = help.expect("text");
    let section = help.lines().skip_while(|line| *line != "Options:").skip(1).take_while(|line| !line.starts_with("Examples"));
    let words =
        section.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")).filter(|_| starts_option(line)));
    let options: Vec<String> = words.map(|word| word.trim_end_matches(',').to_owned()).collect();
    assert!(options.contains(&"--help".to_owned()), "{name}: {help}");
    Verb { name: name.to_owned(), options, help }
}

/// `  -h, --help` or `      --out <OUT>`, and not the text below it.
fn starts_option(line: &str) -> bool {
    line.starts_with("  -") || line.starts_with("      --")
}
