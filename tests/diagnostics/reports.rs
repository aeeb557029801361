//! Every report as it is expected, and a bad mesh for every code there is.

use std::fs;

use meshbundle::diag::{CATALOGUE, Code};

use crate::diagnostics::fixture::{all, folder, names};

#[test]
fn every_report_is_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for fixture in all() {
        let ran = fixture.play(&[]);
        let report = without_digits(&format!("{}{}exit status: {}\n", ran.stdout, ran.stderr, ran.status));
        let path = folder().join(format!("{}.txt", fixture.name));
        if update {
            fs::write(path, report).expect("written");
            continue;
        }
        match fs::read_to_string(&path) {
            Ok(expected) if expected == report => {}
            Ok(expected) => wrong.push(format!("{}:\n--- expected\n{expected}\n--- is\n{report}", fixture.name)),
            Err(error) => wrong.push(format!("{}: {error}; UPDATE=1 writes it\n{report}", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{} reports are not as expected\n{}", wrong.len(), wrong.join("\n"));
}

/// Serial numbers and digests are others in each run: their digits are shown as `0`.
fn without_digits(report: &str) -> String {
    let mut words: Vec<String> = report.split_inclusive(|c: char| !c.is_ascii_hexdigit()).map(str::to_owned).collect();
    for word in words.iter_mut().filter(|word| word.len() > 16) {
        *word = word.chars().map(|c| if c.is_ascii_hexdigit() { '0' } else { c }).collect();
    }
    words.concat()
}

#[test]
fn no_expectation_is_left_over() {
    let fixtures: Vec<String> = all().into_iter().map(|fixture| fixture.name).collect();
    let unused: Vec<String> = names(".txt").into_iter().filter(|name| !fixtures.contains(name)).collect();
    assert!(unused.is_empty(), "expected reports of no fixture: {unused:?}");
}

/// Codes about a mesh, and about what was issued for one. Those of files and of live links are shown by `tests/verify` and
/// `tests/probe`.
fn of_meshes() -> impl Iterator<Item = Code> {
    CATALOGUE.iter().copied().filter(|code| code.as_str() < "CM07")
}

#[test]
fn every_code_has_a_bad_mesh_that_shows_it() {
    let fixtures = all();
    for code in of_meshes() {
        let about: Vec<_> = fixtures.iter().filter(|fixture| fixture.code() == Some(code.as_str())).collect();
        assert!(!about.is_empty(), "{code} has no fixture: tests/diagnostics/{code}-<what>.yaml");
        for fixture in about {
            // In JSON the accepted ones are there, too.
            let report = fixture.play(&["--format", "json"]).json();
            let found = report["findings"].as_array().is_some_and(|all| all.iter().any(|one| one["code"] == code.as_str()));
            assert!(found, "{}:\n{report:#}", fixture.name);
        }
    }
}

/// For most codes the good mesh is the `Right` of the page, which tests/explain lints; the promises are about what was issued
/// before, so theirs are played here.
#[test]
fn every_code_has_something_good_beside_the_bad() {
    let fixtures = all();
    let mut wrong = Vec::new();
    for code in of_meshes() {
        let (id, page) = (code.as_str(), code.entry().page);
        let right = page.split_once("\n## Right\n").is_some_and(|(_, right)| right.contains("```yaml\n"));
        let good: Vec<_> = fixtures.iter().filter(|fixture| fixture.good() == Some(id)).collect();
        let promise = id.starts_with("CM06");
        if promise && good.is_empty() || !promise && !right {
            wrong.push(format!("{code} has nothing that shows how it is put right"));
        }
        for fixture in good {
            let ran = fixture.play(&[]);
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            if ran.status != 0 || shown.contains(&format!("[{id}]: ")) {
                wrong.push(format!("{}:\n{shown}", fixture.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fixture_is_about_a_code_that_there_is() {
    for fixture in all() {
        if let Some(code) = fixture.code().or_else(|| fixture.good()) {
            assert!(CATALOGUE.iter().any(|known| known.as_str() == code), "{}", fixture.name);
        }
    }
}

#[test]
fn messages_are_written_in_one_way() {
    for fixture in all().iter().filter(|fixture| fixture.is_lint()) {
        let report = fixture.play(&["--format", "json"]).json();
        for finding in report["findings"].as_array().expect("findings") {
            let texts = [&finding["message"], &finding["cause"], &finding["help"]];
            for text in texts.into_iter().filter_map(|text| text.as_str()) {
                let first = text.chars().next().expect("some text");
                let name =
                    ["YAML", "Cilium", "Go", "CA ", "Helm "].iter().any(|name| text.starts_with(name)) || text.starts_with("CM");
                assert!(!first.is_uppercase() || name, "{}: begins with a capital: {text}", fixture.name);
                assert!(!text.ends_with('.'), "{}: ends with a period: {text}", fixture.name);
                assert!(!text.contains('\n'), "{}: has more than one line: {text}", fixture.name);
                assert!(text.matches('`').count() % 2 == 0, "{}: a backtick is open: {text}", fixture.name);
            }
            assert!(finding["help"].is_string() || finding["cause"].is_string(), "{}: no cure: {finding}", fixture.name);
        }
    }
}
