//! `verify`: what agents would make of these files.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use time::OffsetDateTime;

use crate::diag::Diagnostic;
use crate::generate::Progress;
use crate::spec::CiliumVersion;
use crate::verify::{Certificate, Ends, Own, Peer, Proof, Seen, Server, View, compare};

use super::bar::Bar;
use super::expected::servers;
use super::load::Loaded;
use super::look::Look;
use super::subject::{Found, read};
use super::{Exit, Failure, Format, clock, verify_json, verify_text};

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

Exit status: 0 no errors, 1 errors, 2 usage, or a PATH could not be read.")]
pub(super) struct Verify {
    /// Archives, unpacked bundles, folders that agents watch, server certificates
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    look: Look,
    /// Judge certificates at this time, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    at: Option<OffsetDateTime>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What is told of one subject.
pub(super) struct Looked {
    pub(super) file: String,
    pub(super) version: CiliumVersion,
    pub(super) own: Own,
    /// The member's name, and the end of its certificate.
    pub(super) member: Option<(String, Option<OffsetDateTime>)>,
    /// One for each link.
    pub(super) proofs: Vec<Proof>,
    /// The links themselves, where they are shown: of very many bundles only their number is.
    pub(super) links: Vec<Link>,
}

/// What is told of a link.
pub(super) struct Link {
    pub(super) cluster: String,
    pub(super) endpoints: Vec<String>,
    pub(super) user: Option<String>,
    /// When the first of its certificates ends.
    pub(super) ends: Option<OffsetDateTime>,
    pub(super) proof: Proof,
}

/// All that is to be reported.
pub(super) struct Verified {
    pub(super) looked: Vec<Looked>,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) now: OffsetDateTime,
}

/// What the first look makes of a path.
enum First {
    /// An etcd member's: the other end of links.
    Member(Box<Seen>),
    /// A node's. Of very many it is dropped, and read again when all members are known: memory stays flat.
    Node(Option<Box<Seen>>),
    /// A certificate.
    Server(Server),
}

/// Up to so many subjects are kept in memory.
const FEW: usize = 64;

impl Verify {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = self.at.map_or_else(clock::now, Ok)?;
        let loaded = self.look.load(now)?;
        let verified = self.verify(loaded.as_ref(), now)?;
        let errors = verified.findings.iter().any(Diagnostic::is_error);
        let mut out = io::stdout().lock();
        match self.format {
            Format::Text => verify_text::print(&mut out, &verified),
            Format::Json => verify_json::print(&mut out, &verified),
        }
        .map_err(Failure::Stdout)?;
        Ok(if errors { Exit::Findings } else { Exit::Clean })
    }

    fn verify(&self, loaded: Option<&Loaded>, now: OffsetDateTime) -> Result<Verified, Failure> {
        let bar = Bar::new();
        bar.begin("reading", self.paths.len());
        let first: Vec<First> =
            self.paths.par_iter().map(|path| self.first(path, loaded, now, &bar)).collect::<Result<_, Failure>>()?;
        let mut given = match loaded {
            Some(loaded) => servers(loaded.sound()?, &loaded.base)?,
            None => Vec::new(),
        };
        given.extend(first.iter().filter_map(|one| if let First::Server(server) = one { Some(server.clone()) } else { None }));
        if first.iter().all(|one| matches!(one, First::Server(_))) {
            return Err(Failure::Usage("a certificate alone proves nothing: name a folder or a bundle beside it".to_owned()));
        }
        let members = first.iter().filter_map(|one| if let First::Member(seen) = one { Some(&**seen) } else { None });
        let ends = Ends::new(members, given);
        bar.begin("proving links", self.paths.len());
        let shown = self.format == Format::Json || self.paths.len() <= verify_text::ALL_SHOWN;
        let second: Vec<_> = self
            .paths
            .par_iter()
            .zip(first)
            .filter_map(|(path, one)| match one {
                First::Server(_) => None,
                First::Member(seen) | First::Node(Some(seen)) => Some(Ok(seen)),
                // What was a node's before, and is a certificate now, is nobody's any more.
                First::Node(None) => self.seen(path, loaded, now).map(|seen| seen.ok().map(Box::new)).transpose(),
            })
            .map(|seen| {
                bar.advance();
                seen.map(|seen| second(*seen, &ends, now, shown))
            })
            .collect::<Result<_, Failure>>()?;
        bar.done();
        let mut verified = Verified { looked: Vec::new(), findings: Vec::new(), now };
        let mut fitting = BTreeSet::new();
        for (looked, proven, findings) in second {
            verified.looked.push(looked);
            verified.findings.extend(findings);
            fitting.extend(proven);
        }
        verified.findings.extend(ends.unfitting(&fitting));
        verified.findings.sort_by(|a, b| (&a.place, a.code, &a.message).cmp(&(&b.place, b.code, &b.message)));
        verified.findings.dedup();
        Ok(verified)
    }

    fn first(&self, path: &Path, loaded: Option<&Loaded>, now: OffsetDateTime, bar: &Bar) -> Result<First, Failure> {
        let found = self.seen(path, loaded, now)?;
        bar.advance();
        Ok(match found {
            Ok(seen) if seen.member.is_some() => First::Member(Box::new(seen)),
            Ok(seen) => First::Node((self.paths.len() <= FEW).then(|| Box::new(seen))),
            Err(server) => First::Server(server),
        })
    }

    /// What stands at a path: a subject, or a server certificate.
    fn seen(&self, path: &Path, loaded: Option<&Loaded>, now: OffsetDateTime) -> Result<Result<Seen, Server>, Failure> {
        Ok(match read(path, self.look.root.as_deref())? {
            Found::Subject(mut subject, mut findings) => {
                let (mut seen, expected) = self.look.inspect(&mut subject, loaded, now)?;
                seen.findings.extend(expected.iter().flat_map(|expected| compare(&seen, expected)).collect::<Vec<_>>());
                seen.findings.append(&mut findings);
                Ok(seen)
            }
            Found::Certificates(pem) => {
                let file = path.display().to_string();
                let chain = Certificate::all_from_pem(&pem).map_err(|error| Failure::Usage(format!("`{file}`: {error}")))?;
                Err(Server { file, cluster: None, chain, anchors: None })
            }
        })
    }
}

/// A subject's links against their other ends; what is left is what is told.
fn second(mut seen: Seen, ends: &Ends, now: OffsetDateTime, shown: bool) -> (Looked, BTreeSet<usize>, Vec<Diagnostic>) {
    let mut findings = std::mem::take(&mut seen.findings);
    let proven = ends.prove(&seen, &View { version: seen.version, now });
    findings.extend(proven.findings);
    let link = |(peer, (proof, ends)): (Peer, (&Proof, Option<OffsetDateTime>))| Link {
        user: peer.chain.first().and_then(Certificate::common_name).map(str::to_owned),
        ends: ends.or_else(|| peer.ends()),
        cluster: peer.name,
        endpoints: peer.config.endpoints,
        proof: *proof,
    };
    let proofs = proven.proofs;
    let links = seen.peers.into_iter().zip(proofs.iter().zip(proven.ends)).filter(|_| shown).map(link).collect();
    let member = seen.member.map(|member| (member.name, member.chain.first().map(Certificate::not_after)));
    (Looked { file: seen.file, version: seen.version, own: seen.own, member, proofs, links }, proven.fitting, findings)
}
