//! The page about certificates is played on the dates of its headings; those without a date are reference.

use crate::docs::history::Mesh;
use crate::support::Sandbox;
use crate::support::story::{Stage, play};

struct Dated(Mesh);

impl Stage for Dated {
    fn sandbox(&self) -> &Sandbox {
        self.0.sandbox()
    }

    fn heading(&mut self, heading: &str) {
        if heading.starts_with(|c: char| c.is_ascii_digit()) {
            self.0.heading(heading);
        }
    }

    fn run(&mut self, command: &str) -> String {
        // With `--within` it exits with 1 if something expires.
        let may_fail = if command.contains("--within") { " || true" } else { "" };
        self.0.run(&format!("{command}{may_fail}"))
    }

    /// What depends on a machine; tests/certs plays it.
    fn other(&mut self, language: &str, _: &str) {
        assert_eq!(language, "shell");
    }
}

#[test]
fn certificates_over_the_years_are_as_their_page_tells() {
    play("certificates.md", &mut Dated(Mesh::new()), 10);
}
