//! The pages about `graph` and `report` are played as they are written.

use std::path::Path;
use std::process::Command;

use crate::pages::broken_mesh::{NOW, broken_mesh};
use crate::support::story::{Stage, play};
use crate::support::{Ran, Sandbox};

/// A mesh in a folder, and a shell.
struct Shell(Sandbox);

impl Stage for Shell {
    fn sandbox(&self) -> &Sandbox {
        &self.0
    }

    fn heading(&mut self, _: &str) {}

    fn other(&mut self, language: &str, _block: &str) {
        assert!(["text", "mermaid"].contains(&language), "a block in `{language}`");
    }

    fn run(&mut self, command: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_meshbundle")).parent().expect("a folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(self.0.path(""));
        let ran = Ran::of(shell.env("PATH", path).env("MESHBUNDLE_NOW", NOW));
        assert!(!ran.stdout.starts_with("error"), "$ {command}\n{}", ran.stdout);
        ran.stdout
    }
}

#[test]
fn the_page_about_graph_runs_as_written() {
    play("graph.md", &mut Shell(broken_mesh()), 5);
}

#[test]
fn the_page_about_report_runs_as_written() {
    play("report.md", &mut Shell(broken_mesh()), 4);
}
