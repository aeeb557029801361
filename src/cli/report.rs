//! `report`: everything that is known of a mesh, on one page.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::diag::plural;
use crate::input;
use crate::ledger::{Status, floors};
use crate::lint::CheckedMesh;
use crate::mesh::Host;
use crate::page::{MAX_PAGE, Page, record_in};
use crate::report::{Open, StatusReport, WaveLines, waves};
use crate::scene::{LinkState, Observation, Redactor, Scene, Summary};
use crate::store::{check_report, replace_report};

use super::report_rules::rules;
use super::scene_args::{SceneArgs, SceneInput};
use super::{Exit, Failure, clock, exit, out};

/// Units of a wave that the page names.
const NAMED: usize = 12;

const EXAMPLES: &str = "\
The page needs no network and no script, and prints on A4. It replaces FILE, and says what has changed since the page that was there.

Examples:
  meshbundle report --out mesh.html
  meshbundle report meshes/prod.yaml --out prod.html --redact      to share: without addresses
  meshbundle verify --format json > files.json; meshbundle report --observed files.json --out mesh.html
  meshbundle report --observed oslo=probe-n1.json --observed tokyo=probe-t1.json --out mesh.html";

/// Write a page about the mesh: picture, links with their proof, certificates, roll-out, findings
#[derive(clap::Args)]
#[command(after_help = exit::REPORT.below(EXAMPLES))]
pub(super) struct ReportVerb {
    #[command(flatten)]
    scene: SceneArgs,
    /// The page; one that is there is replaced
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
    /// Leave out addresses, hosts, and names that have addresses in them
    #[arg(long)]
    redact: bool,
}

impl ReportVerb {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = clock::now()?;
        let help = "name a file in a directory that exists, and that this user may write to";
        check_report(&self.out).map_err(|error| Failure::Input(format!("{error}\nhelp: {help}")))?;
        let before = before(&self.out)?;
        let read = self.scene.read(now)?;
        if self.redact && read.loaded.checked.is_none() {
            read.loaded.refuse_on_stderr();
            let help = "fix the errors, or leave out `--redact`";
            let message = "`--redact` needs a mesh without errors, whose hosts are known";
            return Err(Failure::Input(format!("{message}\nhelp: {help}")));
        }
        let scene = read.scene();
        let findings = serde_json::to_value(read.loaded.json()).map_err(|error| Failure::File(error.into()))?;
        let errors = read.loaded.findings.iter().filter(|finding| finding.is_error()).count();
        let words = words(&scene, errors);
        let broken = scene.links_in(LinkState::Broken).count();
        let page = Page {
            findings: findings.get("findings").cloned().unwrap_or(Value::Null),
            waves: roll_out(&read),
            rules: read.loaded.checked.as_ref().map(|mesh| rules(mesh, &scene, self.redact)).unwrap_or_default(),
            observations: &read.observations,
            before,
            redactor: self.redact.then(|| Redactor::new(hosts(&read))),
            scene,
        };
        let html = page.html().map_err(|error| Failure::File(io::Error::other(error)))?;
        if !replace_report(&self.out, &out::masked(html.as_bytes()), now, now).map_err(Failure::File)? {
            let _ = writeln!(out::stderr(), "{}: a run that began later has written it already", self.out.display());
        }
        writeln!(out::stdout(), "wrote {}: {words}", self.out.display()).map_err(Failure::Stdout)?;
        Ok(if errors > 0 || broken > 0 { Exit::Findings } else { Exit::Clean })
    }
}

/// The record of the page that is there, if it is one.
fn before(path: &Path) -> Result<Option<Summary>, Failure> {
    match input::read(path, MAX_PAGE) {
        Ok(html) => {
            let record = record_in(&html);
            if record.is_none() {
                let message = format!("`{}` is there, and is no page of `meshbundle report`", path.display());
                return Err(Failure::Input(format!("{message}\nhelp: name another file with `--out`, or remove this one")));
            }
            Ok(record)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file(path, &error)),
    }
}

fn roll_out(read: &SceneInput) -> Vec<WaveLines> {
    let (inventory, evidence) = (&read.inventory, &read.evidence);
    let status = Status::of(inventory, evidence);
    let kept = inventory.kept(&floors(inventory, evidence));
    waves(&StatusReport::of(inventory, &status, Open { kept: &kept, next: &[], rotations: &[], revoked: &[] }), NAMED)
}

/// What the page says, in a line.
fn words(scene: &Scene, errors: usize) -> String {
    let counts = scene.counts();
    let states = LinkState::ALL.into_iter().rev().filter_map(|state| Some(format!("{} {}", counts.get(&state)?, state.word())));
    let states: Vec<String> = states.collect();
    let mut words = format!("{}, {}", plural(scene.clusters.len(), "cluster"), plural(scene.links.len(), "link"));
    if !states.is_empty() {
        words.push_str(&format!(": {}", states.join(", ")));
    }
    if errors > 0 {
        words.push_str(&format!("; {} in the mesh", plural(errors, "error")));
    }
    words
}

/// The hosts that the mesh or its observations name.
fn hosts(read: &SceneInput) -> Vec<String> {
    let observed = read.observations.iter().flat_map(Observation::hosts);
    read.loaded.checked.iter().flat_map(hosts_of_mesh).chain(observed).collect()
}

fn hosts_of_mesh(mesh: &CheckedMesh) -> Vec<String> {
    let mut hosts = Vec::new();
    for cluster in &mesh.mesh().clusters {
        let etcd = &cluster.etcd;
        hosts.extend(etcd.lists().flatten().map(|dialled| dialled.endpoint.host.to_string()));
        hosts.extend(etcd.host_aliases.keys().map(Host::to_string));
        hosts.extend(etcd.members.iter().flat_map(|member| &member.addresses).map(Host::to_string));
        hosts.extend(etcd.front.iter().flat_map(|front| &front.names).map(Host::to_string));
        hosts.extend(etcd.extra_dns_names.iter().cloned());
        hosts.extend(cluster.nodes.iter().filter_map(|node| node.hostname.clone()));
    }
    hosts
}
