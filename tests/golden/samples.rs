//! The samples.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::golden::capture::capture;
use crate::golden::explain::Explainer;
use crate::golden::goldens::Goldens;
use crate::support::{NOW, Ran, Sandbox};

/// Lints, plans and generates; the golden holds what was said as well.
fn hold(sample: &str, sandbox: &Sandbox, now: OffsetDateTime, authorities: &[&str]) {
    let mut goldens = Goldens::of(sample);
    let talk = |said: &Ran| format!("{}{}", said.stdout, said.stderr);
    goldens.add("lint", talk(&sandbox.ok(&["lint", "mesh.yaml"])));
    let plan = talk(&sandbox.ok(&["plan", "mesh.yaml", "--out", "out"]));
    let dateless = [365, 3650].iter().fold(plan, |plan, days| plan.replace(&date(now, *days), &format!("<now+{days}d>")));
    goldens.add("plan", dateless);
    let generate = [&["generate", "mesh.yaml", "--out", "out"], authorities].concat();
    goldens.add("generate", talk(&sandbox.ok(&generate)));
    let explainer = Explainer::new(now);
    capture(sandbox, &explainer, &mut goldens);
    // Its shape is a promise to later versions; one example is enough.
    if sample == "guide-two-clusters" {
        goldens.add("inventory", explainer.explain(&sandbox.read("state/inventory.json")));
    }
    goldens.hold();
}

fn date(now: OffsetDateTime, days: i64) -> String {
    (now + Duration::days(days)).date().to_string()
}

fn greenfield(sample: &str) {
    let now = OffsetDateTime::parse(NOW, &Rfc3339).expect("a time");
    hold(sample, &Sandbox::with_sample(&format!("{sample}.yaml")), now, &["--create-authorities"]);
}

/// No sample without a golden, no golden without a sample.
#[test]
fn every_sample_has_its_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str, wanted: fn(&Path) -> bool| -> BTreeSet<OsString> {
        let paths = std::fs::read_dir(root.join(folder)).expect("a folder").map(|entry| entry.expect("readable").path());
        paths.filter(|path| wanted(path)).filter_map(|path| path.file_stem().map(OsStr::to_owned)).collect()
    };
    let mut goldens = names("tests/golden", Path::is_dir);
    assert!(["help", "installer"].iter().all(|other| goldens.remove(OsStr::new(other))));
    assert_eq!(goldens, names("samples", |path| path.extension() == Some(OsStr::new("yaml"))));
}

#[test]
fn guide_two_clusters() {
    greenfield("guide-two-clusters");
}

#[test]
fn own_authorities() {
    greenfield("own-authorities");
}

#[test]
fn loopback() {
    greenfield("loopback");
}

#[test]
fn brownfield() {
    found("brownfield", &[]);
}

#[test]
fn mixed() {
    found("mixed", &["--create-authorities"]);
}

/// A sample with files of others. They are as old as this test: it is played now, not at the time of the other scenes.
fn found(sample: &str, authorities: &[&str]) {
    let mut sandbox = Sandbox::with_sample(&format!("{sample}.yaml"));
    sandbox.find_files_of(sample);
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("a second");
    sandbox.at(&now.format(&Rfc3339).expect("RFC 3339"));
    hold(sample, &sandbox, now, authorities);
}
