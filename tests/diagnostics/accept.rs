//! `accept`: the owner lives with a finding, by code, place and reason.

use meshbundle::diag::CATALOGUE;

use crate::diagnostics::fixture::{all, one};
use crate::support::Sandbox;
use crate::support::files::files;

/// Every warning that may be accepted says how, and what it says works when it is pasted in.
#[test]
fn what_the_help_says_can_be_pasted() {
    let mut tried = 0;
    for fixture in all().iter().filter(|fixture| fixture.is_lint()) {
        let ran = fixture.play(&[]);
        // The entry stands in one line, whatever is folded before it.
        let hints: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split_once("`{ code: ")?.1.strip_suffix('`')).collect();
        // Where there are errors as well, not every cluster is as it seems.
        if hints.is_empty() || fixture.code().is_none() || ran.stdout.contains("error[") {
            continue;
        }
        let entries: String = hints.iter().map(|hint| format!("- {{ code: {}\n", hint.replace('…', "known"))).collect();
        let source =
            std::fs::read_to_string(crate::diagnostics::fixture::folder().join(format!("{}.yaml", fixture.name))).expect("it");
        let accepted = fixture.play(&["--format", "json"]).json()["count"]["accepted"].as_u64().expect("a number");
        // Some fixtures accept something already.
        let mesh = match source.split_once("\naccept:\n") {
            Some((before, behind)) => format!("{before}\naccept:\n{entries}{behind}"),
            None => format!("accept:\n{entries}{source}"),
        };
        let mut sandbox = Sandbox::with_mesh(&mesh);
        sandbox.at(fixture.now());
        files(&sandbox.path("files"));
        let report = sandbox.run(&["lint", "mesh.yaml", "--format", "json"]).json();
        assert_eq!(report["count"]["warnings"], 0, "{}: {report:#}", fixture.name);
        assert_eq!(report["count"]["accepted"], accepted + hints.len() as u64, "{}: {report:#}", fixture.name);
        tried += hints.len();
    }
    assert!(tried >= 3, "only {tried} hints were tried");
}

/// What the owner lives with is counted. Who wants to read it again asks for JSON.
#[test]
fn accepted_findings_are_counted_and_not_repeated() {
    let ran = one("accept-a-warning").play(&[]);
    assert!(!ran.stdout.contains("CM0405") && !ran.stdout.contains("their vault"), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().last(), Some("accept-a-warning.yaml: no findings, 1 accepted"));
    let json = one("accept-a-warning").play(&["--format", "json"]).json();
    assert_eq!(
        (&json["count"]["accepted"], &json["findings"][0]["accepted"]),
        (&1.into(), &"their vault gives nothing out".into())
    );
    let quiet = one("accept-a-warning").play(&["--quiet"]);
    assert_eq!((quiet.status, quiet.stdout.as_str(), quiet.stderr.as_str()), (0, "", ""));
}

#[test]
fn what_makes_files_wrong_cannot_be_accepted() {
    for code in CATALOGUE.iter().filter(|code| !code.entry().acceptable) {
        let accept = format!("accept:\n- {{ code: {code}, at: \"clusters[paris].id\", reason: known }}\n");
        let rest = "version: 1\nmesh: m\ncilium: { version: \"1.18\" }\nclusters:\n- name: paris\n  id: 0\n  \
            etcd: { endpoints: [\"https://10.0.0.1:2379\"], localClients: true, members: [{ name: e, addresses: [10.0.0.1] }] }\n- name: tokyo\n  \
            id: 1\n  etcd: { endpoints: [\"https://10.0.0.2:2379\"], localClients: true, members: [{ name: e, addresses: [10.0.0.2] }] }\n";
        let ran = Sandbox::with_mesh(&format!("{accept}{rest}")).run(&["lint", "mesh.yaml", "--format", "json"]);
        let report = ran.json();
        let codes: Vec<&str> =
            report["findings"].as_array().expect("findings").iter().filter_map(|finding| finding["code"].as_str()).collect();
        assert_eq!((ran.status, codes), (1, vec!["CM0505", "CM0104"]), "{code}");
    }
}
