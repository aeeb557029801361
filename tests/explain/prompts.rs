//! The commands of a page: what stands behind a prompt, and what the page shows below it.

use std::path::Path;

use meshbundle::diag::Code;

/// A command as it is pasted.
pub(crate) struct Prompt {
    /// Its place on the page, from 1.
    pub(crate) number: usize,
    /// The heading above it.
    pub(crate) section: String,
    pub(crate) command: String,
    /// What it prints, as far as the page shows it.
    pub(crate) shown: String,
}

/// The commands of a page, in its order.
pub(crate) fn prompts(code: Code) -> Vec<Prompt> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/codes/{code}.md"));
    let text = std::fs::read_to_string(path).expect("a page");
    let mut section = "";
    let mut prompts: Vec<Prompt> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading;
        }
        if line != "```console" {
            continue;
        }
        for line in lines.by_ref().take_while(|line| *line != "```") {
            let goes_on = prompts.last().is_some_and(|prompt| prompt.command.ends_with('\\') && prompt.shown.is_empty());
            match (line.strip_prefix("$ "), prompts.last_mut()) {
                (Some(command), _) => {
                    let number = prompts.len() + 1;
                    prompts.push(Prompt {
                        number,
                        section: section.to_owned(),
                        command: command.to_owned(),
                        shown: String::new(),
                    });
                }
                (None, Some(prompt)) if goes_on => prompt.command += &format!("\n{line}"),
                (None, Some(prompt)) => prompt.shown += &format!("{line}\n"),
                (None, None) => panic!("{code}: output before the first command"),
            }
        }
    }
    prompts
}
