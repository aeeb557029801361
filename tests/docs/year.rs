//! Two meshes through time, one whose receipts are recorded and one without: the pages are played, with all they show.

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
