//! PEM blocks as openssl sees them, in few words: what is random is left out, dates are told from now.

use std::fs;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::tool;

/// A certificate, told by openssl.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    /// Lower-case hex, as `meshbundle` writes it.
    pub(crate) serial: String,
    /// SHA-256 of its DER, lower-case hex.
    pub(crate) fingerprint: String,
    pub(crate) public_key: String,
    /// Its fields, a line each.
    pub(crate) text: String,
}

const EXTENSIONS: &str =
    "basicConstraints,keyUsage,extendedKeyUsage,subjectAltName,nameConstraints,subjectKeyIdentifier,authorityKeyIdentifier";

/// Reads the certificate `pem`, one block.
pub(crate) fn certificate(pem: &str, now: OffsetDateTime) -> Certificate {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("certificate");
    fs::write(&file, pem).expect("written");
    let file = file.to_str().expect("a plain path");
    let words = [
        "x509",
        "-in",
        file,
        "-noout",
        "-subject",
        "-issuer",
        "-startdate",
        "-enddate",
        "-serial",
        "-sha256",
        "-fingerprint",
        "-nameopt",
        "RFC2253",
        "-dateopt",
        "iso_8601",
        "-ext",
        EXTENSIONS,
        "-pubkey",
    ];
    let told = tool("openssl", "openssl", words);
    let value = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let line = line.unwrap_or_else(|| panic!("openssl tells no {name}: {told}"));
        // The digest of a CA's key, which a CA made here has in its name.
        line.split_once(",serialNumber=").map_or(line, |(name, _)| name).to_owned()
    };
    let (begin, end) = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----");
    let public_key = told.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).expect("a public key").0.to_owned();
    let validity = format!("{} to {}", from_now(date(&value("notBefore")), now), from_now(date(&value("notAfter")), now));
    let mut text = format!("  subject {}\n  issuer  {}\n  valid   {validity}\n", value("subject"), value("issuer"));
    for (name, values) in extensions(&told) {
        text += &format!("  {name} {values}\n");
    }
    Certificate {
        subject: value("subject"),
        serial: value("serial").to_lowercase(),
        fingerprint: value("sha256 Fingerprint").replace(':', "").to_lowercase(),
        public_key,
        text,
    }
}

/// Names and values of the extensions, in the certificate's order.
fn extensions(told: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in told.lines() {
        if let Some(head) = line.strip_prefix("X509v3 ") {
            let (name, critical) = head.split_once(':').expect("a name and a colon");
            found.push((format!("{name}:"), critical.trim().to_owned()));
        } else if let Some(value) = line.strip_prefix("    ")
            && let Some((name, values)) = found.last_mut()
        {
            let value = if name.ends_with("Key Identifier:") { "<key id>" } else { value.trim() };
            *values = [values.as_str(), value].join(" ").trim().to_owned();
        }
    }
    found
}

/// The public key that belongs to the private key `pem`.
pub(crate) fn public_key(pem: &str) -> String {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("key");
    fs::write(&file, pem).expect("written");
    let told = tool("openssl", "openssl", ["pkey", "-in", file.to_str().expect("a plain path"), "-pubout"]);
    let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with("-----")).collect();
    format!("\n{}\n", lines.join("\n"))
}

fn date(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(&text.replacen(' ', "T", 1), &Rfc3339).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// `now-1h`, `now+365d`, to the nearest hour.
pub(crate) fn from_now(date: OffsetDateTime, now: OffsetDateTime) -> String {
    let hours = ((date - now).as_seconds_f64() / 3600.0).round();
    match hours {
        0.0 => "now".to_owned(),
        hours if hours % 24.0 == 0.0 => format!("now{:+}d", hours / 24.0),
        hours => format!("now{hours:+}h"),
    }
}
