//! Endpoints that are no plain URL: what etcd's client dials is no error, and no password is shown.

use std::process::Command;

use crate::support::Ran;
use crate::support::judges::go_program;
use crate::verify::bundle::Bundle;
use crate::verify::codes::told;

/// As they are in a config. With those that have an address, etcd's client 3.6.12 has reached an etcd where Go says so.
const ENDPOINTS: [&str; 28] = [
    "https://10.2.2.2:2379/",
    "https://10.2.2.2:2379/v3",
    "https://10.2.2.2:2379/a b",
    "https://10.2.2.2:2379/a@b",
    "https://10.2.2.2:2379/%zz",
    "https://10.2.2.2:2379/%2F",
    "https://10.2.2.2:2379?q=1",
    "https://10.2.2.2:2379#f",
    "https://10.2.2.2:2379#%zz",
    "https://10.2.2.2:2379 ",
    "HTTPS://10.2.2.2:2379",
    "https://HUSH:HUSH@10.2.2.2:2379",
    "https://HUSH@10.2.2.2:2379",
    "https://HUSH:HUSH@HUSH@10.2.2.2:2379",
    "https://HUSH%41@10.2.2.2:2379",
    "https://HUSH%zz@10.2.2.2:2379",
    "https://HUSH:HU SH@10.2.2.2:2379",
    "https://HUSH:HU#HUSH@10.2.2.2:2379",
    "https://HUSH:HU?HUSH@10.2.2.2:2379",
    "https://HUSH:HU/HUSH@10.2.2.2:2379",
    "https://HUSH:HU[HUSH@10.2.2.2:2379",
    "https://@10.2.2.2:2379",
    "10.2.2.2:2379",
    "10.2.2.2:2379/v3",
    "HUSH:HUSH@10.2.2.2:2379",
    "https://my_etcd.test:2379",
    "https://etcd.test.:2379",
    "https://10.2.2.2",
];

#[test]
fn what_agents_dial_is_no_error_and_no_password_is_shown() {
    let judge = go_program("endpointjudge", "tests/verify/go");
    let ran = Ran::of(Command::new(judge).args(ENDPOINTS));
    let dialled: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(dialled.len(), ENDPOINTS.len(), "{}", ran.stdout);
    assert!(dialled.iter().filter(|address| address.is_empty()).count() > 8, "{dialled:?}");
    let bundle = Bundle::new();
    let good = Bundle::read(&bundle.config());
    for (endpoint, address) in ENDPOINTS.iter().zip(dialled) {
        let text = good.replace("- https://10.2.2.2:2379", &format!("- \"{endpoint}\""));
        assert_ne!(text, good);
        Bundle::write(&bundle.config(), text);
        let folder = bundle.config();
        let folder = folder.parent().and_then(|folder| folder.to_str()).expect("a folder");
        let told = told(&bundle.sandbox, &[folder]);
        let report: serde_json::Value = serde_json::from_str(&told.report).expect("JSON");
        let findings = report["findings"].as_array().expect("findings");
        let error = findings.iter().any(|one| one["code"] == "CM0302" && one["severity"] == "error");
        assert_eq!(error, address.is_empty(), "{endpoint}: Go dials `{address}`: {}", told.report);
        assert!(!told.report.contains("HU"), "{endpoint}: {}", told.report);
        let shown = bundle.sandbox.run(&["verify", folder]);
        assert!(!shown.stdout.contains("HU"), "{endpoint}: {}", shown.stdout);
    }
}
