//! `endpoints`: what etcd's client dials, as it stands there.

use std::collections::{BTreeSet, HashSet};

use crate::diag::{Code, Diagnostic, Severity};
use crate::mesh::tree::{MapEntry, Value, YamlNode};
use crate::mesh::{BadEndpoint, Endpoint};
use crate::verify::peer_config::ConfigEndpoint;

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
            let (scheme, ..) = endpoint.parts();
            schemes.insert(scheme.to_ascii_lowercase());
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
                Err(bad) => self.odd_endpoint(item, text, &bad),
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

    fn odd_endpoint(&mut self, item: &YamlNode, text: &str, bad: &BadEndpoint) {
        // With host and port the client finds its way: TLS is on whenever the config does not turn it off
        // (client/v3/internal/endpoint/endpoint.go). Cilium's own `troubleshoot` stumbles over it.
        let without_scheme = match text.split_once("://") {
            None => Some(text),
            // Go's url.Parse makes the scheme lower case.
            Some((scheme, rest)) => Some(rest).filter(|_| scheme.eq_ignore_ascii_case("https")),
        };
        let works = without_scheme.is_some_and(|rest| Endpoint::new(&format!("https://{rest}")).is_ok());
        let cause = "agents dial it with TLS; `cilium-dbg troubleshoot` and other tools cannot read it";
        let severity = if works { Severity::Warning } else { Severity::Error };
        self.findings.add(Code::BadEndpoint, severity, || {
            let message = format!("`{}` is not a full endpoint: {}", text.escape_debug(), bad.reason);
            let help = match &bad.suggestion {
                Some(better) => format!("write `{better}`"),
                None => "write `https://HOST:PORT`".to_owned(),
            };
            let finding = Diagnostic::of_file(Code::BadEndpoint, self.document.at(&item.span), message).severity(severity);
            finding.cause(if works { cause } else { Code::BadEndpoint.entry().why }).help(help)
        });
    }

    fn endpoint(&mut self, code: Code, item: &YamlNode, message: impl FnOnce() -> String, help: &str) {
        self.findings.push_with(code, || {
            let finding = Diagnostic::of_file(code, self.document.at(&item.span), message());
            finding.help(help)
        });
    }
}
