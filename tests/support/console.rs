//! Commands of pages, and what the pages show below them.

/// Commands of a `console` block, each with the lines that it is shown to print.
pub(crate) fn commands(block: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.to_owned(), Vec::new())),
            None => commands.last_mut().expect("a command comes first").1.push(line.to_owned()),
        }
    }
    commands
}

/// Whether `printed` is what is shown; a line `…` stands for any number of lines.
pub(crate) fn shows(shown: &[String], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "…" => (0..=printed.len()).any(|from| shows(rest, &printed[from..])),
        Some((first, rest)) => {
            printed.split_first().is_some_and(|(line, after)| line.trim_end() == first.trim_end() && shows(rest, after))
        }
    }
}
