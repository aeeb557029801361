//! `verify`: what agents would make of these files.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, Severity};
use crate::generate::Progress;
use crate::mesh::{CiliumVersion, Lifetime};
use crate::plan::Revocations;
use crate::report::{
    ALL_SHOWN, ExpiryView, OverlapView, Proven, RevocationListView, SubjectView, VerifiedLink, VerifyReport, print_json,
    print_verify,
};
use crate::verify::{
    Container, Ends, Expiry, Inspection, MemberFiles, MountedSecrets, Neighbour, Overlap, Own, Owner, Peer, Proof, Prover,
    RevocationList, SOON, SecretsReading, Server, View, expires_soon, revoked as find_revoked,
};
use crate::x509::Certificate;

use super::expected::servers;
use super::folders::DEFAULT_OUT;
use super::inspect_args::InspectArgs;
use super::load::Loaded;
use super::path_content::{PathContent, is_surely_nodes, read, read_like};
use super::progress_bar::Bar;
use super::release_facts::release_of;
use super::reporting::{Format, Reporting};
use super::targets::{VerifyTarget, children, targets};
use super::terminal::colour_on;
use super::{Exit, Failure, clock, exit, out, secret_files};

const EXAMPLES: &str = "\
Examples:
  meshbundle verify                                            all of `out`, both ends of each link
  meshbundle verify out/bundles/cluster1/nodes/node1.tar.gz
  meshbundle verify node1.tar.gz etcd1.tar.gz                  both ends: proves the link
  meshbundle verify /                                          this node, with agents under systemd
  meshbundle verify collected/                                 a folder with the roots of many nodes
  meshbundle verify /var/lib/clustermesh --cilium 1.17         as agents of that version read it
  meshbundle verify secrets.yaml                               Secrets, as Cilium's chart mounts them
  kubectl get secret,configmap -n kube-system -o yaml | meshbundle verify -
  meshbundle verify /var/lib/clustermesh server.crt            with a server certificate of an etcd
  meshbundle verify out /etc/etcd/clustermesh/revoked.crl      with the revocation list of an etcd
  meshbundle verify out --expires-within 60d --quiet           for a timer
  meshbundle verify out --mesh mesh.yaml --at 2027-06-30";

/// Read bundles, or folders that agents watch, as the agents do; offline, changes nothing
#[derive(clap::Args)]
#[command(after_help = exit::VERIFY.below(EXAMPLES))]
pub(super) struct Verify {
    /// What `generate` writes to, archives, unpacked bundles, folders that agents watch, roots of nodes, folders that hold
    /// bundles or roots, Secrets of Kubernetes in YAML or JSON, `-` for Secrets on stdin, server certificates, revocation lists
    #[arg(value_name = "PATH", default_value = DEFAULT_OUT)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    look: InspectArgs,
    /// Judge certificates at this time, RFC 3339; a date alone is its 00:00 UTC [default: now]
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    at: Option<OffsetDateTime>,
    /// A certificate that expires within this time is an error: 90d, 12h, 1y
    #[arg(long, value_name = "DURATION", value_parser = Lifetime::new)]
    expires_within: Option<Lifetime>,
    #[command(flatten)]
    reporting: Reporting,
}

/// What was read, and what was found.
struct Verified {
    subjects: Vec<SubjectView>,
    lists: Vec<RevocationListView>,
    findings: Vec<Diagnostic>,
}

/// What is at a path.
enum First {
    /// Inspected at once: an etcd member's files, which are the other end of links, or what was read of Secrets.
    Inspected(Vec<Inspection>),
    /// A node's files. They are inspected when all members are known, and dropped then: memory stays flat.
    Node,
    /// A certificate.
    Server(Server),
    /// A revocation list, if etcds can read it, and what they make of it.
    List(Option<RevocationList>, Vec<Diagnostic>),
}

impl Verify {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = self.at.map_or_else(clock::now, Ok)?;
        let soon = self.expires_within.map_or(SOON, Lifetime::as_duration);
        let view = View { soon, ..View::new(CiliumVersion::NEWEST, now) };
        let loaded = self.look.load(now)?;
        let revoked = self.look.revoked();
        let Verified { subjects, lists, findings } = self.verify(loaded.as_ref(), &revoked, &view)?;
        let mut out = out::stdout();
        match self.reporting.format {
            Format::Text => {
                print_verify(&mut out, (&subjects, &lists), &findings, self.reporting.quiet, colour_on(&io::stdout()))
            }
            Format::Json => {
                let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
                print_json(&mut out, &VerifyReport::of(&paths, (&subjects, &lists), &findings, now))
            }
        }
        .map_err(Failure::Stdout)?;
        Ok(self.reporting.exit(&findings))
    }

    fn verify(&self, loaded: Option<&Loaded>, revoked: &Revocations, view: &View) -> Result<Verified, Failure> {
        let root = self.look.root.as_deref();
        let targets: Vec<Vec<VerifyTarget>> =
            self.paths.iter().map(|path| targets(path, root)).collect::<Result<_, Failure>>()?;
        let targets: Vec<VerifyTarget> = targets.into_iter().flatten().collect();
        let bar = Bar::new(self.reporting.quiet);
        bar.begin("reading", targets.len());
        let first = targets.par_iter().map(|target| {
            let first = self.first(target, loaded, view);
            bar.advance();
            first
        });
        let first: Vec<First> = first.collect::<Result<_, Failure>>()?;
        let mut given = match loaded {
            Some(loaded) => servers(loaded.sound()?, &loaded.base)?,
            None => Vec::new(),
        };
        let named = || first.iter().filter_map(|one| if let First::Server(server) = one { Some(server) } else { None });
        if named().count() == first.len() {
            return Err(Failure::Usage("a certificate alone proves nothing: name a folder or a bundle beside it".to_owned()));
        }
        given.extend(named().cloned());
        let leaves = named().filter_map(|server| Some((server.file.as_str(), server.chain.first()?)));
        let expiring = leaves.filter_map(|(file, leaf)| expires_soon(file, leaf, "certificate", view.now, view.soon));
        let mut verified = Verified { subjects: Vec::new(), lists: Vec::new(), findings: expiring.collect() };
        let mut lists = Vec::new();
        for one in &first {
            if let First::List(list, findings) = one {
                lists.extend(list.clone());
                verified.findings.extend_from_slice(findings);
            }
        }
        verified.lists.extend(lists.iter().map(list_view));
        let inspected = first.iter().filter_map(|one| if let First::Inspected(seen) = one { Some(seen) } else { None });
        let ends = Ends::new(inspected.flatten(), given);
        bar.begin("proving links", targets.len());
        let shown = self.reporting.format == Format::Json || targets.len() <= ALL_SHOWN;
        // Each worker reads one node after the other, mostly those of one cluster.
        let worker = || (Neighbour::default(), Prover::new(&ends));
        let second = targets.par_iter().zip(first).map_init(worker, |(neighbour, prover), (target, one)| {
            let seen: Vec<Inspection> = match one {
                First::Server(_) | First::List(..) => Vec::new(),
                First::Inspected(seen) => seen,
                First::Node => self.node(target, loaded, view, neighbour)?.into_iter().collect(),
            };
            bar.advance();
            Ok(seen.into_iter().map(|seen| second(seen, (&ends, prover), (revoked, &lists), view, shown)).collect())
        });
        let second: Vec<Vec<_>> = second.collect::<Result<_, Failure>>()?;
        bar.done();
        let mut fitting = BTreeSet::new();
        for (subject, proven, findings) in second.into_iter().flatten() {
            verified.subjects.push(subject);
            verified.findings.extend(findings);
            fitting.extend(proven);
        }
        verified.findings.extend(ends.unfitting(&fitting));
        if self.expires_within.is_some() {
            let asked = verified.findings.iter_mut().filter(|finding| finding.code == Code::EndsSoon);
            asked.for_each(|finding| finding.severity = Severity::Error);
        }
        verified.findings.sort_by(|a, b| (&a.place, a.code, &a.message).cmp(&(&b.place, b.code, &b.message)));
        verified.findings.dedup();
        Ok(verified)
    }

    /// Inspects what is at the other end of links, and finds out what is a node's.
    fn first(&self, target: &VerifyTarget, loaded: Option<&Loaded>, view: &View) -> Result<First, Failure> {
        if target.holds_secrets {
            let secrets = secret_files::of_folder(&children(&target.path)?)?;
            return self.secrets(&secrets, &target.path, loaded, view).map(First::Inspected);
        }
        if is_surely_nodes(&target.path) {
            return Ok(First::Node);
        }
        Ok(match read(&target.path, target.root.as_deref())? {
            PathContent::Files(files, damage) if files.is_members() => {
                First::Inspected(vec![whole(self.look.inspect(&*files, loaded, view)?, damage)])
            }
            PathContent::Files(..) => First::Node,
            PathContent::Secrets(secrets) => First::Inspected(self.secrets(&secrets, &target.path, loaded, view)?),
            PathContent::Certificates(pem) => {
                let file = target.path.display().to_string();
                let chain = Certificate::chain_from_pem(&pem).map_err(|error| Failure::Input(format!("`{file}`: {error}")))?;
                First::Server(Server { file, cluster: None, chain, anchors: None, doubt: None })
            }
            PathContent::RevocationList(bytes) => {
                let (list, findings) = RevocationList::read(&target.path.display().to_string(), &bytes);
                First::List(list, findings)
            }
        })
    }

    /// Inspects a node's files. What is a certificate by now belongs to no node any more.
    fn node(
        &self,
        target: &VerifyTarget,
        loaded: Option<&Loaded>,
        view: &View,
        neighbour: &mut Neighbour,
    ) -> Result<Option<Inspection>, Failure> {
        match read_like(&target.path, target.root.as_deref(), neighbour.tree())? {
            PathContent::Files(files, damage) => {
                let (owner, version) = self.look.owner(&*files, loaded)?;
                Ok(Some(whole(neighbour.inspect(files, owner, &View { version, ..*view }), damage)))
            }
            PathContent::Certificates(_) | PathContent::RevocationList(_) | PathContent::Secrets(_) => Ok(None),
        }
    }

    /// Inspects what each container of a Kubernetes cluster mounts.
    fn secrets(
        &self,
        secrets: &SecretsReading,
        path: &Path,
        loaded: Option<&Loaded>,
        view: &View,
    ) -> Result<Vec<Inspection>, Failure> {
        let file = secret_files::shown(path);
        if secrets.others > 0 && !self.reporting.quiet {
            let _ = writeln!(out::stderr(), "{file}: other objects, passed over: {}", secrets.others);
        }
        let (mut inspections, mut misplaced) = (Vec::new(), Vec::new());
        for set in &secrets.sets {
            let mut known: Option<(Own, CiliumVersion)> = None;
            for container in Container::ALL {
                let Some(mounted) = MountedSecrets::of(set, container) else { continue };
                // Only a clustermesh directory says whose it is.
                let (owner, version) = match known.clone().filter(|_| container == Container::Apiserver) {
                    Some((own, version)) => (Owner { own, expected: None }, version),
                    None => self.look.owner(&mounted, loaded)?,
                };
                known.get_or_insert_with(|| (owner.own.clone(), version));
                let facts = release_of(&owner.own, loaded)?;
                let elsewhere = facts.namespace.as_deref().map(|release| set.misplaced(release)).unwrap_or_default();
                if !elsewhere.is_empty() {
                    misplaced.extend(elsewhere);
                    break;
                }
                let mut seen = mounted.of_release(&facts).inspect(owner, &View { version, ..*view });
                seen.findings.append(&mut seen.unexpected);
                inspections.push(seen);
            }
        }
        // Without a Secret that can be read, there is one subject all the same.
        if inspections.is_empty() {
            let is_sealed = !secrets.encrypted.is_empty();
            inspections.push(Inspection { file, is_sealed, version: view.version, ..Inspection::default() });
        }
        if let Some(first) = inspections.first_mut() {
            first.findings.extend(secrets.findings.iter().cloned().chain(misplaced));
        }
        Ok(inspections)
    }
}

/// What was found of files, with what is not as the mesh has it, and with what was found while they were read.
fn whole(mut seen: Inspection, mut damage: Vec<Diagnostic>) -> Inspection {
    seen.findings.append(&mut seen.unexpected);
    seen.findings.append(&mut damage);
    seen
}

/// Proves a subject's links against their other ends. Returns its view, and the findings to show.
fn second(
    mut seen: Inspection,
    (ends, prover): (&Ends, &mut Prover<'_>),
    (revoked, lists): (&Revocations, &[RevocationList]),
    view: &View,
    shown: bool,
) -> (SubjectView, BTreeSet<usize>, Vec<Diagnostic>) {
    let mut findings = std::mem::take(&mut seen.findings);
    let proven = prover.prove(&seen, &View { version: seen.version, ..*view });
    findings.extend(proven.findings);
    findings.extend(find_revoked(&seen, &|serial| revoked.day(serial)));
    findings.extend(lists.iter().flat_map(|list| list.refused(&seen)));
    let link = |(peer, (proof, expiry)): (Peer, (&Proof, Option<Expiry>))| VerifiedLink {
        rotation: ends.overlap(&peer).map(OverlapView::from),
        user: peer.chain.first().and_then(Certificate::common_name).map(str::to_owned),
        expiry: ExpiryView::of(expiry.as_ref(), view.now),
        cluster: peer.name,
        endpoints: peer.config.endpoints.iter().map(ToString::to_string).collect(),
        proven: (*proof).into(),
    };
    let proofs = proven.proofs;
    let mut links = Vec::new();
    if shown {
        links.extend(seen.peers.into_iter().zip(proofs.iter().zip(proven.expiries)).map(link));
    }
    let member_expiry = seen.member.as_ref().and_then(|member| Expiry::of_presented(&member.chain));
    let subject = SubjectView {
        file: seen.file,
        container: seen.container,
        is_sealed: seen.is_sealed,
        cilium: seen.version,
        cluster: seen.own.name,
        expiry: ExpiryView::of(member_expiry.as_ref(), view.now),
        rotation: seen.member.as_ref().and_then(overlap).map(OverlapView::from),
        member: seen.member.map(|member| member.name),
        links,
        proofs: proofs.into_iter().map(Proven::from).collect(),
    };
    (subject, proven.fitting, findings)
}

fn list_view(list: &RevocationList) -> RevocationListView {
    RevocationListView { file: list.file.clone(), signer: list.signer.clone(), revoked: list.revoked() }
}

/// How far the replacement of a CA has come at a member.
fn overlap(member: &MemberFiles) -> Option<Overlap> {
    Overlap::of(&member.anchors, &member.chain, std::iter::empty())
}
