//! `verify`: what agents would make of these files.

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;
use time::OffsetDateTime;

use crate::diag::Diagnostic;
use crate::spec::CiliumVersion;
use crate::verify::{Certificate, Proof, Seen, Server, View, compare, inspect, prove};

use super::expected::{cluster_of, expected, servers};
use super::load::Loaded;
use super::subject::{Found, read};
use super::{Exit, Failure, Format, clock, load, verify_json, verify_text};

/// Read bundles, or folders that agents watch, as the agents do; offline, changes nothing
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  meshbundle verify out/bundles/cluster1/nodes/node1.tar.gz
  meshbundle verify /var/lib/clustermesh --cilium 1.17       as agents of that version read it
  meshbundle verify node1.tar.gz etcd1.tar.gz                both ends: proves the link
  meshbundle verify /var/lib/clustermesh server.crt          with a server certificate of an etcd
  meshbundle verify out/bundles/*/*/*.tar.gz --mesh mesh.yaml
  meshbundle verify /var/lib/clustermesh --at 2027-06-30T00:00:00Z

Exit status: 0 no errors, 1 errors, 2 usage, or something could not be read.")]
pub(super) struct Verify {
    /// Archives, unpacked bundles, folders that agents watch, server certificates
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder that is the node's `/`, for paths outside of the folder of peers
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Version of the agents, such as 1.18 [default: the mesh's, or the newest that is known]
    #[arg(long, value_name = "VERSION", value_parser = CiliumVersion::parse)]
    cilium: Option<CiliumVersion>,
    /// The mesh: tells missing, extra and stale links
    #[arg(long)]
    mesh: Option<PathBuf>,
    /// The cluster whose agents read a folder, where nothing in it says so
    #[arg(long, value_name = "NAME", requires = "mesh")]
    cluster: Option<String>,
    /// Judge certificates at this time, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    at: Option<OffsetDateTime>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// All that is to be reported.
pub(super) struct Verified {
    pub(super) version: CiliumVersion,
    pub(super) seen: Vec<Seen>,
    pub(super) proofs: Vec<Vec<Proof>>,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) now: OffsetDateTime,
}

impl Verify {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = self.at.map_or_else(clock::now, Ok)?;
        let loaded = self.mesh.as_deref().map(|mesh| load::load(mesh, now)).transpose()?;
        let version = self.cilium.or_else(|| loaded.as_ref().and_then(Loaded::version)).unwrap_or(CiliumVersion::NEWEST);
        let view = View { version, now };
        let verified = self.verify(loaded.as_ref(), &view)?;
        let errors = verified.findings.iter().any(Diagnostic::is_error);
        let mut out = io::stdout().lock();
        match self.format {
            Format::Text => verify_text::print(&mut out, &verified),
            Format::Json => verify_json::print(&mut out, &verified),
        }
        .map_err(Failure::Stdout)?;
        Ok(if errors { Exit::Findings } else { Exit::Clean })
    }

    fn verify(&self, loaded: Option<&Loaded>, view: &View) -> Result<Verified, Failure> {
        let found: Vec<_> = self.paths.par_iter().map(|path| self.one(path, view)).collect::<Result<_, Failure>>()?;
        let (mut seen, mut given, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for one in found {
            match one {
                One::Seen(one) => seen.push(*one),
                One::Server(server) => given.push(server),
            }
        }
        if let Some(loaded) = loaded {
            let Some(mesh) = &loaded.checked else {
                loaded.tell();
                return Err(Failure::Usage("the mesh has errors, so nothing can be held against it".to_owned()));
            };
            given.extend(servers(mesh, &loaded.base)?);
            for one in &seen {
                let cluster = cluster_of(mesh, one, self.cluster.as_deref())?;
                findings.extend(compare(one, &expected(mesh, cluster)));
            }
        }
        let (proofs, refuted) = prove(&seen, &given, view);
        findings.extend(refuted);
        findings.extend(seen.iter_mut().flat_map(|one| std::mem::take(&mut one.findings)));
        findings.sort_by(|a, b| (&a.place, a.code, &a.message).cmp(&(&b.place, b.code, &b.message)));
        findings.dedup();
        Ok(Verified { version: view.version, seen, proofs, findings, now: view.now })
    }

    fn one(&self, path: &std::path::Path, view: &View) -> Result<One, Failure> {
        Ok(match read(path, self.root.as_deref())? {
            Found::Subject(subject, mut findings) => {
                let mut seen = inspect(&subject, view);
                seen.findings.append(&mut findings);
                One::Seen(Box::new(seen))
            }
            Found::Certificates(pem) => {
                let file = path.display().to_string();
                let chain = Certificate::all_from_pem(&pem).map_err(|error| Failure::Usage(format!("`{file}`: {error}")))?;
                One::Server(Server { file, cluster: None, chain, anchors: None })
            }
        })
    }
}

enum One {
    Seen(Box<Seen>),
    Server(Server),
}
