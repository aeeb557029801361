//! The pictures and pages of all samples, as `docs/pictures` has them.

use std::fs;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::pages::broken_mesh::{OBSERVED, broken_mesh};
use crate::pages::scenes::{elements, piped};
use crate::support::Sandbox;

/// The samples, and whether they find files of others.
const SAMPLES: [(&str, bool); 5] =
    [("guide-two-clusters", false), ("own-authorities", false), ("loopback", false), ("brownfield", true), ("mixed", true)];

pub(super) fn pictures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures")
}

/// Demands that a file of the documents is as it was made now; with `UPDATE=1`, makes it so.
pub(super) fn hold(name: &str, text: &str) {
    let path = pictures().join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(pictures()).expect("a folder");
        fs::write(&path, text).expect("written");
        return;
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{} is not what is made now: UPDATE=1 writes it again; look at it", path.display());
}

/// A page without its dates, and without how far they are away.
fn dateless(html: &str) -> String {
    let (mut left, mut rest) = (String::new(), html);
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        left.push_str(before);
        let length = from.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        let is_date = word.len() == 10 && word.matches('-').count() == 2;
        let is_time = left.ends_with("<day> ") && after.starts_with(':');
        let is_left = left.ends_with(", in ") && (after.starts_with(" days") || after.starts_with(" hours"));
        match (is_date, is_time, is_left) {
            (true, ..) => left.push_str("<day>"),
            (_, true, _) => {
                left.push_str("<time>");
                rest = after.get(3..).expect("minutes");
                continue;
            }
            (.., true) => left.push_str("<n>"),
            _ if left.ends_with("\"at\":") => left.push_str("<seconds>"),
            _ => left.push_str(word),
        }
        rest = after;
    }
    left + rest
}

/// The picture of the broken mesh, in README and the page about `graph`.
#[test]
fn the_picture_of_a_broken_mesh_is_current() {
    let broken = broken_mesh();
    hold("broken-mesh.svg", &broken.ok(&[&["graph", "mesh.yaml"], &OBSERVED[..]].concat()).stdout);
}

/// Every sample, generated, as it is seen by `verify`.
#[test]
fn pictures_and_pages_of_samples_are_current() {
    let known: Vec<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"))
        .expect("samples")
        .filter_map(|entry| entry.expect("an entry").file_name().to_str()?.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    assert_eq!(known.len(), SAMPLES.len(), "each sample has a picture: {known:?}");
    for (sample, finds) in SAMPLES {
        let mut sandbox = Sandbox::with_sample(&format!("{sample}.yaml"));
        if finds {
            sandbox.find_files_of(sample);
            sandbox.at(&OffsetDateTime::now_utc().format(&Rfc3339).expect("RFC 3339"));
        }
        let authorities: &[&str] = if sample == "brownfield" { &[] } else { &["--create-authorities"] };
        sandbox.ok(&[&["generate", "mesh.yaml", "--out", "out"], authorities].concat());
        let verified = sandbox.run(&["verify", "out", "--mesh", "mesh.yaml", "--format", "json"]).stdout;
        sandbox.write("files.json", &verified);
        let graph = |format: &str| sandbox.ok(&["graph", "mesh.yaml", "--observed", "files.json", "--format", format]).stdout;
        let svg = graph("svg");
        assert!(elements(&svg).contains("svg"));
        hold(&format!("{sample}.svg"), &svg);
        let dot = graph("dot");
        assert!(piped("dot", &["-Tsvg"], &dot).contains("class=\"node\""));
        hold(&format!("{sample}.dot"), &dot);
        hold(&format!("{sample}.mmd"), &graph("mermaid"));
        sandbox.ok(&["report", "mesh.yaml", "--observed", "files.json", "--out", "mesh.html"]);
        hold(&format!("{sample}.html"), &dateless(&sandbox.read("mesh.html")));
    }
}
