//! The etcd of a cluster: its endpoints, and the CAs that sign and are trusted.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, FieldPath};

use super::super::client_name::ClientName;
use super::super::definition::{Credential, Etcd, Front, FrontKind, Member};
use super::super::endpoint::Host;
use super::super::name::Label;
use super::super::tree::{Value, YamlNode};
use super::reader::{MeshReader, field, flag, items, table, text, texts};

/// Reads an etcd, whose clients are `usual_client` unless it names them. A missing list of endpoints has been reported already, and is read
/// as an empty one.
pub(super) fn etcd(reader: &mut MeshReader, node: &YamlNode, usual_client: ClientName, path: &FieldPath) -> Etcd {
    let endpoints = field(node, "endpoints").map(|list| &list.value);
    let written = texts(node, "endpoints", path);
    let read = reader.endpoints(&written);
    if matches!(endpoints, Some(Value::List(items)) if items.is_empty()) {
        let finding = Diagnostic::new(Code::NoEndpoints, path.field("endpoints"), "an etcd without endpoints");
        reader.add(finding.help("list at least one: `https://host:port`"));
    }
    let mut endpoints_for = BTreeMap::new();
    for (cluster, list, path) in table(node, "endpointsFor", path) {
        let Value::List(items) = &list.value else { continue };
        let written: Vec<_> = items.iter().enumerate().filter_map(|(at, item)| Some((item.as_text()?, path.item(at)))).collect();
        if items.is_empty() {
            let finding = Diagnostic::new(Code::NoEndpoints, path, format!("no endpoints for `{}`", cluster.escape_debug()));
            reader.add(finding.help("list at least one, or remove the entry"));
            continue;
        }
        endpoints_for.insert(cluster.to_owned(), reader.endpoints(&written));
    }
    let label =
        |reader: &mut MeshReader, key: &str| text(node, key).and_then(|name| reader.authority_name(name, &path.field(key)));
    let labels = |reader: &mut MeshReader, key: &str| -> Vec<Label> {
        texts(node, key, path).into_iter().filter_map(|(name, path)| reader.authority_name(name, &path)).collect()
    };
    let server_trust = labels(reader, "serverTrust");
    Etcd {
        endpoints: read,
        endpoints_for,
        host_aliases: host_aliases(reader, node, path),
        authority: label(reader, "authority"),
        server_trust: (!server_trust.is_empty()).then_some(server_trust),
        client_signer: label(reader, "clientSigner"),
        client_trust: labels(reader, "clientTrust"),
        client_name: client_name(reader, node, &path.field("clientName")).unwrap_or(usual_client),
        client: field(node, "client").and_then(|node| credential(reader, node, &path.field("client"))),
        server_certificates: texts(node, "serverCertificates", path)
            .into_iter()
            .filter_map(|(file, path)| reader.file(file, &path))
            .collect(),
        front: field(node, "front").and_then(|node| front(reader, node, &path.field("front"))),
        members: items(node, "members", path).into_iter().filter_map(|(node, path)| member(reader, node, &path)).collect(),
        extra_dns_names: dns_names(reader, node, path),
        extra_ip_addresses: texts(node, "extraIpAddresses", path)
            .into_iter()
            .filter_map(|(text, path)| reader.address(text, &path))
            .collect(),
        owner: owner(reader, node, &path.field("owner")),
        peers: flag(node, "peers").unwrap_or(false),
        local_clients: flag(node, "localClients").unwrap_or(false),
        announce: flag(node, "announce").unwrap_or(false),
    }
}

fn host_aliases(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> BTreeMap<Host, Vec<std::net::IpAddr>> {
    let mut aliases = BTreeMap::new();
    for (name, list, path) in table(node, "hostAliases", path) {
        let Some(host) = reader.host(name, &path) else { continue };
        if host.name().is_none() {
            let finding = Diagnostic::new(Code::BadHost, path, format!("`{name}` is an address already"));
            reader.add(finding.help("aliases are for names that no DNS knows; addresses need none"));
            continue;
        }
        let Value::List(items) = &list.value else { continue };
        let addresses: Vec<_> =
            items.iter().enumerate().filter_map(|(at, item)| reader.address(item.as_text()?, &path.item(at))).collect();
        // With an alias without addresses, agents from 1.20 on do not connect (ParseCiliumConfig in
        // pkg/clustermesh/common/config.go).
        if items.is_empty() {
            let finding = Diagnostic::new(Code::BadAddress, path, format!("no address for `{name}`"));
            reader.add(finding.help("list at least one, or remove the entry"));
        }
        aliases.insert(host, addresses);
    }
    aliases
}

fn client_name(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Option<ClientName> {
    let template = text(node, "clientName")?;
    let read = ClientName::new(template);
    if let Err(reason) = &read {
        let message = format!("`{}` is not a name for clients: {reason}", template.escape_debug());
        reader.add(Diagnostic::new(Code::CommonName, path.clone(), message));
    }
    read.ok()
}

fn credential(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Option<Credential> {
    let certificate = text(node, "certificate").and_then(|file| reader.file(file, &path.field("certificate")));
    let key = text(node, "key").and_then(|file| reader.file(file, &path.field("key")));
    Some(Credential { certificate: certificate?, key: key? })
}

fn front(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Option<Front> {
    let kind = match text(node, "kind")? {
        "passthrough" => FrontKind::Passthrough,
        "terminates" => FrontKind::Terminates,
        "sni" => FrontKind::Sni,
        _ => return None,
    };
    let names = texts(node, "names", path).into_iter().filter_map(|(text, path)| reader.host(text, &path)).collect();
    let certificate = text(node, "certificate").and_then(|file| reader.file(file, &path.field("certificate")));
    Some(Front { kind, names, certificate })
}

fn member(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Option<Member> {
    let written = text(node, "name")?;
    let addresses = texts(node, "addresses", path).into_iter().filter_map(|(text, path)| reader.host(text, &path)).collect();
    match Label::new(written) {
        Ok(name) => Some(Member { name, addresses, path: path.clone() }),
        Err(bad) => {
            reader.bad_name(Code::NodeName, &path.field("name"), "a name of a member", written, &bad);
            None
        }
    }
}

/// Names for certificates: the first label may be a wildcard (Go's `x509` allows no other).
fn dns_names(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Vec<String> {
    let mut names = Vec::new();
    for (text, path) in texts(node, "extraDnsNames", path) {
        let (wildcard, rest) = text.strip_prefix("*.").map_or(("", text), |rest| ("*.", rest));
        if rest.contains('*') {
            let message = format!("`{}` is not a DNS name", text.escape_debug());
            reader.add(Diagnostic::new(Code::BadHost, path, message).help("only the first label may be `*`"));
            continue;
        }
        match reader.host(rest, &path) {
            Some(Host::Name(name)) => names.push(format!("{wildcard}{name}")),
            Some(Host::Ip(address)) => {
                let finding = Diagnostic::new(Code::BadHost, path, format!("`{address}` is an address, not a name"));
                reader.add(finding.help("put it under `extraIpAddresses`"));
            }
            None => {}
        }
    }
    names
}

/// `user:group`, as for chown(1): it is written into manifests that installers read.
fn owner(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Option<String> {
    let owner = text(node, "owner")?;
    let word = |word: &str| {
        !word.is_empty()
            && word.len() <= 32
            && !word.starts_with('-')
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    if owner.split_once(':').is_some_and(|(user, group)| word(user) && word(group)) {
        return Some(owner.to_owned());
    }
    let message = format!("`{}` is not an owner", owner.escape_debug());
    reader.add(Diagnostic::new(Code::UnsafePath, path.clone(), message).help("write `user:group`, such as `etcd:etcd`"));
    None
}
