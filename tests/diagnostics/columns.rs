//! A report is read on any terminal: 80 columns, without colour, however much there is to tell.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::diagnostics::fixture::all;
use crate::support::Sandbox;

const WIDTH: usize = 80;

/// Whether a line is as short as it can be: what is copied from it, in backticks, is never cut, and neither is a word; and a line
/// of the user's file is as long as the user made it.
fn cannot_be_shorter(line: &str) -> bool {
    if line.trim_start_matches([' ', '.']).trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|') {
        return true;
    }
    let mut inside = false;
    let spaces = line.trim_start().chars().filter(|c| {
        inside ^= *c == '`';
        *c == ' ' && !inside
    });
    spaces.count() == 0 || line.trim_start().starts_with("--> ")
}

#[test]
fn every_report_fits_into_80_columns() {
    let mut told = 0;
    for fixture in all().iter().filter(|fixture| fixture.is_lint()) {
        let ran = fixture.play(&[]);
        for line in ran.stdout.lines().filter(|line| line.chars().count() > WIDTH) {
            assert!(cannot_be_shorter(line), "{}: {} columns: {line}", fixture.name, line.chars().count());
        }
        told += ran.stdout.lines().count();
    }
    assert!(told > 1000, "only {told} lines were looked at");
}

#[test]
fn no_colour_without_a_terminal() {
    for fixture in all().iter().filter(|fixture| fixture.is_lint()) {
        assert!(!fixture.play(&[]).stdout.contains('\u{1b}'), "{}", fixture.name);
    }
}

#[test]
fn no_word_of_the_file_reaches_the_terminal_as_more_than_a_word() {
    let mesh =
        with_slips(40).replace("mesh: m\n", "mesh: m\naccept:\n- { code: \"\\e[31mX\", at: \"a\\nb\", reason: \"\\e[31m\" }\n");
    let text = Sandbox::with_mesh(&mesh).run(&["lint", "mesh.yaml"]).stdout;
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
}

/// A mesh with `count` clusters, each with an id that is too high and a folder that is not its own.
fn with_slips(count: usize) -> String {
    let mut mesh = String::from("version: 1\nmesh: m\ncilium: { version: \"1.18\" }\nclusters:\n");
    for n in 0..count {
        let host = format!("10.9.{}.{}", n / 250, n % 250 + 1);
        let etcd = format!(
            "{{ endpoints: [\"https://{host}:2379\"], localClients: true, members: [{{ name: e, addresses: [{host}] }}] }}"
        );
        writeln!(mesh, "- name: c{n:03}\n  id: {}\n  configDir: /etc/cilium\n  etcd: {etcd}", 1000 + n).expect("memory");
    }
    mesh
}

#[test]
fn five_hundred_findings_are_grouped_and_none_is_lost() {
    let sandbox = Sandbox::with_mesh(&with_slips(250));
    let text = sandbox.run(&["lint", "mesh.yaml"]).stdout;
    let report = sandbox.run(&["lint", "mesh.yaml", "--format", "json"]).json();
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 500);
    assert_eq!(text.lines().last(), Some("mesh.yaml: 500 errors"));
    let unfolded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for finding in findings {
        let message = finding["message"].as_str().expect("a message");
        assert!(unfolded.contains(message), "{message} is lost");
        let place = format!("mesh.yaml:{}:{}", finding["line"], finding["column"]);
        assert!(unfolded.contains(&place), "{place} is lost");
    }
    // In full once or twice, then in a line: what mends it need not be read five hundred times.
    assert_eq!(text.matches("= help: ").count(), 4, "{text}");
    let codes: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("error[")?.get(..6)).collect();
    let changes = codes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!((codes.len(), changes), (500, 1), "each code in one place");
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 2);
}

#[test]
fn thirty_findings_are_in_the_order_of_the_file() {
    let text = Sandbox::with_mesh(&with_slips(15)).run(&["lint", "mesh.yaml"]).stdout;
    assert_eq!(text.matches("= help: ").count(), 30);
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("--> mesh.yaml:")?.split(':').next()?.parse().ok());
    assert!(lines.collect::<Vec<u32>>().is_sorted(), "{text}");
}
