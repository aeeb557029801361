//! The page about `smoke` shows what is printed, which files there are, and what the tables of the program say.

use meshbundle::mesh::CiliumVersion;
use meshbundle::smoke::annotations;

use crate::docs::document;
use crate::support::Sandbox;
use crate::support::complete::blocks;
use crate::support::console::commands;

#[test]
fn the_page_about_smoke_shows_what_is_written() {
    let page = document("docs/smoke.md");
    let sandbox = Sandbox::with_mesh(blocks(&page, "yaml").first().expect("a mesh"));
    let (command, shown) = blocks(&page, "console").into_iter().flat_map(commands).next().expect("a command");
    let words: Vec<&str> = command.strip_prefix("meshbundle ").expect("our program").split_whitespace().collect();
    assert_eq!(sandbox.ok(&words).stdout.lines().collect::<Vec<_>>(), shown);
    let [tree, answers] = *blocks(&page, "text").as_slice() else { panic!("two blocks") };
    for path in sandbox.tree("smoke").keys() {
        let name = path.rsplit('/').next().expect("a name");
        assert!(tree.lines().any(|line| line.split_whitespace().any(|word| word == name)), "{path} is not in\n{tree}");
    }
    assert!(sandbox.read("smoke/README.md").contains(answers), "the page shows other answers:\n{answers}");
}

#[test]
fn the_page_lists_the_annotations_of_the_program() {
    let page = document("docs/smoke.md");
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("cilium.io/") && line.split('|').count() == 6);
    let shown: Vec<String> = rows.map(|row| row.split('|').take(4).map(str::trim).collect::<Vec<_>>().join("|")).collect();
    let known = annotations(CiliumVersion::UPCOMING).map(|one| format!("|`{}`|{}|{}", one.key, one.on, one.since));
    assert_eq!(shown, known.collect::<Vec<_>>());
}
