//! What keeps an endpoint, or a link, from working: code, message and help.

use std::net::IpAddr;

use crate::diag::{Code, Diagnostic, FilePlace, Severity};

/// A reason, before it is known how bad it is: one broken endpoint of three is a warning, the only one is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The code.
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    /// Why, where that is not the catalogue's reason.
    pub cause: Option<String>,
    /// What to do.
    pub help: String,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), cause: None, help: help.into() }
    }

    /// The fault of one of several addresses.
    pub(crate) fn at(mut self, address: IpAddr) -> Self {
        self.message = format!("at {address}: {}", self.message);
        self
    }

    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The finding about the config at `file`.
    pub(crate) fn finding(&self, file: &str, severity: Severity) -> Diagnostic {
        let cause = self.cause.as_deref().unwrap_or(self.code.entry().why);
        Diagnostic::of_file(self.code, FilePlace::whole(file), printable(&self.message))
            .severity(severity)
            .cause(printable(cause))
            .help(printable(&self.help))
    }
}

/// How an etcd is made to verify its clients. etcd exits if a flag and a variable set the same option (pkg/flags in etcd).
pub(crate) const VERIFY_CLIENTS: &str = "let every member verify clients: start it with the bundle's `etcd.env`, which sets \
    `ETCD_CLIENT_CERT_AUTH` and `ETCD_TRUSTED_CA_FILE`, or without that file with the flags `--client-cert-auth` and \
    `--trusted-ca-file`, never with both";

/// A server's message on one line, without control characters that a terminal would act on.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
