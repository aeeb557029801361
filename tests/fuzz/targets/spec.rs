//! Any text as a mesh: read, judged, planned and reported, with every file that it names in place.
//!
//! A crash is a panic, a hang or too much memory. Beside that: a mesh without errors has a plan, and has lost no cluster.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use meshbundle::diag::{Diagnostic, JsonReport, arrange, print};
use meshbundle::lint::{Facts, lint};
use meshbundle::pki::Authority;
use meshbundle::plan::{AuthorityRequest, Inventory, Request, plan};
use meshbundle::spec::{FileKind, KeyAlgorithm, parse};
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::days(20_000));

/// Stands in for every certificate file.
fn certificate() -> &'static str {
    static CERTIFICATE: OnceLock<String> = OnceLock::new();
    CERTIFICATE.get_or_init(|| {
        let request = AuthorityRequest {
            common_name: "fuzz".to_owned(),
            organization: None,
            algorithm: KeyAlgorithm::EcdsaP256,
            not_before: NOW,
            not_after: NOW + Duration::days(3650),
        };
        Authority::create(&request).expect("an authority").certificate_pem
    })
}

fuzz_target!(|text: &str| {
    let parsed = parse(text);
    let Some(mesh) = parsed.mesh else {
        assert!(parsed.findings.iter().any(Diagnostic::is_error), "no mesh, and no error");
        return;
    };
    let mut facts = Facts::new(NOW);
    for (file, kind) in mesh.files() {
        match kind {
            FileKind::Certificate => facts.certificates(file, certificate().as_bytes()),
            FileKind::Key => facts.key(file),
        }
    }
    let lost = !mesh.unsound.is_empty();
    let linted = lint(mesh, &facts, parsed.findings);
    let findings = arrange(linted.findings, &parsed.places);
    print(&mut std::io::sink(), &findings, "mesh.yaml", text, &parsed.places, true).expect("a sink takes everything");
    let _ = JsonReport::new(&findings, "mesh.yaml", text, &parsed.places);
    let Some(checked) = linted.checked else { return };
    assert!(!lost, "a cluster was lost, and no error told");
    let request = Request { create_authorities: true, ..Request::default() };
    assert!(plan(&checked, &Inventory::default(), &request, NOW).plan.is_some(), "no error, and no plan");
});
