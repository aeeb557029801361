//! What OpenSSL says of a certificate, and of a chain.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use crate::support::tool;

/// The first certificate of a file.
pub(crate) struct Certificate {
    /// Names as OpenSSL shows every value's DER, string types and all.
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) dns_names: BTreeSet<String>,
    pub(crate) ip_addresses: BTreeSet<IpAddr>,
    pub(crate) key_usage: String,
    pub(crate) extended_key_usage: String,
    pub(crate) basic_constraints: String,
    /// RFC 3339, UTC.
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    pub(crate) public_key: String,
}

impl Certificate {
    pub(crate) fn read(path: &Path) -> Self {
        let said = x509(
            path,
            "-subject -issuer -nameopt RFC2253,dump_all,oid -dates -dateopt iso_8601 \
             -ext subjectAltName,keyUsage,extendedKeyUsage,basicConstraints -pubkey",
        );
        let field = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {said}")).to_owned()
        };
        let extension = |name: &str| {
            let mut lines = said.lines().skip_while(|line| !line.starts_with(&format!("X509v3 {name}:")));
            let head = lines.next()?;
            let critical = if head.contains("critical") { "critical, " } else { "" };
            Some(format!("{critical}{}", lines.next().expect("a value").trim()))
        };
        let names = extension("Subject Alternative Name").unwrap_or_default();
        let of_kind =
            |kind: &str| names.split(", ").filter_map(|name| name.strip_prefix(kind).map(str::to_owned)).collect::<Vec<_>>();
        let (dns_names, ip_addresses) = (of_kind("DNS:"), of_kind("IP Address:"));
        let all = if names.is_empty() { 0 } else { names.split(", ").count() };
        assert_eq!(dns_names.len() + ip_addresses.len(), all, "names of another kind: {names}");
        let public_key = said.split_once("-----BEGIN").map(|(_, rest)| format!("-----BEGIN{rest}"));
        Self {
            subject: field("subject="),
            issuer: field("issuer="),
            dns_names: dns_names.into_iter().collect(),
            ip_addresses: ip_addresses.iter().map(|address| address.parse().expect("an address")).collect(),
            key_usage: extension("Key Usage").unwrap_or_default(),
            extended_key_usage: extension("Extended Key Usage").unwrap_or_default(),
            basic_constraints: extension("Basic Constraints").unwrap_or_default(),
            not_before: field("notBefore=").replace(' ', "T"),
            not_after: field("notAfter=").replace(' ', "T"),
            public_key: public_key.expect("a public key"),
        }
    }
}

/// The subject in words, RFC 2253.
pub(crate) fn subject(path: &Path) -> String {
    x509(path, "-subject -nameopt RFC2253").trim().strip_prefix("subject=").expect("a subject").to_owned()
}

/// SHA-256 of the first certificate, lower-case hexadecimal.
pub(crate) fn fingerprint(path: &Path) -> String {
    let said = x509(path, "-fingerprint -sha256");
    said.trim().split_once('=').expect("a fingerprint").1.replace(':', "").to_lowercase()
}

/// The public half of a private key.
pub(crate) fn public_half(key: &Path) -> String {
    tool("openssl", "openssl", ["pkey", "-in", text(key), "-pubout"])
}

/// Demands that the first certificate of `chain`, with the help of the rest, ends in one of `anchors`, root or not, and
/// is good for `purpose` and, where one is given, for `host`.
pub(crate) fn verify(anchors: &Path, chain: &Path, purpose: &str, host: Option<&str>) {
    let mut line = vec!["verify", "-check_ss_sig", "-partial_chain", "-no-CApath", "-no-CAstore", "-purpose", purpose];
    // OpenSSL's strict mode wants an identifier in every authority (RFC 5280 4.2.1.2), which old ones lack.
    if x509(anchors, "-ext subjectKeyIdentifier").contains("Subject Key Identifier") {
        line.push("-x509_strict");
    }
    if let Some(host) = host {
        line.extend([if host.parse::<IpAddr>().is_ok() { "-verify_ip" } else { "-verify_hostname" }, host]);
    }
    line.extend(["-CAfile", text(anchors), "-untrusted", text(chain), text(chain)]);
    tool("openssl", "openssl", line);
}

fn x509(path: &Path, what: &str) -> String {
    tool("openssl", "openssl", ["x509", "-in", text(path), "-noout"].into_iter().chain(what.split_whitespace()))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}
