//! The report for programs holds the same findings as the one for people.

use serde_json::Value;

use crate::diagnostics::fixture::{Fixture, all};
use crate::support::reports::judged;

/// `error CM0105 10:7 and what is wrong`, and so on, as the text has it.
fn of_text(text: &str) -> Vec<String> {
    let mut lines = text.lines().peekable();
    let mut findings = Vec::new();
    while let Some(line) = lines.next() {
        let Some((severity, rest)) = line.split_once('[').filter(|(word, _)| ["error", "warning"].contains(word)) else {
            continue;
        };
        let (code, message) = rest.split_once("]: ").expect("a message");
        let mut message = message.to_owned();
        // A long message goes on below itself.
        while let Some(more) = lines.next_if(|next| !next.trim_start().starts_with("--> ")) {
            message = format!("{message} {}", more.trim());
        }
        let place = lines.peek().and_then(|next| next.trim_start().strip_prefix("--> ")).expect("a place below the message");
        let mut parts = place.rsplitn(3, ':');
        let (column, line) = (parts.next().expect("a column"), parts.next().expect("a line"));
        findings.push(format!("{severity} {code} {line}:{column} {message}"));
    }
    findings
}

fn of_json(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings").iter().filter(|finding| finding["accepted"].is_null());
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    findings
        .map(|finding| {
            let (severity, code) = (text(&finding["severity"]), text(&finding["code"]));
            format!("{severity} {code} {}:{} {}", finding["line"], finding["column"], text(&finding["message"]))
        })
        .collect()
}

fn both(fixture: &Fixture) -> (Vec<String>, Value) {
    (of_text(&fixture.play(&[]).stdout), fixture.play(&["--format", "json"]).json())
}

#[test]
fn json_and_text_tell_the_same() {
    for fixture in all().iter().filter(|fixture| fixture.is_lint()) {
        let (text, report) = both(fixture);
        assert_eq!(text, of_json(&report), "{}", fixture.name);
    }
}

#[test]
fn every_report_is_as_its_schema_says() {
    for fixture in all().iter().filter(|fixture| fixture.is_lint()) {
        let report = fixture.play(&["--format", "json"]).json();
        judged("lint", &report);
    }
}

#[test]
fn the_count_is_that_of_the_reported_findings() {
    for fixture in all().iter().filter(|fixture| fixture.is_lint()) {
        let (text, report) = both(fixture);
        let of = |severity: &str| text.iter().filter(|finding| finding.starts_with(severity)).count();
        assert_eq!(report["count"]["errors"], of("error "), "{}", fixture.name);
        assert_eq!(report["count"]["warnings"], of("warning "), "{}", fixture.name);
        let accepted = report["findings"].as_array().expect("findings").iter().filter(|finding| !finding["accepted"].is_null());
        assert_eq!(report["count"]["accepted"], accepted.count(), "{}", fixture.name);
        assert_eq!(report["format"], 2, "{}", fixture.name);
        assert_eq!(report["files"], Value::from(vec![format!("{}.yaml", fixture.name)]), "{}", fixture.name);
    }
}
