//! Whether what was generated is what the plan said, with OpenSSL as the judge of certificates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::real_etcd::bundle::{Link, Node};
use crate::real_etcd::certificate::{Certificate, fingerprint, public_half, subject, verify};
use crate::real_etcd::mesh::{Cluster, host_and_port};
use crate::real_etcd::plan;
use crate::real_etcd::scene::Scene;
use crate::support::tree;

/// Every bundle has the files, and every certificate says what was planned; every chain holds.
pub(crate) fn judge(scene: &Scene) {
    files(scene);
    authorities(scene);
    certificates(scene);
    chains(scene);
}

fn files(scene: &Scene) {
    let Scene { plan, bundles, .. } = scene;
    let modes = |top: &Path| tree(top).into_iter().map(|(path, (mode, _))| (path, mode)).collect::<BTreeMap<_, _>>();
    for node in &bundles.nodes {
        assert_eq!(modes(&node.top), plan.cluster(&node.cluster).node_files(), "{}/{}", node.cluster, node.name);
        let remotes: Vec<_> = node.links.iter().map(|link| &link.remote).collect();
        assert!(remotes.into_iter().eq(&plan.cluster(&node.cluster).reads), "{}/{}", node.cluster, node.name);
    }
    for member in &bundles.members {
        assert_eq!(modes(&member.top), plan.cluster(&member.cluster).member_files(), "{}/{}", member.cluster, member.name);
    }
    let planned = |names: fn(&plan::Cluster) -> &Vec<String>| {
        let clusters = plan.clusters.iter();
        clusters.flat_map(move |cluster| names(cluster).iter().map(|name| (cluster.name.clone(), name.clone()))).collect()
    };
    let nodes: BTreeSet<_> = bundles.nodes.iter().map(|node| (node.cluster.clone(), node.name.clone())).collect();
    let members: BTreeSet<_> = bundles.members.iter().map(|member| (member.cluster.clone(), member.name.clone())).collect();
    assert_eq!((nodes, members), (planned(|cluster| &cluster.nodes), planned(|cluster| &cluster.members)));
}

fn authorities(scene: &Scene) {
    for authority in &scene.plan.authorities {
        let path = scene.authority(&authority.name);
        let brought = scene.mesh.trust.authorities.get(&authority.name);
        let (action, known) = match brought {
            Some(credential) if credential.key.is_some() => ("provided", Some(fingerprint(&path))),
            Some(_) => ("trust", Some(fingerprint(&path))),
            None => ("create", None),
        };
        assert_eq!((authority.action.as_str(), &authority.fingerprint), (action, &known), "{}", authority.name);
        verify(&path, &path, "any", None);
    }
}

fn certificates(scene: &Scene) {
    let Scene { sandbox, mesh, plan, bundles } = scene;
    let mut seen = BTreeSet::new();
    for member in &bundles.members {
        let name = format!("server/{}/{}", member.cluster, member.name);
        let signer = mesh.server_signer(mesh.cluster(&member.cluster));
        agree(scene, plan.certificate(&name), signer, &member.unpacked("ETCD_CERT_FILE"), &member.unpacked("ETCD_KEY_FILE"));
        seen.insert(name);
        if member.options.contains_key("ETCD_PEER_CERT_FILE") {
            let name = format!("peer/{}/{}", member.cluster, member.name);
            let (certificate, key) = (member.unpacked("ETCD_PEER_CERT_FILE"), member.unpacked("ETCD_PEER_KEY_FILE"));
            agree(scene, plan.certificate(&name), signer, &certificate, &key);
            seen.insert(name);
        }
    }
    for (name, cluster, stem) in per_node_credentials(scene) {
        let signer = mesh.client_signer(mesh.cluster(&cluster));
        agree(scene, plan.certificate(&name), signer, &stem.with_extension("crt"), &stem.with_extension("key"));
        seen.insert(name);
    }
    for (node, Link { remote, config }) in bundles.links() {
        let remote = mesh.cluster(remote);
        let (certificate, key) = (node.unpacked(&config.cert_file), node.unpacked(&config.key_file));
        if let Some(given) = &remote.etcd.client {
            let given_key = given.key.as_ref().expect("a credential has a key");
            for (given, shipped) in [(&given.certificate, &certificate), (given_key, &key)] {
                assert_eq!(fs::read(sandbox.path(given)).expect("readable"), fs::read(shipped).expect("readable"), "{given}");
            }
            continue;
        }
        let (signer, name) = (mesh.client_signer(remote), planned_client(scene, node, remote));
        agree(scene, plan.certificate(&name), signer, &certificate, &key);
        seen.insert(name);
    }
    assert_eq!(seen, plan.certificates.iter().map(|planned| planned.name.clone()).collect(), "what is planned is shipped");
}

/// Credentials for own etcds: the plan's name, the cluster, and the files' common stem. Agents and announcers have theirs on every
/// node, operators and administrators beside the archives.
fn per_node_credentials(scene: &Scene) -> Vec<(String, String, PathBuf)> {
    let mut found = Vec::new();
    for node in &scene.bundles.nodes {
        let files = tree(&node.top).into_keys().filter_map(|path| path.strip_suffix("/etcd-client.crt").map(str::to_owned));
        for folder in files {
            let user = if folder.ends_with("/clustermesh-announce") { "announcer" } else { "agent" };
            found.push((format!("own/{}/{user}", node.cluster), node.cluster.clone(), node.top.join(folder).join("etcd-client")));
        }
    }
    for cluster in scene.mesh.clusters.iter().map(|cluster| &cluster.name) {
        let folder = scene.sandbox.path("out/bundles").join(cluster);
        for (user, stem) in [("agent", "operator/etcd-client"), ("administrator", "etcd/root")] {
            let stem = folder.join(stem);
            if stem.with_extension("crt").is_file() {
                found.push((format!("own/{cluster}/{user}"), cluster.clone(), stem));
            }
        }
    }
    found
}

/// The plan's name of the certificate that `node` shows to `remote`.
fn planned_client(scene: &Scene, node: &Node, remote: &Cluster) -> String {
    let (user, own) = remote.client_name(&node.cluster, &node.name);
    let holder = if own { format!("{}.{}", node.cluster, node.name) } else { node.cluster.clone() };
    format!("client/{holder}/{}/{user}", scene.mesh.client_signer(remote))
}

/// Whether a certificate and its key are what was planned.
fn agree(scene: &Scene, planned: &plan::Certificate, signer: &str, certificate: &Path, key: &Path) {
    let (name, path) = (&planned.name, scene.authority(signer));
    let (made, authority) = (Certificate::read(certificate), Certificate::read(&path));
    assert_eq!((planned.action.as_str(), planned.signer.as_str()), ("issue", signer), "{name}");
    assert_eq!(subject(certificate), format!("CN={}", planned.common_name), "{name}");
    assert_eq!(made.issuer, authority.subject, "{name}: the issuer is not the authority's subject, byte for byte");

    assert_eq!(made.dns_names, planned.dns_names.iter().cloned().collect(), "{name}");
    assert_eq!(made.ip_addresses, planned.ip_addresses.iter().copied().collect(), "{name}");
    let (kind, usages) = match name.split('/').next() {
        Some("server" | "peer") => ("server", "TLS Web Server Authentication, TLS Web Client Authentication"),
        _ => ("client", "TLS Web Client Authentication"),
    };
    assert_eq!((planned.usage.as_str(), made.extended_key_usage.as_str()), (kind, usages), "{name}");
    assert_eq!(made.key_usage, "critical, Digital Signature", "{name}");
    assert_eq!(made.basic_constraints, "critical, CA:FALSE", "{name}");

    assert_eq!((&made.not_before, &made.not_after), (&planned.not_before, &planned.expires), "{name}");
    let within = authority.not_before <= made.not_before && made.not_after <= authority.not_after;
    assert!(within, "{name}: {} to {} is beyond its authority", made.not_before, made.not_after);
    assert_eq!(public_half(key), made.public_key, "{name}: the key is another's");
}

/// Each link's both ends, against what the other end has been told to trust. What many nodes have alike is judged once.
fn chains(scene: &Scene) {
    let mut judged = BTreeSet::new();
    let mut judge = |anchors: &Path, chain: &Path, purpose: &str, host: Option<&str>| {
        let content = [anchors, chain].map(|path| fs::read(path).expect("readable"));
        if judged.insert((content, purpose.to_owned(), host.map(str::to_owned))) {
            verify(anchors, chain, purpose, host);
        }
    };
    for (node, Link { remote, config }) in scene.bundles.links() {
        let remote = scene.mesh.cluster(remote);
        let anchors = node.unpacked(&config.trusted_ca_file);
        for server in scene.server_certificates(remote) {
            for endpoint in &config.endpoints {
                judge(&anchors, &server, "sslserver", Some(&host_and_port(endpoint).0));
            }
        }
        for trusted in scene.client_trust(remote) {
            judge(&trusted, &node.unpacked(&config.cert_file), "sslclient", None);
        }
    }
}
