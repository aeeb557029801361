//! `probe --members`: what the members of the etcds of a mesh present, and which CAs they have loaded.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::generate::Progress;
use crate::probe::{Clock, members_bound, probe_members};
use crate::report::{MembersReport, print_json, print_members};
use crate::store::StateFiles;

use super::expected_members::{Numbers, expected_members};
use super::folders::state_folder;
use super::progress_bar::Bar;
use super::reporting::Format;
use super::rollout::known_state;
use super::{Exit, Failure, clock, load, out};

/// The words of `probe` that are for members alone.
#[derive(clap::Args)]
pub(super) struct MembersArgs {
    /// In place of PATH: which CAs the members of this mesh's etcds have loaded, and which certificates they present
    #[arg(long, value_name = "MESH", conflicts_with_all = [
        "path", "root", "cilium", "mesh", "cluster", "remote", "only_failed", "heartbeat", "rounds", "every", "output"])]
    pub(super) members: Option<PathBuf>,
    /// With --members: folder of the state [default: `state/` beside the mesh]
    #[arg(long, requires = "members")]
    state: Option<PathBuf>,
    /// With --members: TCP port of clients [default: that of the endpoints]
    #[arg(long, value_name = "PORT", requires = "members", value_parser = clap::value_parser!(u16).range(1..))]
    client_port: Option<u16>,
    /// With --members: TCP port of peers
    #[arg(long, value_name = "PORT", requires = "members", default_value_t = 2380, value_parser = clap::value_parser!(u16).range(1..))]
    peer_port: u16,
}

impl MembersArgs {
    /// Tries the members of the mesh in the file `path`, each address within `time`.
    pub(super) fn run(&self, path: &Path, time: Duration, format: Format, quiet: bool) -> Result<Exit, Failure> {
        let clock = Clock::starting(clock::now()?);
        let loaded = load::load(path, clock.now())?;
        let mesh = loaded.sound()?;
        let folder = state_folder(self.state.as_ref(), path);
        let inventory = known_state(&folder, path)?;
        if inventory.mesh != mesh.mesh().name.as_str() {
            let (folder, other) = (folder.display(), inventory.mesh.escape_debug());
            return Err(Failure::Input(format!(
                "the state `{folder}` belongs to the mesh `{other}`\nhelp: name the state of this mesh with `--state`"
            )));
        }
        let numbers = Numbers { client: self.client_port, peer: self.peer_port };
        let expected = expected_members(mesh, &inventory, &StateFiles::at(&folder), numbers)?;
        if expected.ports.is_empty() {
            let why = format!("`{}` has no etcd whose members have certificates from here", path.display());
            return Err(Failure::Input(format!("{why}\nhelp: list `members` below its `etcd`, and run `meshbundle generate`")));
        }
        if !quiet {
            let (ports, bound) = (expected.ports.len(), members_bound(&expected.ports, time).as_secs());
            let _ = writeln!(
                out::stderr(),
                "probing {ports} {} of members: at most {bound} s",
                if ports == 1 { "port" } else { "ports" }
            );
        }
        let bar = Bar::new(quiet);
        bar.begin("ports", expected.ports.len());
        let probes = probe_members(expected.ports, expected.known, time, clock, &|| bar.advance()).map_err(Failure::File)?;
        bar.done();
        let report = MembersReport::of(&inventory.mesh, &probes, &expected.unissued, clock.now());
        let mut out = BufWriter::new(out::stdout());
        match format {
            Format::Json => print_json(&mut out, &report),
            Format::Text => print_members(&mut out, &report, quiet),
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)?;
        Ok(if report.is_done() { Exit::Clean } else { Exit::Findings })
    }
}
