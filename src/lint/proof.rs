//! Proves links to existing etcds by Go's rules, as far as the mesh names their files: server certificates against the CAs that
//! agents will trust, and client credentials against those that the etcd trusts.
//!
//! `generate` proves new certificates by the same code.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{CiliumVersion, Cluster, FrontKind, Host, Label, Mesh};
use crate::verify::{View, prove_chain, tolerated_faults};
use crate::x509::{Certificate, ChainError, GoRules, Usage, check_leaf, check_presented, host_matches, verify_chain};

use super::checked::MeshAuthority;
use super::links::{self, Readers, pairs_of_readers};
use super::provided_files::ProvidedFiles;
use super::trust::{self, read_certificates};

/// Certificates of provided client credentials, by file.
type Clients = BTreeMap<String, Vec<Certificate>>;

pub(super) fn check(
    mesh: &Mesh,
    readers: &Readers<'_>,
    resolved: &trust::ResolvedTrust,
    facts: &ProvidedFiles,
) -> (Clients, Vec<Diagnostic>) {
    let (mut clients, mut findings) = (Clients::new(), Vec::new());
    for (cluster, readers) in pairs_of_readers(mesh, readers) {
        check_servers(cluster, readers, resolved, facts, &mut findings);
        check_front(cluster, resolved, facts, &mut findings);
        check_client(cluster, resolved, facts, &mut clients, &mut findings);
    }
    (clients, findings)
}

/// The certificates of the CAs `names`; nothing if one of them is still to be made, could not be read, or would fail every proof.
fn anchors(names: &[Label], resolved: &trust::ResolvedTrust) -> Option<Vec<Certificate>> {
    if names.iter().any(|name| resolved.unfit.contains(name)) {
        return None;
    }
    names.iter().map(|name| resolved.authorities.get(name).and_then(MeshAuthority::anchor).cloned()).collect()
}

fn check_servers(
    cluster: &Cluster,
    readers: &[&Cluster],
    resolved: &trust::ResolvedTrust,
    facts: &ProvidedFiles,
    findings: &mut Vec<Diagnostic>,
) {
    let (etcd, path) = (&cluster.etcd, cluster.path.field("etcd"));
    if etcd.server_certificates.is_empty() {
        // A CA that does not reach this etcd already has a finding, and no server certificate would fix that.
        if etcd.members.is_empty() && !resolved.undelivered.contains(&cluster.name) {
            let message = format!("links to `{}` cannot be proven: its server certificates are not known", cluster.name);
            let help = match cluster.runtime.helm() {
                Some(release) => format!(
                    "set `serverCertificates: [{}.crt]`: `tls.crt` of the Secret `clustermesh-apiserver-server-cert` in `{}`",
                    cluster.name, release.namespace
                ),
                None => "set the certificates of its servers: `serverCertificates: [etcd1.crt]`".to_owned(),
            };
            findings.push(Diagnostic::new(Code::ServersUnknown, path.clone(), message).help(help));
        }
        return;
    }
    let Some(trust) = resolved.trust.get(&cluster.name) else { return };
    let anchors = anchors(&trust.server_trust, resolved);
    let mut proven: Vec<(Certificate, &str)> = Vec::new();
    for (position, file) in etcd.server_certificates.iter().enumerate() {
        let at = path.field("serverCertificates").item(position);
        let Some(chain) = read_certificates(facts, file, &at, findings) else { continue };
        let (Some(leaf), Some(anchors)) = (chain.first(), &anchors) else { continue };
        // By the rules of every version of the agents that dial it.
        let versions = readers.iter().map(|reader| reader.cilium.version).collect::<BTreeSet<_>>();
        let view = |version| View::new(version, facts.now);
        let refused =
            versions.into_iter().find_map(|version| prove_chain(&chain, anchors, Usage::ServerAuth, &view(version)).err());
        match refused {
            None => {
                findings.extend(find_faults(leaf, Usage::ServerAuth, &at));
                proven.push((leaf.clone(), file));
            }
            Some(doubt) if doubt.is_doubt() => findings.push(
                Diagnostic::new(Code::ServersUnknown, at, format!("links to `{}` cannot be proven: {doubt}", cluster.name))
                    .help("try the live link, on a node: `meshbundle probe /var/lib/clustermesh`"),
            ),
            Some(error) => findings.push(
                Diagnostic::new(Code::LinkUnproven, at, format!("agents would reject the server certificate `{file}`: {error}"))
                    .help(match error {
                        ChainError::UnknownAuthority { .. } if chain.len() == 1 => {
                            let anchors = names(&trust.server_trust);
                            format!(
                                "they trust: {anchors}; if an intermediate CA signed this certificate, append that CA to the \
                                 file, in the order that the etcd presents; otherwise set `serverTrust` to the CA that signed it"
                            )
                        }
                        ChainError::UnknownAuthority { .. } | ChainError::SignatureMismatch { .. } => {
                            let anchors = names(&trust.server_trust);
                            format!("they trust: {anchors}; set `serverTrust` to the CA that signed this certificate")
                        }
                        ChainError::NotYetValid { .. } => {
                            "set the certificate that the server presents now, and check the clock of this machine".to_owned()
                        }
                        _ => "set the certificate that the server presents now, or issue it again".to_owned(),
                    }),
            ),
        }
    }
    if proven.len() != etcd.server_certificates.len() {
        return;
    }
    let hosts = find_dialled(cluster, readers);
    check_members(cluster, &hosts, &proven, findings);
    for (host, at) in hosts {
        if !proven.iter().any(|(leaf, _)| host_matches(leaf, &host.to_string())) {
            let message = format!("no server certificate of `{}` is valid for `{host}`", cluster.name);
            if cluster.runtime.helm().is_some() {
                // Not yet: `values.yaml` adds the host, and the chart makes another certificate.
                let finding = Diagnostic::new(Code::ServersUnknown, at, message);
                findings.push(finding.help(
                    "merge `helm/values.yaml` into the values of the release before others dial it: its chart then makes a certificate \
                     with this host; copy that one here afterwards",
                ));
                continue;
            }
            let finding = Diagnostic::new(Code::LinkUnproven, at, message);
            findings.push(match list_sans(&proven) {
                hosts if hosts.is_empty() => finding
                    .cause("they have no SAN, and a common name does not count as a host (Go since 1.15)")
                    .help(format!("issue them again with the SAN `{host}`")),
                hosts => finding.cause(format!("they are valid for: {}", hosts.into_iter().collect::<Vec<_>>().join(", "))).help(
                    "use a host that they cover, with `hostAliases` if it is not in DNS, or give the etcd another certificate",
                ),
            });
        }
    }
}

/// Certificates of members that lack hosts at which agents may reach them. The mesh does not say which member has which address.
fn check_members(
    cluster: &Cluster,
    hosts: &BTreeMap<Host, FieldPath>,
    proven: &[(Certificate, &str)],
    findings: &mut Vec<Diagnostic>,
) {
    let covers = |leaf: &Certificate, host: &Host| host_matches(leaf, &host.to_string());
    // As many addresses as members: each member has one of them, and agents use any.
    let shared = |host: &&Host| {
        let addresses =
            cluster.etcd.host_aliases.get(*host).map_or(1, |addresses| addresses.iter().collect::<BTreeSet<_>>().len());
        proven.len() > 1 && addresses >= proven.len() && proven.iter().any(|(leaf, _)| covers(leaf, host))
    };
    let shared: Vec<&Host> = hosts.keys().filter(shared).collect();
    for (position, (leaf, file)) in proven.iter().enumerate() {
        let at = cluster.path.field("etcd").field("serverCertificates").item(position);
        if let Some(host) = shared.iter().find(|host| !covers(leaf, host)) {
            let message = format!("`{file}` is not valid for `{host}`, but members of `{}` are behind that name", cluster.name);
            let finding = Diagnostic::new(Code::LinkUnproven, at, message).cause("agents connect to any address of a name");
            findings.push(
                finding.help(format!("issue it again with the SAN `{host}`, or list the address of each member as an endpoint")),
            );
        } else if proven.len() > 1 && !hosts.keys().any(|host| covers(leaf, host)) {
            let message = format!("`{file}` is valid for no endpoint of `{}`", cluster.name);
            let finding = Diagnostic::new(Code::HostLeftOut, at, message);
            findings
                .push(finding.help(
                    "issue it again for an endpoint of this member; if there is none, remove it from `serverCertificates`",
                ));
        }
    }
}

/// The certificate of a balancer that terminates TLS: agents see no other certificate of this etcd.
fn check_front(cluster: &Cluster, resolved: &trust::ResolvedTrust, facts: &ProvidedFiles, findings: &mut Vec<Diagnostic>) {
    let Some(front) = cluster.etcd.front.as_ref().filter(|front| front.kind == FrontKind::Terminates) else { return };
    let Some(file) = &front.certificate else { return };
    let at = cluster.path.field("etcd").field("front").field("certificate");
    let Some(chain) = read_certificates(facts, file, &at, findings) else { return };
    let trusted = resolved.trust.get(&cluster.name).and_then(|trust| anchors(&trust.server_trust, resolved));
    let (Some(leaf), Some(anchors)) = (chain.first(), trusted) else { return };
    let others = chain.get(1..).unwrap_or_default();
    for host in &front.names {
        let proof = verify_chain(leaf, others, &anchors, Usage::ServerAuth, Some(&host.to_string()), facts.now);
        if let Err(error) = proof {
            let message = format!("agents would reject the certificate of the balancer, `{file}`: {error}");
            findings.push(
                Diagnostic::new(Code::FrontCertificate, at, message)
                    .help(format!("issue it for `{host}`, and name its CA in `serverTrust`")),
            );
            return;
        }
    }
}

/// Faults that Go tolerates.
fn find_faults<'a>(leaf: &'a Certificate, usage: Usage, at: &'a FieldPath) -> impl Iterator<Item = Diagnostic> + 'a {
    let finding = |(message, help): (String, &str)| Diagnostic::new(Code::FaultPassed, at.clone(), message).help(help);
    // The certificate of an existing etcd works as it is, so this only warns.
    tolerated_faults(leaf, usage).into_iter().filter(move |_| usage == Usage::ClientAuth).map(finding)
}

/// The SANs of the certificates, with their kind: a DNS name that looks like an address is not one.
fn list_sans(proven: &[(Certificate, &str)]) -> BTreeSet<String> {
    let hosts = |leaf: &Certificate| -> Vec<String> {
        let names = leaf.dns_names().iter().map(|name| format!("DNS:{name}"));
        names.chain(leaf.ip_addresses().iter().map(|address| format!("IP:{address}"))).collect()
    };
    proven.iter().flat_map(|(leaf, _)| hosts(leaf)).collect()
}

fn names(labels: &[Label]) -> String {
    labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ")
}

/// Every host that the agents of `readers` dial, and its place in the file.
fn find_dialled(cluster: &Cluster, readers: &[&Cluster]) -> BTreeMap<Host, FieldPath> {
    let mut hosts = BTreeMap::new();
    for dialled in links::dialled_endpoints(cluster, readers) {
        hosts.entry(dialled.endpoint.host.clone()).or_insert_with(|| dialled.path.clone());
    }
    hosts
}

fn check_client(
    cluster: &Cluster,
    resolved: &trust::ResolvedTrust,
    facts: &ProvidedFiles,
    clients: &mut Clients,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(given) = &cluster.etcd.client else { return };
    let path = cluster.path.field("etcd").field("client");
    let Some(chain) = read_certificates(facts, &given.certificate, &path.field("certificate"), findings) else { return };
    let trusted = resolved.trust.get(&cluster.name).and_then(|trust| anchors(&trust.client_trust, resolved));
    if let Some(leaf) = chain.first() {
        let view = View::new(CiliumVersion::NEWEST, facts.now);
        // Even if the CAs that the etcd trusts are not known, some certificates are rejected in any case.
        let refused = match trusted {
            Some(anchors) => prove_chain(&chain, &anchors, Usage::ClientAuth, &view).err(),
            None => check_leaf(leaf, Usage::ClientAuth, facts.now, GoRules::NEWEST)
                .and_then(|()| check_presented(&chain, GoRules::NEWEST))
                .err(),
        };
        findings.extend(find_faults(leaf, Usage::ClientAuth, &path.field("certificate")));
        if let Some(error) = refused.filter(|error| !error.is_doubt()) {
            let message =
                format!("the etcd of `{}` would reject the client certificate `{}`: {error}", cluster.name, given.certificate);
            findings.push(Diagnostic::new(Code::LinkUnproven, path.field("certificate"), message).help(match error {
                ChainError::UnknownAuthority { .. } | ChainError::SignatureMismatch { .. } => {
                    "set `clientSigner` to the CA that signs the clients of this etcd"
                }
                ChainError::NotYetValid { .. } => "use the previous certificate until then, and check the clock of this machine",
                _ => "ask the owner of this etcd for another certificate",
            }));
        }
    }
    clients.insert(given.certificate.clone(), Certificate::presented(&chain));
}
