//! Scenes that no mesh.yaml could make: any size, any state, any name.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use meshbundle::scene::{FilesSeen, Paper, Scene, SceneCluster, SceneLink};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

/// A mesh of clusters with these names, where `links` says what the reader at a place reads.
pub(super) fn scene(names: &[String], reads: impl Fn(usize, usize) -> bool) -> Scene {
    let cluster = |(name, id): (&String, i64)| SceneCluster {
        name: name.clone(),
        id,
        wanted: true,
        generated: true,
        ..SceneCluster::default()
    };
    let links = (0..names.len()).flat_map(|reader| (0..names.len()).map(move |remote| (reader, remote)));
    Scene {
        mesh: "scene".to_owned(),
        now: NOW,
        soon: Duration::days(30),
        renew_before: Duration::days(90),
        clusters: names.iter().zip(1..).map(cluster).collect(),
        links: links.filter(|(reader, remote)| reader != remote && reads(*reader, *remote)).map(link).collect(),
        leaving: Vec::new(),
        certificates: Vec::new(),
        recorded_only: false,
    }
}

fn link((reader, remote): (usize, usize)) -> SceneLink {
    SceneLink { reader, remote, generated: true, paper: Paper::Both, files: None, live: None, issued: None }
}

/// Names of a mesh with `count` clusters.
pub(super) fn names(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("c{number:03}")).collect()
}

/// Makes the link of `reader` to `remote` a broken one.
pub(super) fn refute(scene: &mut Scene, reader: usize, remote: usize) {
    let link = scene.links.iter_mut().find(|link| (link.reader, link.remote) == (reader, remote)).expect("a link");
    link.files = Some(FilesSeen { at: NOW, subjects: 1, refuted: 1, both: 0, servers: 0, expires: None });
}

/// What another program makes of `input`.
pub(super) fn piped(program: &str, args: &[&str], input: &str) -> String {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("`{program}` cannot be run ({error})"));
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("input");
    let output = child.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{program}: {errors}\n{input}");
    String::from_utf8(output.stdout).expect("text")
}

/// The texts and the elements of a document, by Python's parser of XML: one a line, elements with `<` before them.
pub(super) fn xml(document: &str) -> Vec<String> {
    const READ: &str = "
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
for one in root.iter():
    print('<' + one.tag.split('}')[-1])
    if one.text and one.text.strip():
        print(' '.join(one.text.split()))
";
    piped("python3", &["-c", READ], document).lines().map(str::to_owned).collect()
}

/// The kinds of elements in a document.
pub(super) fn elements(document: &str) -> BTreeSet<String> {
    xml(document).into_iter().filter_map(|line| line.strip_prefix('<').map(str::to_owned)).collect()
}
