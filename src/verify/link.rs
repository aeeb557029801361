//! Both ends of a link: would the agents accept the etcd's servers, and the etcd the agents' client? By Go's rules, with the
//! code that `generate` proves its links with. Here the chain decides, whatever else is in the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FilePlace};

use super::expiry::{Expiry, longest};
use super::inspection::Inspection;
use super::overlap::Overlap;
use super::peer::{Peer, PeerEtcd};
use super::target::Target;
use super::view::View;
use crate::x509::{Certificate, ChainError, Usage, check_presented, host_matches, verify_chain_by};

/// A server certificate that is known to stand at the other end.
#[derive(Clone)]
pub struct Server {
    /// Its file, for messages.
    pub file: String,
    /// The cluster whose etcd shows it; without one, it is compared with every peer that dials a host that it covers.
    pub cluster: Option<String>,
    /// The leaf and what travels with it.
    pub chain: Vec<Certificate>,
    /// What that etcd anchors clients on, if that is known.
    pub anchors: Option<Vec<Certificate>>,
    /// Why that is not known, where its files would say it.
    pub doubt: Option<Box<Diagnostic>>,
}

/// What was proven of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// The other end is not known here, or cannot be judged.
    None,
    /// The agents accept the servers; what those accept is not known, or cannot be judged here.
    Servers,
    /// Each accepts the other.
    Both,
    /// One of them would refuse the other.
    Refuted,
}

/// All the other ends that are known.
pub struct Ends {
    of_cluster: BTreeMap<String, Vec<Server>>,
    /// Those whose cluster is not known.
    strays: Vec<Server>,
}

/// What was proven of one link.
#[derive(Clone)]
pub(super) struct LinkProof {
    pub(super) proof: Proof,
    /// When it expires: by the certificates that it was proven with, or else as far as its own files tell.
    pub(super) expiry: Option<Expiry>,
    /// Numbers of the certificates without a cluster that fit it.
    pub(super) fitting: BTreeSet<usize>,
    /// Why it was refuted.
    pub(super) findings: Vec<Diagnostic>,
}

impl Ends {
    /// The members among `seen`, and server certificates that were given.
    pub fn new<'a>(seen: impl Iterator<Item = &'a Inspection>, given: Vec<Server>) -> Self {
        let members = seen.filter_map(|seen| {
            let member = seen.member.as_ref().filter(|member| !member.chain.is_empty())?;
            let doubt = member.doubt.clone().map(Box::new);
            let anchors = doubt.is_none().then(|| member.anchors.clone());
            // Without its cluster it is not known which links lead to it: chart-made ones cover `*.mesh.cilium.io`, as others do.
            let cluster = Some(seen.own.name.clone()?);
            Some(Server { file: member.file.clone(), cluster, chain: member.chain.clone(), anchors, doubt })
        });
        let mut ends = Self { of_cluster: BTreeMap::new(), strays: Vec::new() };
        for server in members.chain(given) {
            match server.cluster.clone() {
                Some(cluster) => ends.of_cluster.entry(cluster).or_default().push(server),
                None => ends.strays.push(server),
            }
        }
        ends
    }

    /// Proves the link to `peer` of the cluster `own`, if its other end is known.
    pub(super) fn link(&self, peer: &Peer, own: Option<&str>, view: &View) -> LinkProof {
        let cluster = match peer.etcd {
            PeerEtcd::Remote => Some(peer.name.as_str()),
            PeerEtcd::Local => own,
            PeerEtcd::Unknown => None,
        };
        let ends = cluster.and_then(|cluster| self.of_cluster.get(cluster));
        let mut ends: Vec<&Server> = ends.into_iter().flatten().collect();
        let mut fitting = BTreeSet::new();
        // The etcds of all Helm clusters have the name under which agents dial the local one.
        for (number, stray) in self.strays.iter().enumerate().filter(|_| peer.etcd == PeerEtcd::Remote) {
            let leaf = stray.chain.first();
            if hosts(peer).iter().any(|host| leaf.is_some_and(|leaf| host_matches(leaf, host))) {
                ends.push(stray);
                fitting.insert(number);
            }
        }
        let mut findings = Vec::new();
        let (proof, used) = LinkCheck::new(peer, own, view).prove(&ends, &mut findings);
        let expiry = Expiry::of_link(peer, &used);
        findings.extend(expiry.as_ref().and_then(|expiry| sooner_ca(peer, &used, expiry, view)));
        LinkProof { proof, expiry, fitting, findings }
    }

    /// Why a way to the local etcd would not work.
    pub(super) fn way(&self, way: &Peer, own: Option<&str>, view: &View) -> Vec<Diagnostic> {
        let ends: Vec<&Server> = self.of_cluster.get(&way.name).into_iter().flatten().collect();
        let mut findings = Vec::new();
        let _ = LinkCheck::new(way, own, view).prove(&ends, &mut findings);
        findings
    }

    /// How far the replacement of a CA has come on the link to `peer`, as far as its other end is known.
    pub fn overlap(&self, peer: &Peer) -> Option<Overlap> {
        let ends = self.of_cluster.get(&peer.name).filter(|_| peer.etcd == PeerEtcd::Remote);
        Overlap::of(&peer.anchors, &peer.chain, ends.into_iter().flatten().map(|end| end.chain.as_slice()))
    }

    /// Certificates that were given for no peer that anyone has.
    pub fn unfitting(&self, fitting: &BTreeSet<usize>) -> Vec<Diagnostic> {
        let strays = self.strays.iter().enumerate().filter(|(number, _)| !fitting.contains(number));
        let finding = |(_, stray): (usize, &Server)| {
            let message = "the certificate covers none of the hosts that agents dial".to_owned();
            let help = "reissue it with the hosts of the endpoints as SANs, or dial a host that it covers";
            unproven(&stray.file, message, help)
        };
        strays.map(finding).collect()
    }
}

/// One link on its way to a proof.
struct LinkCheck<'a> {
    peer: &'a Peer,
    view: &'a View,
    reader: String,
    /// Whose etcd it leads to.
    cluster: String,
    /// Whether a signature was met that cannot be checked here.
    unjudged: bool,
    /// The certificates of all chains that were proven.
    used: Vec<Certificate>,
}

impl<'a> LinkCheck<'a> {
    fn new(peer: &'a Peer, own: Option<&str>, view: &'a View) -> Self {
        let reader = own.map_or_else(|| "agents".to_owned(), |own| format!("the agents of `{own}`"));
        let cluster = own.filter(|_| peer.etcd == PeerEtcd::Local).unwrap_or(&peer.name).to_owned();
        Self { peer, view, reader, cluster, unjudged: false, used: Vec::new() }
    }

    fn prove(mut self, ends: &[&Server], findings: &mut Vec<Diagnostic>) -> (Proof, Vec<Certificate>) {
        let peer = self.peer;
        if ends.is_empty() || peer.anchors.is_empty() {
            return (Proof::None, Vec::new());
        }
        let before = findings.iter().filter(|finding| finding.is_error()).count();
        for server in ends {
            self.server(server, findings);
        }
        let servers_unjudged = std::mem::take(&mut self.unjudged);
        for server in ends.iter().filter(|_| !peer.chain.is_empty()) {
            self.client(server, findings);
        }
        self.hosts(ends, findings);
        let proof = if findings.iter().filter(|finding| finding.is_error()).count() > before {
            Proof::Refuted
        } else if servers_unjudged {
            Proof::None
        } else if ends.iter().all(|server| server.anchors.is_some()) && !peer.chain.is_empty() && !self.unjudged {
            Proof::Both
        } else {
            Proof::Servers
        };
        (proof, if matches!(proof, Proof::Servers | Proof::Both) { self.used } else { Vec::new() })
    }

    /// Whether agents would accept a server.
    fn server(&mut self, server: &Server, findings: &mut Vec<Diagnostic>) {
        if let Some(doubt) = &self.peer.doubt {
            return self.note(Err((**doubt).clone()), findings);
        }
        let (reader, cluster) = (&self.reader, &self.cluster);
        let proven = prove_chain(&server.chain, &self.peer.anchors, Usage::ServerAuth, self.view);
        let message = |reason: &ChainError| format!("{reader} would refuse the etcd of `{cluster}`: {reason}");
        let help = format!("trust the CA that signed `{}`, or present another certificate there", server.file);
        let judged = judged(&self.peer.file, proven, message, &help);
        self.note(judged, findings);
    }

    /// Whether a server would accept the agents.
    fn client(&mut self, server: &Server, findings: &mut Vec<Diagnostic>) {
        if let Some(doubt) = &server.doubt {
            return self.note(Err((**doubt).clone()), findings);
        }
        let Some(anchors) = &server.anchors else { return };
        let (reader, cluster) = (&self.reader, &self.cluster);
        let proven = prove_chain(&self.peer.chain, anchors, Usage::ClientAuth, self.view);
        let message = |reason: &ChainError| format!("the etcd of `{cluster}` would refuse {reader}: {reason}");
        let help = "put the CA that signs these clients into the file of etcd's `trusted-ca-file`, and restart etcd";
        let judged = judged(&self.peer.file, proven, message, help);
        self.note(judged, findings);
    }

    fn note(&mut self, judged: Result<Vec<Certificate>, Diagnostic>, findings: &mut Vec<Diagnostic>) {
        match judged {
            Ok(chain) => self.used.extend(chain),
            Err(finding) => {
                self.unjudged |= !finding.is_error();
                findings.push(finding);
            }
        }
    }

    /// Whether the servers' certificates are for the hosts that are dialled.
    fn hosts(&self, ends: &[&Server], findings: &mut Vec<Diagnostic>) {
        let (cluster, hosts) = (&self.cluster, hosts(self.peer));
        let covers = |server: &Server, host: &str| server.chain.first().is_some_and(|leaf| host_matches(leaf, host));
        for host in &hosts {
            let shown = host.escape_debug();
            if !ends.iter().any(|server| covers(server, host)) {
                let files: Vec<String> = ends.iter().map(|server| format!("`{}`", server.file)).collect();
                let message = format!("agents dial `{shown}`, but no certificate of the etcd of `{cluster}` covers it");
                findings.push(unproven(
                    &self.peer.file,
                    message,
                    &format!("issue {} with that host as a SAN", files.join(" or ")),
                ));
            } else if self.behind(host) >= ends.len() {
                // Each of the servers has one of the addresses of this name.
                for server in ends.iter().filter(|server| !covers(server, host)) {
                    let message = format!(
                        "agents dial `{shown}`, which also leads to this member of `{cluster}`, but `{}` does not cover that name",
                        server.file
                    );
                    findings.push(unproven(&self.peer.file, message, "issue it with that host as a SAN"));
                }
            }
        }
        // Which member has which address cannot be known here: only a member that is dialled is surely rejected.
        for server in ends.iter().filter(|server| !hosts.is_empty() && !hosts.iter().any(|host| covers(server, host))) {
            if ends.len() > 1 && !hosts.iter().any(|host| self.behind(host) >= ends.len()) {
                let message = format!("`{}` covers none of the hosts that agents dial for `{cluster}`", server.file);
                let finding = Diagnostic::of_file(Code::HostLeftOut, FilePlace::whole(&self.peer.file), message);
                findings.push(finding.help(
                    "issue it with the host that leads to it as a SAN; if no endpoint leads to this member, leave it as it is",
                ));
            }
        }
    }

    /// How many addresses stand behind a host that is dialled, as far as the config says: agents take any of them.
    fn behind(&self, host: &str) -> usize {
        let aliases = self.peer.config.aliases.iter().find(|(name, _)| name.eq_ignore_ascii_case(host));
        aliases.map_or(1, |(_, addresses)| addresses.iter().collect::<BTreeSet<_>>().len())
    }
}

/// That a link expires soon with one of several CAs in the agents' file. By the file alone, the CA that lasts longest counts.
fn sooner_ca(peer: &Peer, used: &[Certificate], expiry: &Expiry, view: &View) -> Option<Diagnostic> {
    let is_it = |certificate: &&Certificate| certificate.not_after() == expiry.at && peer.anchors.contains(certificate);
    let ca = used.iter().find(is_it).filter(|ca| longest(&*peer.anchors) != Some(*ca))?;
    expiry.is_soon(view.now, view.soon).then(|| {
        let message = format!("the CA `{}` of the link to `{}` expires {}", ca.label(), peer.name, expiry.when(view.now));
        let finding = Diagnostic::of_file(Code::EndsSoon, FilePlace::whole(&peer.file), message);
        finding.help("issue the certificates of that etcd's members under the CA that replaces it (docs/trust.md)")
    })
}

/// A proof, or the finding of what keeps it from being one.
fn judged(
    file: &str,
    proven: Result<Vec<Certificate>, ChainError>,
    message: impl Fn(&ChainError) -> String,
    help: &str,
) -> Result<Vec<Certificate>, Diagnostic> {
    proven.map_err(|reason| {
        if !reason.is_doubt() {
            return unproven(file, message(&reason), help);
        }
        let finding = Diagnostic::of_file(Code::LinkUnjudged, FilePlace::whole(file), reason.to_string());
        finding.help("try the link itself, on a node: `meshbundle probe /var/lib/clustermesh`")
    })
}

/// Proves a chain, leaf first, without a host, and returns the one that was found.
///
/// # Errors
/// Why the other end would refuse it.
pub fn prove_chain(
    chain: &[Certificate],
    anchors: &[Certificate],
    usage: Usage,
    view: &View,
) -> Result<Vec<Certificate>, ChainError> {
    let (leaf, rest) = chain.split_first().ok_or(ChainError::Nothing)?;
    let rules = view.rules();
    let proven = verify_chain_by(rules, leaf, rest, anchors, usage, None, view.now)?;
    check_presented(chain, rules)?;
    Ok(proven)
}

/// The hosts that agents dial with TLS.
fn hosts(peer: &Peer) -> BTreeSet<String> {
    let targets = peer.config.endpoints.iter().filter_map(|endpoint| Target::parse(endpoint, &peer.config).ok());
    targets.filter(|target| target.tls).map(|target| target.host).collect()
}

fn unproven(file: &str, message: String, help: &str) -> Diagnostic {
    let finding = Diagnostic::of_file(Code::LinkUnproven, FilePlace::whole(file), message);
    finding.help(help)
}
