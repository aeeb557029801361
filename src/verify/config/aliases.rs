//! `cilium-host-aliases`: names with addresses, read from 1.20 on (`ParseCiliumConfig` in pkg/clustermesh/common/config.go).

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diag::Code;
use crate::mesh::Feature;
use crate::mesh::tree::{MapEntry, Value, YamlNode};

use super::super::target::Target;
use super::keys::same;
use super::reader::ConfigReader;

impl ConfigReader<'_> {
    pub(super) fn aliases(&mut self, entry: &MapEntry) {
        if !self.version.has(Feature::HostAliases) {
            let message = format!("agents of Cilium {} do not read `cilium-host-aliases`", self.version);
            let help = "put the names into the hosts file that the agent sees, too (`extra_hosts` in compose)";
            self.report(Code::AliasHidesHosts, entry, message, help);
            // Whoever wants to say which names those are finds them; nothing in them can be wrong.
            if let Value::List(items) = &entry.value.value {
                items.iter().for_each(|item| drop(self.alias(item)));
            }
            return;
        }
        let Value::List(items) = &entry.value.value else {
            let message = format!("`cilium-host-aliases` is {}, not a list", entry.value.describe());
            return self.refuse(&entry.key_span, message, "write `- hostname: NAME` with `ips: [ADDRESS]` for each");
        };
        for item in items {
            if let Err(reason) = self.alias(item) {
                let help = "write `- hostname: NAME` with `ips: [ADDRESS]` for each name, each name once";
                return self.refuse(&item.span, format!("an entry of `cilium-host-aliases` {reason}"), help);
            }
        }
        self.unused(entry);
    }

    fn alias(&mut self, item: &YamlNode) -> Result<(), String> {
        let field = |name: &str| last(item, name).map(|entry| &entry.value.value);
        let name = match field("hostname") {
            Some(Value::Scalar { text, .. }) if !text.is_empty() => text.clone(),
            _ => return Err("has no `hostname`".to_owned()),
        };
        let Some(Value::List(ips)) = field("ips").filter(|ips| !matches!(ips, Value::List(list) if list.is_empty())) else {
            return Err(format!("has no `ips` for `{}`", name.escape_debug()));
        };
        let mut addresses = Vec::new();
        for ip in ips {
            let text = match &ip.value {
                // Go's netip reads nothing as no address, and goes on.
                Value::Null => continue,
                Value::Scalar { text, .. } if text.is_empty() => continue,
                Value::Scalar { text, .. } => text.as_str(),
                _ => "",
            };
            // It takes a zone, too.
            let bare = text.split_once('%').filter(|(v6, zone)| v6.contains(':') && !zone.is_empty());
            let address: IpAddr = bare
                .map_or(text, |(v6, _)| v6)
                .parse()
                .map_err(|_| format!("has `{}`, which is no address", text.escape_debug()))?;
            addresses.push(address);
        }
        match self.config.aliases.insert(name.clone(), addresses) {
            Some(_) => Err(format!("repeats `{}`", name.escape_debug())),
            None => Ok(()),
        }
    }

    fn unused(&mut self, entry: &MapEntry) {
        let Some(Value::List(items)) = self.document.entry("endpoints").map(|endpoints| &endpoints.value.value) else { return };
        let texts = items.iter().filter_map(|item| match &item.value {
            Value::Scalar { text, .. } => Target::parse(&self.endpoint_at(item, text.trim()), &self.config).ok(),
            _ => None,
        });
        let dialled: BTreeSet<String> = texts.map(|target| target.host.to_ascii_lowercase()).collect();
        let used = |name: &&String| dialled.contains(&name.to_ascii_lowercase());
        let idle: Vec<String> = self.config.aliases.keys().filter(|name| !used(name)).cloned().collect();
        for name in idle {
            let message = format!("no endpoint is called `{}`", name.escape_debug());
            self.report(Code::AliasUnused, entry, message, "write the name as the endpoint has it, or remove the alias");
        }
    }
}

/// The entry that counts for `name`: of several, the last in JSON's order.
fn last<'a>(item: &'a YamlNode, name: &str) -> Option<&'a MapEntry> {
    let Value::Map(entries) = &item.value else { return None };
    entries.iter().filter(|entry| same(name, &entry.key)).max_by(|a, b| a.key.cmp(&b.key))
}
