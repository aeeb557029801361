//! Runs `verify` and says which codes it gives.

use std::collections::BTreeSet;

use crate::support::Sandbox;
use crate::support::reports::judged;

/// What a run gave: exit status, codes, and the whole report.
pub(crate) struct Told {
    pub(crate) status: i32,
    pub(crate) codes: BTreeSet<String>,
    pub(crate) report: String,
}

/// `verify` with these words, at the sandbox's time.
pub(crate) fn told(sandbox: &Sandbox, words: &[&str]) -> Told {
    let words = [&["verify", "--format", "json"], words].concat();
    let ran = sandbox.run(&words);
    assert!(ran.status == 0 || ran.status == 1, "{words:?}: {}", ran.stderr);
    let report = ran.json();
    judged("verify", &report);
    let findings = report["findings"].as_array().expect("findings").clone();
    let codes = findings.iter().map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect();
    for finding in &findings {
        for part in ["message", "cause", "help"] {
            let text = finding[part].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "a finding without {part}: {finding}");
            assert!(!text.contains("PRIVATE KEY-----\nM"), "a key is shown: {finding}");
        }
        assert!(finding["file"].is_string(), "a finding without its file: {finding}");
    }
    let errors = findings.iter().any(|finding| finding["severity"] == "error");
    assert_eq!(ran.status == 1, errors, "{report:#}");
    Told { status: ran.status, codes, report: format!("{report:#}") }
}
