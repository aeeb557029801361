//! `endpoints`: what etcd's client dials, as it stands there.

use std::collections::{BTreeSet, HashSet};

use crate::diag::{Code, Diagnostic, Severity};
use crate::mesh::tree::{MapEntry, Value, YamlNode};
use crate::mesh::{BadEndpoint, Endpoint, Host};
use crate::verify::peer_config::ConfigEndpoint;
use crate::verify::target::Target;

use super::plain;
use super::reader::ConfigReader;

impl ConfigReader<'_> {
    pub(super) fn endpoints(&mut self, entry: &MapEntry) {
        let Value::List(items) = &entry.value.value else {
            let message = format!("`endpoints` is {}, not a list", entry.value.describe());
            return self.refuse(&entry.key_span, message, "write a list, an endpoint a line: `- https://HOST:2379`");
        };
        let (mut schemes, mut seen) = (BTreeSet::new(), HashSet::new());
        for item in items {
            let text = match &item.value {
                // Go leaves an empty text where there is nothing.
                Value::Null => "",
                Value::Scalar { text, .. } if plain::misread(item).is_none() => text,
                _ => {
                    let message = format!("an endpoint is {}, not text", plain::misread(item).unwrap_or(item.describe()));
                    return self.refuse(&item.span, message, "write each endpoint as `https://HOST:2379`");
                }
            };
            let endpoint = self.endpoint_at(item, text);
            schemes.insert(endpoint.scheme().to_ascii_lowercase());
            let shown = endpoint.to_string();
            let text = shown.as_str();
            if !seen.insert(text.to_owned()) {
                let message = || format!("`{}` stands twice in the list", text.escape_debug());
                self.endpoint(Code::EndpointTwice, item, message, "remove it, or write the member that was meant");
                continue;
            }
            match Endpoint::new(text) {
                Ok(_) => {}
                Err(bad) if bad.plain_http => {
                    let message = || format!("`{}` is dialled without TLS", text.escape_debug());
                    self.endpoint(Code::WithoutTls, item, message, "serve TLS, and write `https`");
                }
                Err(bad) => self.odd_endpoint(item, &endpoint, &bad),
            }
            self.config.endpoints.push(endpoint);
        }
        // One without a scheme is dialled like its neighbours, whatever they are.
        schemes.remove("");
        if schemes.len() > 1 {
            let message = "the list mixes endpoints with and without TLS".to_owned();
            self.report(Code::MixedSchemes, entry, message, "write `https` before all of them");
        }
    }

    pub(super) fn endpoint_at(&self, item: &YamlNode, text: &str) -> ConfigEndpoint {
        ConfigEndpoint::new(text, self.document.line(&item.span))
    }

    fn odd_endpoint(&mut self, item: &YamlNode, endpoint: &ConfigEndpoint, bad: &BadEndpoint) {
        // With host and port the client finds its way, whatever else is there. Other tools may not: `cilium-dbg troubleshoot`
        // needs a scheme. TLS is on whenever the config does not turn it off.
        let target = Target::parse(endpoint, &self.config).ok().filter(|target| is_host(&target.host));
        let cause = "agents dial host and port with TLS, and ignore the rest; other tools may not be able to read it";
        let severity = if target.is_some() { Severity::Warning } else { Severity::Error };
        self.findings.add(Code::BadEndpoint, severity, || {
            let message = format!("`{}` is not a full endpoint: {}", endpoint.to_string().escape_debug(), bad.reason);
            let help = match (&bad.suggestion, &target) {
                (Some(better), _) => format!("write `{better}`"),
                (None, Some(target)) => format!("write `https://{}`", target.authority()),
                (None, None) => "write `https://HOST:PORT`".to_owned(),
            };
            let finding = Diagnostic::of_file(Code::BadEndpoint, self.document.at(&item.span), message).severity(severity);
            finding.cause(if target.is_some() { cause } else { Code::BadEndpoint.entry().why }).help(help)
        });
    }

    fn endpoint(&mut self, code: Code, item: &YamlNode, message: impl FnOnce() -> String, help: &str) {
        self.findings.push_with(code, || {
            let finding = Diagnostic::of_file(code, self.document.at(&item.span), message());
            finding.help(help)
        });
    }
}

/// Whether Go resolves it and finds it in a certificate: it allows `_` and a dot at the end (`validHostnameInput` in crypto/x509).
fn is_host(host: &str) -> bool {
    Host::new(&host.strip_suffix('.').unwrap_or(host).replace('_', "x")).is_ok()
}
