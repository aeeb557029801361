//! Any text as a mesh: read, judged, planned and reported, with every file that it names in place.
//!
//! A crash is a panic, a hang or too much memory. Beside that: a mesh without errors has a plan, and has lost no cluster.

#![no_main]

#[path = "../authority.rs"]
mod authority;

use authority::{NOW, authority};
use libfuzzer_sys::fuzz_target;
use meshbundle::diag::{Diagnostic, Report, arrange, print};
use meshbundle::lint::{KeyFact, ProvidedFiles, lint};
use meshbundle::mesh::{FileKind, parse};
use meshbundle::pki::PrivateKey;
use meshbundle::plan::{Inventory, Request, Floors, StateFacts, plan};
use meshbundle::report::FindingsReport;

fuzz_target!(|text: &str| {
    let parsed = parse(text);
    let Some(mesh) = parsed.mesh else {
        assert!(parsed.findings.iter().any(Diagnostic::is_error), "no mesh, and no error");
        return;
    };
    let mut facts = ProvidedFiles::new(NOW);
    let public = PrivateKey::from_pem(authority().key_pem.as_bytes()).ok().and_then(|key| key.public()).expect("a public half");
    for (kind, file) in mesh.files() {
        match kind {
            // One certificate stands in for every file.
            FileKind::Certificate => facts.certificates(file, 0o644, authority().certificate_pem.as_bytes()),
            FileKind::Values => facts.values(file, b"cluster: {id: 1}\n"),
            FileKind::Key => facts.key(file, 0o600, KeyFact::Signs { public: public.clone() }),
        }
    }
    let lost = !mesh.unsound.is_empty();
    let linted = lint(mesh, &facts, parsed.findings);
    let findings = arrange(linted.findings, &parsed.places);
    let unchecked = &linted.unchecked;
    let report = Report { file: "mesh.yaml", source: text, places: &parsed.places, findings: &findings, unchecked };
    print(&mut std::io::sink(), &report, true).expect("a sink takes everything");
    let _ = FindingsReport::of(&report);
    let Some(checked) = linted.checked else { return };
    assert!(!lost, "a cluster was lost, and no error told");
    let request = Request { create_authorities: true, ..Request::default() };
    assert!(plan(&checked, &Inventory::default(), &Floors::default(), &StateFacts::default(), &request, NOW).plan.is_some(), "no error, and no plan");
});
