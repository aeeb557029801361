//! Whatever the text: never a panic, every finding inside the file, and nothing lost in silence.

use std::io::Read;

use meshbundle::diag::{Diagnostic, Locate, Report, arrange, print};
use meshbundle::lint::{ProvidedFiles, lint};
use meshbundle::mesh::parse;
use meshbundle::plan::{Floors, Inventory, Request, StateFacts, plan};
use meshbundle::report::FindingsReport;
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, proptest};
use proptest::prop_oneof;
use proptest::sample::{Index, select};

use crate::properties::issued::NOW;
use crate::properties::model::mesh;

/// Everything that is done with a text, up to the plan.
fn survive(text: &str) {
    let parsed = parse(text);
    let mut findings = parsed.findings;
    if let Some(mesh) = parsed.mesh {
        let lost = mesh.unsound.clone();
        let linted = lint(mesh, &ProvidedFiles::new(NOW), findings);
        findings = linted.findings;
        if let Some(checked) = linted.checked {
            assert!(lost.is_empty(), "{lost:?} are lost, and nothing is told\n{text}");
            let stand_ins = checked.mesh().clusters.iter().filter(|cluster| !cluster.id_read || !cluster.etcd_read);
            assert_eq!(stand_ins.count(), 0, "what stands in for a value is taken for one\n{text}");
            let request = Request { create_authorities: true, ..Request::default() };
            assert!(
                plan(&checked, &Inventory::default(), &Floors::default(), &StateFacts::default(), &request, NOW).plan.is_some(),
                "{text}"
            );
        }
    } else {
        assert!(findings.iter().any(Diagnostic::is_error), "no mesh, and nothing is told\n{text}");
    }
    for finding in &findings {
        let span = finding.span.clone().or_else(|| parsed.places.locate(&finding.path));
        if let Some(span) = span {
            assert!(text.get(span.clone()).is_some(), "{span:?} of {} bytes: {finding:?}\n{text}", text.len());
        }
    }
    let findings = arrange(findings, &parsed.places);
    let mut out = Vec::new();
    let report = Report { file: "mesh.yaml", source: text, places: &parsed.places, findings: &findings, unchecked: &[] };
    print(&mut out, &report, true).expect("a vector takes everything");
    serde_json::to_string(&FindingsReport::of(&report)).expect("JSON");
}

/// What fuzzing has come upon, one input for each way through the code: none of it may ever fail again.
#[test]
fn what_fuzzing_has_kept() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/kept/mesh.tar.gz");
    let file = std::fs::File::open(kept).expect("the corpus that fuzzing has kept");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut played = 0;
    for entry in archive.entries().expect("an archive") {
        let mut bytes = Vec::new();
        entry.expect("an entry").read_to_end(&mut bytes).expect("its bytes");
        if let Ok(text) = std::str::from_utf8(&bytes) {
            survive(text);
            played += 1;
        }
    }
    assert!(played > 500, "only {played} inputs");
}

/// Words that meshes are made of, and what YAML is made of.
fn word() -> impl Strategy<Value = String> {
    let words = "version mesh cilium trust links accept defaults clusters name id runtime configDir options etcd endpoints \
        endpointsFor hostAliases authority serverTrust clientSigner clientTrust clientName client serverCertificates members \
        extraDnsNames extraIpAddresses owner podCIDRs nodes addresses authorities certificate key validity renewBefore hub code at \
        reason 1 \"1.18\" prod paris 0 -1 true ~ 10.0.0.0/8 fd00::/8 https://10.0.0.1:2379 https://etcd:2379 edge[01:40] n[1:99999] \
        {cluster} {node} compose systemd external shared per-cluster 10y 90d CM0105 clusters[paris].id a.pem /var/lib/x ../x default";
    let marks = [
        ": ", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", "[", "]", "{", "}", ", ", "#", "&a ", "*a", "|\n", ">\n", "\"", "'",
        "---\n", "\t", "!!str ", "é", "\u{feff}", "\0", "%", "? ",
    ];
    let words: Vec<String> = words.split_whitespace().chain(marks).map(str::to_owned).collect();
    prop_oneof![8 => select(words), 1 => "\\PC{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn words_in_any_order(words in vec(word(), 0..60)) {
        survive(&words.concat());
    }

    #[test]
    fn any_text(text in any::<String>()) {
        survive(&text);
    }

    /// A sound mesh with a few words put in, cut out, or moved.
    #[test]
    fn a_mesh_with_slips(
        model in mesh(1..4),
        form in any::<bool>(),
        slips in vec((any::<Index>(), 0_usize..20, prop_oneof![word(), Just(String::new())]), 1..4),
    ) {
        let mut text: Vec<char> = if form { model.yaml() } else { model.text() }.chars().collect();
        for (at, cut, put) in slips {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, put.chars());
        }
        survive(&text.into_iter().collect::<String>());
    }
}
