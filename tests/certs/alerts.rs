//! Alerts and dashboard in samples/monitoring: promtool plays each alert, firing and not; every metric is one that we write.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::certs::MESH;
use crate::support::{Ran, Sandbox};

fn monitoring(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/monitoring").join(name)
}

fn promtool(words: &[&str]) -> Ran {
    let mut command = Command::new("promtool");
    command.args(words).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certs"));
    Ran::of(&mut command)
}

#[test]
fn each_alert_fires_when_it_should_and_not_before() {
    let rules = monitoring("alerts.yaml");
    let checked = promtool(&["check", "rules", rules.to_str().expect("text")]);
    assert_eq!(checked.status, 0, "{}{}", checked.stdout, checked.stderr);
    let played = promtool(&["test", "rules", "alerts_test.yaml"]);
    assert_eq!(played.status, 0, "{}{}", played.stdout, played.stderr);
    // No alert is left out, and each is demanded to fire and not to fire.
    let (rules, test) = (fs::read_to_string(rules).expect("rules"), include_str!("alerts_test.yaml"));
    let names: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let tests: Vec<&str> = test.split("alertname: ").skip(1).filter(|rest| rest.lines().next() == Some(name)).collect();
        let fires = |rest: &&&str| rest.split("alertname: ").next().is_some_and(|rest| rest.contains("exp_labels"));
        assert!(tests.iter().any(|rest| fires(&rest)) && tests.iter().any(|rest| !fires(&rest)), "{name}");
    }
    // One that could not fire would fail.
    let spoilt = Sandbox::new();
    let text = fs::read_to_string(monitoring("alerts.yaml"))
        .expect("rules")
        .replace("meshbundle_link_ready == 0", "meshbundle_link_ready == 2");
    spoilt.write("alerts.yaml", &text);
    // Of its plays only that of the alert: the others take minutes.
    let (head, plays) = test.split_once("tests:\n").expect("plays");
    let play = plays.split("- name: ").find(|play| play.contains("meshbundle_link_ready")).expect("one");
    let alone = format!("{head}tests:\n- name: {play}").replace("../../samples/monitoring/alerts.yaml", "alerts.yaml");
    spoilt.write("alerts_test.yaml", &alone);
    let failed = Ran::of(Command::new("promtool").args(["test", "rules", "alerts_test.yaml"]).current_dir(spoilt.path("")));
    assert!(failed.status != 0, "{}", failed.stdout);
}

/// Names of metrics of meshbundle in a text.
fn metrics(text: &str) -> BTreeSet<String> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_letter(c)).filter(|word| word.starts_with("meshbundle_"));
    words.map(str::to_owned).collect()
}

/// Everything that `certs list` and `probe` write: of a mesh, and of a machine.
fn written() -> BTreeSet<String> {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&["--unpack"]);
    let mut all = metrics(&sandbox.ok(&["certs", "list", "--format", "prometheus"]).stdout);
    let node = "out/unpacked/oslo/nodes/node1";
    sandbox.write("machine/var/lib/meshbundle/node/due", "agent\n");
    fs::create_dir_all(sandbox.path("machine/var/lib")).expect("folders");
    fs::rename(sandbox.path(format!("{node}/payload/var/lib/clustermesh")), sandbox.path("machine/var/lib/clustermesh"))
        .expect("installed");
    fs::rename(sandbox.path(node), sandbox.path("machine/var/lib/meshbundle/node/current")).expect("recorded");
    let of_machine = sandbox.ok(&["certs", "list", "machine", "--format", "prometheus"]).stdout;
    assert!(of_machine.contains("meshbundle_restart_due{unit=\"oslo/node/node1\",what=\"agent\"} 1\n"), "{of_machine}");
    all.extend(metrics(&of_machine));
    let probe = ["probe", "machine/var/lib/clustermesh", "--root", "machine", "--timeout", "1", "--format", "prometheus"];
    all.extend(metrics(&sandbox.run(&probe).stdout));
    all
}

#[test]
fn alerts_dashboard_and_pages_name_only_metrics_that_are_written() {
    let written = written();
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(monitoring("dashboard.json")).expect("a dashboard")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    assert!(panels.len() >= 8 && panels.iter().all(|panel| panel["targets"][0]["expr"].is_string()), "{panels:#?}");
    let page = include_str!("../../docs/certificates.md");
    for (name, text) in [
        ("dashboard", dashboard.to_string()),
        ("alerts", fs::read_to_string(monitoring("alerts.yaml")).expect("alerts")),
        ("page", page.to_owned()),
    ] {
        let named = metrics(&text);
        assert!(named.len() > 4, "{name}");
        let unknown: Vec<_> = named.difference(&written).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    }
    let listed = metrics(page);
    let of_certs = written.iter().filter(|name| name.starts_with("meshbundle_cert"));
    assert!(
        of_certs.filter(|name| !name.ends_with("expiry_seconds")).all(|name| listed.contains(name)),
        "the page leaves one out"
    );
    // Each query of the dashboard is one for Prometheus.
    let queries = panels.iter().flat_map(|panel| panel["targets"].as_array().expect("targets")).map(|target| &target["expr"]);
    let rules: String = queries
        .enumerate()
        .map(|(n, expr)| {
            let expr = expr.as_str().expect("a query").replace("$instance", ".*");
            format!("  - record: query:{n}\n    expr: {}\n", Value::from(expr))
        })
        .collect();
    let sandbox = Sandbox::new();
    sandbox.write("queries.yaml", &format!("groups:\n- name: dashboard\n  rules:\n{rules}"));
    let checked = promtool(&["check", "rules", sandbox.path("queries.yaml").to_str().expect("text")]);
    assert_eq!(checked.status, 0, "{}{}", checked.stdout, checked.stderr);
}
