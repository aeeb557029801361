//! A config as etcd's client and the agent read it: values as they are written, each with its line.
//!
//! A value may be a secret in the wrong place: what is printed of one is its [`Display`](fmt::Display), which hides secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use super::userinfo::without_user;

/// What etcd's client and the agent read from a config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerConfig {
    /// In the order of the config.
    pub endpoints: Vec<ConfigEndpoint>,
    /// Path of the CAs, as the agent sees it.
    pub trusted_ca_file: Option<ConfigText>,
    /// The old name of `trusted-ca-file`.
    pub ca_file: Option<ConfigText>,
    /// Path of the certificate.
    pub cert_file: Option<ConfigText>,
    /// Path of its key.
    pub key_file: Option<ConfigText>,
    /// `insecure-transport`: no TLS.
    pub insecure_transport: bool,
    /// `insecure-skip-tls-verify`: any server is accepted.
    pub insecure_skip_tls_verify: bool,
    /// The user by password; the password itself is not kept.
    pub username: Option<ConfigText>,
    /// `cilium-host-aliases`; whether agents read them is a matter of their version.
    pub aliases: BTreeMap<String, Vec<IpAddr>>,
}

impl PeerConfig {
    /// The files that it names.
    pub(super) fn paths(&self) -> impl Iterator<Item = &ConfigText> {
        [&self.ca_file, &self.cert_file, &self.key_file, &self.trusted_ca_file].into_iter().flatten()
    }

    /// The first path that depends on the agent's working directory. Without TLS no agent opens a file.
    pub fn relative_path(&self) -> Option<&ConfigText> {
        self.paths().find(|path| path.is_relative() && !self.insecure_transport)
    }
}

/// Text in a config, as it is written.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigText {
    text: String,
    /// The line of its key, counted from 1.
    pub line: usize,
}

impl ConfigText {
    pub(super) fn new(text: &str, line: usize) -> Self {
        Self { text: text.to_owned(), line }
    }

    /// The text itself, for looking files up.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is no absolute path.
    pub fn is_relative(&self) -> bool {
        !self.text.starts_with('/')
    }
}

/// For messages. What looks like a whole key or certificate is none of a message's business.
impl fmt::Display for ConfigText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.contains(['\n', '\r']) || self.text.contains("-----") {
            return f.write_str("…");
        }
        self.text.escape_debug().fmt(f)
    }
}

impl fmt::Debug for ConfigText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}` in line {}", self.line)
    }
}

/// An endpoint in a config, as it is written.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigEndpoint {
    text: String,
    /// Its line, counted from 1.
    pub line: usize,
}

impl ConfigEndpoint {
    pub(super) fn new(text: &str, line: usize) -> Self {
        Self { text: text.to_owned(), line }
    }

    /// Its scheme with `://`, if it has one.
    pub(super) fn scheme(&self) -> &str {
        self.text.find("://").map_or("", |at| self.text.split_at(at + 3).0)
    }
}

/// For messages, without a user and password before its host.
impl fmt::Display for ConfigEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_user(&self.text))
    }
}

impl fmt::Debug for ConfigEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}` in line {}", self.line)
    }
}
