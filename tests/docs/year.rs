//! Meshes through time, with receipts that are recorded and without: the pages are played, with all they show.

use crate::docs::history::Mesh;
use crate::support::story::play;

#[test]
fn a_year_is_as_its_page_tells() {
    play("year.md", &mut Mesh::new(), 25);
}

#[test]
fn two_years_without_a_record_are_as_their_page_tells() {
    play("unrecorded.md", &mut Mesh::new(), 15);
}

#[test]
fn a_rotation_is_as_its_page_tells() {
    play("rotate.md", &mut Mesh::with_script_of("year.md"), 18);
}
