//! The page about names shows what `dns` prints for its mesh.

use crate::docs::document;
use crate::support::Sandbox;
use crate::support::complete::blocks;
use crate::support::console::{commands, shows};

#[test]
fn the_page_about_names_shows_what_is_printed() {
    let page = document("docs/dns.md");
    let sandbox = Sandbox::with_mesh(blocks(&page, "yaml").first().expect("a mesh"));
    let mut run = 0;
    for (command, shown) in blocks(&page, "console").into_iter().flat_map(commands) {
        let words: Vec<&str> = command.strip_prefix("meshbundle ").expect("our program").split_whitespace().collect();
        let printed = sandbox.ok(&words).stdout;
        assert!(shows(&shown, &printed.lines().collect::<Vec<_>>()), "{command}\n{shown:#?}\n{printed}");
        run += 1;
    }
    assert!(run >= 4, "the page shows each form");
}
