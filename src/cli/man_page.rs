//! A page for `man`: what the help of a verb has, under the headings that man-pages(7) wants.
//!
//! Input: the command line as clap knows it. Output: roff. It writes no file, and the pages have no date: the same program makes
//! the same bytes on every day.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

/// One page, and the name of its file.
pub(super) struct ManPage {
    pub(super) name: String,
    pub(super) roff: Vec<u8>,
}

/// The text below the options in the help of a verb.
#[derive(Debug, Default, PartialEq, Eq)]
struct Below {
    /// Paragraphs that belong to the description.
    more: Vec<String>,
    /// What is to be known before the examples are read, and the examples.
    examples: Option<(String, Vec<String>)>,
    /// Each code with its meaning.
    exit_status: Vec<String>,
}

/// The pages of the program and of each of its verbs.
///
/// # Errors
/// None: memory takes what is written to it.
pub(super) fn pages(command: Command) -> io::Result<Vec<ManPage>> {
    let mut program = command.disable_help_subcommand(true).subcommand_help_heading("COMMANDS").subcommand_value_name("command");
    program.build();
    with_all_below(&program).into_iter().map(page).collect()
}

/// A command, its subcommands, and theirs.
fn with_all_below(command: &Command) -> Vec<&Command> {
    std::iter::once(command).chain(command.get_subcommands().flat_map(with_all_below)).collect()
}

fn page(command: &Command) -> io::Result<ManPage> {
    let source = concat!("meshbundle ", env!("CARGO_PKG_VERSION"));
    // A date of one space: an empty one is left out, and what follows would be taken for it.
    let man = Man::new(command.clone()).date(" ").source(source).manual("User Commands");
    let below = Below::of(&command.get_after_help().map(ToString::to_string).unwrap_or_default());
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    synopsis(command).to_writer(&mut out)?;
    man.render_description_section(&mut out)?;
    below.rest_of_description().to_writer(&mut out)?;
    man.render_options_section(&mut out)?;
    let is_program = command.has_subcommands();
    if is_program {
        man.render_subcommands_section(&mut out)?;
    }
    below.sections().to_writer(&mut out)?;
    if !is_program {
        Roff::new().control("SH", ["SEE ALSO"]).text([bold("meshbundle"), roman("(1)")]).to_writer(&mut out)?;
    }
    Ok(ManPage { name: man.get_filename(), roff: out })
}

/// The usage line of the help; the synopsis that `clap_mangen` makes has options without their values.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let words = usage.trim_start_matches("Usage:").trim();
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let rest = words.strip_prefix(name).unwrap_or_default();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text([bold(name), roman(rest)]);
    roff
}

impl Below {
    fn of(help: &str) -> Self {
        let mut below = Self::default();
        for block in help.split("\n\n") {
            let mut lines = block.lines();
            let first = lines.next().unwrap_or_default();
            if let Some(rest) = first.strip_prefix("Examples") {
                let note = rest.trim_start_matches(", ").to_owned();
                let indent = |line: &str| line.strip_prefix("  ").unwrap_or(line).to_owned();
                below.examples = Some((note, lines.map(indent).collect()));
            } else if first == "Exit status:" {
                below.exit_status = lines.map(|line| line.trim_start().to_owned()).collect();
            } else if !block.is_empty() {
                below.more.push(block.to_owned());
            }
        }
        below
    }

    fn rest_of_description(&self) -> Roff {
        let mut roff = Roff::new();
        for paragraph in &self.more {
            roff.control("PP", []).text([roman(paragraph)]);
        }
        roff
    }

    fn sections(&self) -> Roff {
        let mut roff = Roff::new();
        if let Some((note, lines)) = &self.examples {
            roff.control("SH", ["EXAMPLES"]);
            if note != ":" {
                roff.text([roman(note)]).control("PP", []);
            }
            verbatim(&mut roff, lines);
        }
        if !self.exit_status.is_empty() {
            roff.control("SH", ["EXIT STATUS"]);
            verbatim(&mut roff, &self.exit_status);
        }
        roff
    }
}

/// Lines as they are: columns are aligned, and a line is one to be copied.
fn verbatim(roff: &mut Roff, lines: &[String]) {
    roff.control("nf", []);
    for line in lines {
        roff.text([Inline::Roman(line.clone())]);
    }
    roff.control("fi", []);
}

#[cfg(test)]
mod tests {
    use super::Below;

    #[test]
    fn help_below_the_options_is_taken_apart() {
        let below = Below::of("One.\nTwo.\n\nExamples, with C for `c`:\n  a C   b\n  d\n\nExit status:\n  0  fine\n  2  not");
        let examples = ("with C for `c`:".to_owned(), vec!["a C   b".to_owned(), "d".to_owned()]);
        let (more, exit_status) = (vec!["One.\nTwo.".to_owned()], vec!["0  fine".to_owned(), "2  not".to_owned()]);
        assert_eq!(below, Below { more, examples: Some(examples), exit_status });
        assert_eq!(Below::of("Examples:\n  a").examples, Some((":".to_owned(), vec!["a".to_owned()])));
        assert_eq!(Below::of(""), Below::default());
    }
}
