//! Two meshes through time, one whose receipts are recorded and one without: the pages are played, with all they show.

use std::fs;
use std::path::Path;

use crate::docs::history::play;

fn judge(name: &str, page: &str, at_least: usize) {
    let played = play(page);
    assert!(played.steps.len() >= at_least, "{} commands", played.steps.len());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name), &played.right).expect("written");
    } else {
        played.judge();
    }
    let longest = page.lines().max_by_key(|line| line.chars().count()).expect("lines");
    assert!(longest.chars().count() <= 140, "too long: {longest}");
}

#[test]
fn a_year_is_as_its_page_tells() {
    judge("year.md", include_str!("../../docs/year.md"), 25);
}

#[test]
fn two_years_without_a_record_are_as_their_page_tells() {
    judge("unrecorded.md", include_str!("../../docs/unrecorded.md"), 15);
}
