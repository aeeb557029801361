//! The page about a key that has leaked is played, with all that it shows. tests/authorisation tries its steps at real etcds.

use crate::docs::history::Mesh;
use crate::support::Sandbox;
use crate::support::story::{Stage, play};

/// One day. What restarts, and what asks an etcd, only takes its words.
struct OneDay(Mesh);

impl Stage for OneDay {
    fn sandbox(&self) -> &Sandbox {
        self.0.sandbox()
    }

    fn heading(&mut self, _: &str) {}

    fn run(&mut self, command: &str) -> String {
        self.0.run(command)
    }
}

#[test]
fn a_leaked_key_is_shut_out_as_the_page_tells() {
    let mut mesh = Mesh::new();
    mesh.heading("2027-03-01: a key has leaked");
    mesh.sandbox().write_program("bin/etcdctl", "#!/bin/sh\n[ \"$1\" = endpoint ]\n");
    play("leaked.md", &mut OneDay(mesh), 20);
}
