//! Wrong is found wrong, right is found right: by the program itself.

use std::collections::BTreeSet;

use meshbundle::diag::{CATALOGUE, Code};

use crate::explain::page::{SECTIONS, block, is_of_mesh, sections};
use crate::support::Sandbox;
use crate::support::complete::{add_files, complete, found};

/// A code that comes only beside another one, which is told there.
const BESIDE: [(&str, &str); 3] = [("CM0114", "CM0107"), ("CM0119", "CM0118"), ("CM0427", "CM0407")];

fn judge(section: &str, fits: impl Fn(Code, &BTreeSet<String>) -> bool) {
    let sandbox = Sandbox::new();
    add_files(&sandbox);
    let mut misfits = Vec::new();
    for code in CATALOGUE.iter().filter(|code| is_of_mesh(**code)) {
        if sections(*code).len() != SECTIONS.len() {
            misfits.push(format!("{code}: the page is not complete"));
            continue;
        }
        // A page that shows a hundred clusters shows nothing: tests/diagnostics has them.
        if (*code, section) == (Code::SecretSize, "Wrong") {
            continue;
        }
        let mesh = complete(block(*code, section).1);
        let (mut codes, report) = found(&sandbox, &mesh);
        // A page that shows members is not about who else may come in, but for its own.
        if code != &Code::OwnClientsLockedOut {
            codes.remove(Code::OwnClientsLockedOut.as_str());
        }
        if !fits(*code, &codes) {
            misfits.push(format!("{code}: `{section}` gives {codes:?}\n{mesh}\n{report}"));
        }
    }
    assert!(misfits.is_empty(), "{} pages\n{}", misfits.len(), misfits.join("\n"));
}

#[test]
fn wrong_gives_exactly_the_code() {
    judge("Wrong", |code, codes| {
        let mut expected = BTreeSet::from([code.as_str().to_owned()]);
        expected.extend(BESIDE.iter().filter(|(beside, _)| *beside == code.as_str()).map(|(_, other)| (*other).to_owned()));
        // A file whose form is broken may be broken in more than one way.
        let of_form = code.as_str().starts_with("CM00");
        *codes == expected || (of_form && codes.is_superset(&expected))
    });
}

#[test]
fn right_gives_nothing() {
    judge("Right", |_, codes| codes.is_empty());
}

/// The judge can say no: a mesh that is completed wrongly would make every page look right.
#[test]
fn a_completed_mesh_is_sound_and_keeps_what_is_wrong() {
    let sandbox = Sandbox::new();
    for (fragment, expected) in [
        ("links: full", &[][..]),
        ("clusters:\n- name: paris\n", &[]),
        ("clusters:\n- id: 31\n- id: 31\n- name: tokyo\n", &["CM0105"]),
        ("clusters:\n- etcd: { endpoints: [10.11.0.1] }\n", &["CM0302"]),
        ("mesh: a\nmesh: b\n", &["CM0003"]),
        ("links: [\n", &["CM0001"]),
    ] {
        let mesh = complete(fragment);
        let (codes, report) = found(&sandbox, &mesh);
        assert_eq!(codes.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{mesh}\n{report}");
    }
}
