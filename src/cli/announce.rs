//! `announce`: keep a cluster's heartbeat and cluster-config in its own etcd, where no operator does.

use std::io::Write;
use std::path::PathBuf;

use time::OffsetDateTime;

use crate::announce::{Announcement, check, run};
use crate::input;
use crate::mesh::{CiliumVersion, ClusterName};
use crate::report::{AnnounceReport, print_announce, print_json};
use crate::verify::{Directory, NodeFiles, Peer, Placed, Tree, View, inspect_alone, named_by};

use super::entry::{below, entry};
use super::{Exit, Failure, Format, clock, exit, out};

/// No config of an etcd is larger.
const MAX_CONFIG: u64 = 1024 * 1024;

const EXAMPLES: &str = "\
Remote agents from Cilium 1.16 on need both keys, and an operator writes them. Where there is none,
run this as a service, one or several for a cluster: one writes, the others stand by, as they do for
an operator. It writes nothing but these two keys.

Examples, with C for `--cluster-name oslo --cluster-id 7 --etcd-config etcd.config`:
  meshbundle announce C                                   until SIGTERM
  meshbundle announce C --max-connected-clusters 511      where agents have it
  meshbundle announce C --check                           do remote agents find both?
  meshbundle announce C --check --format json";

/// Keep the heartbeat and the cluster-config in a cluster's own etcd, where no operator does
#[derive(clap::Args)]
#[command(after_help = exit::ANNOUNCE.below(EXAMPLES))]
pub(super) struct Announce {
    /// `cluster-name` of the agents
    #[arg(long, value_name = "NAME", value_parser = name)]
    cluster_name: ClusterName,
    /// `cluster-id` of the agents, 1 to 511
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u32).range(1..=511))]
    cluster_id: u32,
    /// `max-connected-clusters` of the agents, 255 or 511
    #[arg(long, value_name = "COUNT", value_parser = size)]
    max_connected_clusters: Option<u32>,
    /// Config of the cluster's own etcd, in YAML as agents have it: endpoints, trusted-ca-file, cert-file, key-file
    #[arg(long, value_name = "FILE")]
    etcd_config: PathBuf,
    /// Folder that is `/` for the paths in the config
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Only look whether remote agents find both keys right and fresh
    #[arg(long)]
    check: bool,
    /// Form of what --check prints
    #[arg(long, value_enum, default_value_t, requires = "check")]
    format: Format,
}

impl Announce {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let announcement = Announcement::new(self.cluster_name.clone(), self.cluster_id, self.max_connected_clusters);
        let announcement = announcement.map_err(|unfit| Failure::Usage(unfit.to_string()))?;
        let at_start = clock::now()?;
        // It was a time when we started.
        let now = || clock::now().unwrap_or(at_start);
        let source = || self.peer(now());
        if self.check {
            let checked = check(&announcement, &source, &now).map_err(Failure::File)?;
            let health = checked.map_err(|trouble| Failure::Input(trouble.to_string()))?;
            match self.format {
                Format::Text => print_announce(&mut out::stdout(), &health),
                Format::Json => print_json(&mut out::stdout(), &AnnounceReport::of(&announcement, &health, now())),
            }
            .map_err(Failure::Stdout)?;
            return Ok(if health.is_good() { Exit::Clean } else { Exit::Findings });
        }
        let say = |line: &str| {
            let _ = writeln!(out::stderr(), "{line}");
        };
        run(&announcement, &source, &now, &say).map_err(Failure::File)?;
        Ok(Exit::Clean)
    }

    /// The etcd as its config and the files that it names have it now.
    fn peer(&self, now: OffsetDateTime) -> Result<Peer, String> {
        let (name, file) = (self.cluster_name.as_str(), self.etcd_config.display().to_string());
        let bytes = input::read(&self.etcd_config, MAX_CONFIG).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
        let view = View::new(CiliumVersion::NEWEST, now);
        let placed = named_by(&bytes).into_iter().map(|path| (path.clone(), self.find(path))).collect();
        let files = Directory::new(file, Tree::default()).on(NodeFiles { placed, ..NodeFiles::default() });
        Ok(inspect_alone(name, &bytes, &files, &view))
    }

    /// The file that the config calls `path`.
    fn find(&self, path: String) -> Placed {
        let root = self.root.as_deref();
        let at = root.map_or_else(|| PathBuf::from(&path), |root| below(root, &root.join(path.trim_start_matches('/'))));
        let entry = at.symlink_metadata().is_ok().then(|| entry(&at, root, &mut Tree::MAX_BYTES.clone()));
        Placed { at: path, inside: None, entry }
    }
}

fn name(text: &str) -> Result<ClusterName, String> {
    ClusterName::new(text).map_err(|bad| match bad.suggestion {
        Some(suggestion) => format!("{}; perhaps `{suggestion}`", bad.reason),
        None => bad.reason,
    })
}

fn size(text: &str) -> Result<u32, String> {
    match text {
        "255" => Ok(255),
        "511" => Ok(511),
        _ => Err("agents know 255 and 511".to_owned()),
    }
}
