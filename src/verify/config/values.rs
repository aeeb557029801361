//! Single values of a config: of the kind that Go's reader wants, or the whole file is refused.

use crate::diag::{Code, Diagnostic, Severity};
use crate::mesh::tree::{MapEntry, Value};
use crate::verify::peer_config::ConfigText;

use super::keys::{ConfigKey, ValueKind};
use super::plain;
use super::reader::{ConfigReader, fate_of};

impl ConfigReader<'_> {
    /// JSON has no word for what is not finite, so it breaks the file under any key.
    pub(super) fn finite(&mut self, entry: &MapEntry) {
        if plain::has_infinite(&entry.value) {
            let message = format!("`{}` holds a number that is not finite", entry.key.escape_debug());
            self.refuse(&entry.key_span, message, "put the value in quotes, or remove the line");
        }
    }

    pub(super) fn text(&mut self, key: &ConfigKey, entry: &MapEntry) {
        let Value::Scalar { text, .. } = &entry.value.value else {
            let message = format!("`{}` is {}, not text", key.name, entry.value.describe());
            return self.refuse(&entry.key_span, message, "write one text behind the key");
        };
        if let Some(other) = plain::misread(&entry.value).filter(|_| key.kind == ValueKind::Text) {
            let message = format!("`{}` is {other}, not text", key.name);
            return self.refuse(&entry.key_span, message, "put the value in quotes");
        }
        if text.is_empty() {
            return;
        }
        let value = ConfigText::new(text, self.document.line(&entry.key_span));
        if key.kind == ValueKind::Path && value.is_relative() {
            let message = format!("the path `{value}` is relative");
            self.report(Code::RelativePath, entry, message, "write the whole path, as the agent sees it");
        }
        let value = Some(value);
        match key.name {
            "trusted-ca-file" => self.config.trusted_ca_file = value,
            "ca-file" => self.config.ca_file = value,
            "cert-file" => self.config.cert_file = value,
            "key-file" => self.config.key_file = value,
            "username" => self.password(entry, value),
            _ => {}
        }
    }

    /// A user counts only with a password.
    fn password(&mut self, entry: &MapEntry, username: Option<ConfigText>) {
        let some = |entry: &MapEntry| matches!(&entry.value.value, Value::Scalar { text, .. } if !text.is_empty());
        if self.document.entry("password").is_some_and(some) {
            self.config.username = username;
            let message = "etcd goes by `username` and `password`, not by the certificate's common name".to_owned();
            self.report(Code::PasswordFirst, entry, message, "remove both, and grant the rights to the common name as user");
        } else {
            let message = "`username` counts only with `password`, and that is missing".to_owned();
            self.report(Code::KeyIgnored, entry, message, "remove it: the certificate's common name is the user");
        }
    }

    pub(super) fn flag(&mut self, key: &ConfigKey, entry: &MapEntry) {
        let Some(value) = plain::flag(&entry.value) else {
            let message = format!("`{}` is {}, not `true` or `false`", key.name, entry.value.describe());
            return self.refuse(&entry.key_span, message, "write `true` or `false` without quotes");
        };
        let weak = match key.name {
            "insecure-transport" => {
                self.config.insecure_transport = value;
                "`insecure-transport` makes agents ignore CAs and certificate: the link has no TLS, or etcd rejects it"
            }
            "insecure-skip-tls-verify" => {
                self.config.insecure_skip_tls_verify = value;
                "`insecure-skip-tls-verify` makes agents accept any server"
            }
            _ => return,
        };
        if value {
            self.report(Code::WithoutTls, entry, weak.to_owned(), "remove the line");
        }
    }

    pub(super) fn number(&mut self, key: &ConfigKey, entry: &MapEntry) {
        let number = plain::number(&entry.value);
        let (fits, wanted) = match key.kind {
            ValueKind::Count => (number.is_some_and(|number| number >= 0.0 && plain::is_whole(number)), "a whole number"),
            _ => (number.is_some(), "a number"),
        };
        if !fits {
            let message = format!("`{}` is not {wanted}", key.name);
            self.refuse(&entry.key_span, message, "write one without quotes, or remove the line");
        }
    }

    pub(super) fn duration(&mut self, key: &ConfigKey, entry: &MapEntry) {
        match &entry.value.value {
            Value::Scalar { .. } if plain::number(&entry.value).is_some_and(plain::is_whole) => {
                if let Some((code, help)) = fate_of(key) {
                    let message = match code {
                        Code::AutoSync => format!("`{}` makes agents dial addresses that are not listed", key.name),
                        _ => format!("agents put their own value in place of `{}`", key.name),
                    };
                    let place = self.document.at(&entry.key_span);
                    let finding = Diagnostic::of_file(code, place, message).severity(Severity::Warning);
                    self.findings.push(finding.help(help));
                }
            }
            Value::Scalar { text, .. } => {
                self.fatal = true;
                let message = format!("`{}: {}` makes the whole config unreadable", key.name, text.escape_debug());
                self.report(Code::DurationInWords, entry, message, "remove the line: agents set this themselves");
            }
            _ => {
                let message = format!("`{}` is {}, not a number of nanoseconds", key.name, entry.value.describe());
                self.refuse(&entry.key_span, message, "remove the line: agents set this themselves");
            }
        }
    }
}
