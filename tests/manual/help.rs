//! What the help says, read from its text as a person reads it.

use crate::support::Sandbox;

/// A verb with its long options.
#[derive(Clone)]
pub(crate) struct Verb {
    /// Its words: `plan`, `rollout`, `rollout record`.
    pub(crate) name: String,
    pub(crate) options: Vec<String>,
    pub(crate) help: String,
}

/// Every verb of the program.
pub(crate) fn verbs(sandbox: &Sandbox) -> Vec<Verb> {
    let verbs = below(sandbox, &[]);
    assert!(verbs.len() >= 14, "{:?}", verbs.iter().map(|verb| &verb.name).collect::<Vec<_>>());
    verbs
}

/// The verbs below these words, and those below them.
fn below(sandbox: &Sandbox, words: &[&str]) -> Vec<Verb> {
    let help = sandbox.ok(&[words, &["-h"]].concat()).stdout;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let verbs = names.flat_map(|name| {
        let words = [words, &[name]].concat();
        [vec![verb(sandbox, &words)], below(sandbox, &words)].concat()
    });
    verbs.collect()
}

fn verb(sandbox: &Sandbox, name: &[&str]) -> Verb {
    // At this width no line of the examples or of the exit status is folded.
    let words = [name, &["--help"]].concat();
    let help = String::from_utf8(sandbox.command(&words).env("COLUMNS", "300").output().expect("help").stdout);
    let name = name.join(" ");
    let help = help.expect("text");
    let section = help.lines().skip_while(|line| *line != "Options:").skip(1).take_while(|line| !line.starts_with("Examples"));
    let words =
        section.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")).filter(|_| starts_option(line)));
    let options: Vec<String> = words.map(|word| word.trim_end_matches(',').to_owned()).collect();
    assert!(options.contains(&"--help".to_owned()), "{name}: {help}");
    Verb { name, options, help }
}

/// `  -h, --help` or `      --out <OUT>`, and not the text below it.
fn starts_option(line: &str) -> bool {
    line.starts_with("  -") || line.starts_with("      --")
}
