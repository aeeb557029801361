//! A page that tells a story, played in order: a `yaml` block is the mesh, a `diff` block edits it or a script, a `sh` block is the script
//! that its first line names, and a `console` block has commands with what they print. What plays around it is a [`Stage`].

use std::fs;
use std::path::Path;

use crate::support::Sandbox;
use crate::support::console::{commands, shows};

/// What a page is played on.
pub(crate) trait Stage {
    /// Where its files are.
    fn sandbox(&self) -> &Sandbox;

    /// A part of the page begins.
    fn heading(&mut self, heading: &str);

    /// Runs a command of the page, and returns both streams.
    fn run(&mut self, command: &str) -> String;

    /// A block in another language.
    fn other(&mut self, language: &str, _block: &str) {
        panic!("a block in `{language}`");
    }
}

/// A command of the page.
struct Step {
    heading: String,
    command: String,
    shown: Vec<String>,
    printed: String,
}

impl Step {
    fn is_right(&self, shown: &[String]) -> bool {
        shows(shown, &self.printed.lines().collect::<Vec<_>>())
    }

    /// Demands that the command prints what is shown, and that each line that is shown could not be another one.
    fn judge(&self) {
        let Self { heading, command, shown, printed } = self;
        assert!(self.is_right(shown), "{heading}\n$ {command}\n{printed}\nUPDATE=1 writes this into the page");
        for number in (0..shown.len()).filter(|number| shown[*number] != "…") {
            let mut wrong = shown.clone();
            wrong[number].push('!');
            assert!(!self.is_right(&wrong), "{heading}\n$ {command}\nis not judged: {}", shown[number]);
        }
    }
}

/// Plays `docs/NAME`, and demands that it shows what happens; with `UPDATE` set, writes what happens into it.
pub(crate) fn play(name: &str, stage: &mut dyn Stage, at_least: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    let page = fs::read_to_string(&path).expect("the page");
    // A row of a table is one line.
    let prose = page.lines().filter(|line| !line.starts_with("| "));
    let longest = prose.max_by_key(|line| line.chars().count()).expect("lines");
    assert!(longest.chars().count() <= 140, "too long: {longest}");
    let is_update = std::env::var_os("UPDATE").is_some();
    let (mut right, mut heading, mut played) = (String::new(), "", 0);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
            stage.heading(heading);
        }
        right += &format!("{line}\n");
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match language {
            "yaml" => stage.sandbox().write("mesh.yaml", &block),
            "diff" => edit(stage.sandbox(), &block),
            "sh" => {
                let name = block.strip_prefix("# ").and_then(|rest| rest.split([' ', ':']).next()).expect("a name");
                stage.sandbox().write(name, &block);
            }
            "console" => {
                for (command, shown) in commands(&block) {
                    let printed = stage.run(&command);
                    let step = Step { heading: heading.to_owned(), command, shown, printed };
                    if !is_update {
                        step.judge();
                    }
                    let text = if step.is_right(&step.shown) { step.shown.join("\n") } else { step.printed.clone() };
                    let end = if text.is_empty() { "" } else { "\n" };
                    right += &format!("$ {}\n{}{end}", step.command, text.trim_end());
                    played += 1;
                }
            }
            _ => stage.other(language, &block),
        }
        if language != "console" {
            right += &block;
        }
        right += "```\n";
    }
    assert!(played >= at_least, "{played} commands");
    if is_update {
        fs::write(path, right).expect("written");
    }
}

/// Replaces the lines of a hunk, in the mesh or in a script.
fn edit(sandbox: &Sandbox, hunk: &str) {
    let side = |sign: char| -> String {
        let lines = hunk.lines().filter_map(|line| line.strip_prefix([' ', sign]));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let (old, new) = (side('-'), side('+'));
    let has_it = |name: &&str| {
        let text = if sandbox.path(name).is_file() { sandbox.read(name) } else { String::new() };
        format!("\n{text}").matches(&format!("\n{old}")).count() == 1
    };
    let files: Vec<&str> = ["mesh.yaml", "ship.sh"].into_iter().filter(has_it).collect();
    let [name] = files[..] else { panic!("not once in one file, but in {files:?}:\n{old}\n{}", sandbox.read("mesh.yaml")) };
    sandbox.write(name, &sandbox.read(name).replacen(&old, &new, 1));
}
