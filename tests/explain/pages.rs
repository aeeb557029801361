//! The form of the pages.

use std::collections::BTreeSet;
use std::path::Path;

use meshbundle::diag::CATALOGUE;

use crate::explain::page::{SECTIONS, block, is_of_mesh, sections};

/// Every page is judged, and all that is wrong told at once.
fn hold(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_about_a_code_that_there_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes");
    let files = std::fs::read_dir(folder).expect("the pages").map(|entry| entry.expect("an entry").file_name());
    let files: BTreeSet<String> = files.map(|name| name.into_string().expect("text")).collect();
    let mut pages: BTreeSet<String> = CATALOGUE.iter().map(|code| format!("{code}.md")).collect();
    pages.insert("README.md".to_owned());
    assert_eq!(files, pages);
}

#[test]
fn the_title_is_the_catalogues() {
    let wrong = CATALOGUE.iter().filter_map(|code| {
        let title = format!("# {code}: {}", code.entry().title);
        (code.entry().page.lines().next() != Some(&title)).then(|| format!("docs/codes/{code}.md does not begin with `{title}`"))
    });
    hold(&wrong.collect::<Vec<_>>());
}

#[test]
fn every_section_is_there_in_order_and_says_something() {
    let wrong = CATALOGUE.iter().filter_map(|code| {
        let headings: Vec<&str> = sections(*code).iter().map(|(heading, _)| *heading).collect();
        let full = sections(*code).iter().all(|(_, text)| !text.is_empty());
        (headings != SECTIONS || !full).then(|| format!("{code}: {headings:?}"))
    });
    hold(&wrong.collect::<Vec<_>>());
}

#[test]
fn wrong_and_right_have_one_block_each_in_the_right_language() {
    for code in CATALOGUE.iter().filter(|code| sections(**code).len() == SECTIONS.len()) {
        for section in ["Wrong", "Right"] {
            let (language, text) = block(*code, section);
            let is_config = ("CM0711"..="CM0720").contains(&code.as_str());
            assert_eq!(language, if is_of_mesh(*code) || is_config { "yaml" } else { "console" }, "{code}: {section}");
            assert!(!text.trim().is_empty(), "{code}: {section} is empty");
        }
        let (wrong, right) = (block(*code, "Wrong"), block(*code, "Right"));
        assert_ne!(wrong, right, "{code}: what is the difference?");
    }
}

#[test]
fn no_line_is_longer_than_a_terminal_and_no_page_longer_than_a_screen() {
    for code in CATALOGUE {
        assert!(code.entry().page.lines().count() <= 50, "{code}: {} lines", code.entry().page.lines().count());
        for line in code.entry().page.lines() {
            assert!(line.chars().count() <= 100, "{code}: {line}");
        }
    }
}

/// In a terminal they would stand as they are.
#[test]
fn pages_have_no_marks_but_headings_fences_and_backticks() {
    for code in CATALOGUE {
        for mark in ["](", "**", "\n### ", "\n> ", "\n|", "<br", "&nbsp;"] {
            assert!(!code.entry().page.contains(mark), "{code}: {mark:?}");
        }
    }
}
