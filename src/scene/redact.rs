//! Leaves addresses out of texts that are shared: IP addresses and ranges, also where a name is made of one, and hosts that the mesh
//! names. Each becomes a number, the same one wherever it occurs, so that readers can still follow.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::document::each_text;
use super::summary::Summary;
use super::view::Scene;

/// What addresses were replaced by.
pub struct Redactor {
    /// Names of hosts in lower case, without addresses.
    hosts: BTreeSet<String>,
    numbers: BTreeMap<String, usize>,
}

impl Redactor {
    /// One that also leaves out `hosts`, names under which machines are dialled.
    pub fn new(hosts: impl IntoIterator<Item = String>) -> Self {
        let names = hosts.into_iter().map(|host| host.to_ascii_lowercase()).filter(|host| host.parse::<IpAddr>().is_err());
        Self { hosts: names.filter(|host| !host.is_empty()).collect(), numbers: BTreeMap::new() }
    }

    /// A text without addresses.
    pub fn text(&mut self, text: &str) -> String {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '[' | ']' | '%');
        let (mut result, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(start) = rest.find(is_word) {
            let (before, word) = rest.split_at(start);
            result.push_str(before);
            let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            let word = self.word(word);
            let is_hidden = word.ends_with('>');
            result.push_str(&word);
            // The length of a range says little, and the address is gone: it goes as well.
            let digits = after
                .strip_prefix('/')
                .map_or(0, |rest| rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len());
            rest = if is_hidden && digits > 0 { after.get(digits + 1..).unwrap_or_default() } else { after };
        }
        result.push_str(rest);
        result
    }

    fn number(&mut self, what: &str, key: String) -> String {
        let next = self.numbers.len() + 1;
        format!("<{what} {}>", self.numbers.entry(key).or_insert(next))
    }

    /// A word without blanks: an address, one with a port, a host, or a name that has one in it.
    fn word(&mut self, word: &str) -> String {
        let core = word.trim_end_matches(['.', ':', ',', '-']);
        // A range of IPv6 ends with colons, and so may the words of a sentence.
        let mut left = Some(word.trim_end_matches(['.', ',', '-']));
        while let Some(core) = left {
            left = core.strip_suffix(':');
            if let Some((head, hidden, rest)) = self.host(core) {
                return format!("{head}{hidden}{rest}{}", word.get(core.len()..).unwrap_or_default());
            }
        }
        let tail = word.get(core.len()..).unwrap_or_default();
        // The address of a name may be written with dashes, as clouds do.
        for dash in ['.', '-'] {
            if let Some((start, end)) = four_numbers(core, dash) {
                let (head, rest) = (core.get(..start).unwrap_or_default(), core.get(end..).unwrap_or_default());
                let key = core.get(start..end).unwrap_or_default().replace('-', ".");
                let hidden = self.number("address", key);
                return format!("{head}{hidden}{rest}{tail}");
            }
        }
        word.to_owned()
    }

    /// A word that is an address of IPv6 or a known host, each perhaps with a port.
    fn host(&mut self, word: &str) -> Option<(&'static str, String, String)> {
        if let Some((inner, port)) = word.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let hidden = self.number("address", inner.parse::<IpAddr>().ok()?.to_string());
            return Some(("", hidden, port.to_owned()));
        }
        let bare = word.split('%').next().unwrap_or(word);
        if let Ok(IpAddr::V6(address)) = bare.parse::<IpAddr>() {
            return Some(("", self.number("address", address.to_string()), String::new()));
        }
        let (name, port) = word.split_once(':').map_or((word, String::new()), |(name, port)| (name, format!(":{port}")));
        let name = name.to_ascii_lowercase();
        self.hosts.contains(&name).then(|| ("", self.number("host", name), port))
    }

    /// All texts of a document, its keys left as they are.
    pub fn document(&mut self, value: &mut Value) {
        each_text(value, &mut |text| *text = self.text(text));
    }

    /// A record of an earlier page without addresses. If that page had them, its findings go: they may name hosts that are not known now.
    #[must_use]
    pub fn summary(&mut self, mut summary: Summary) -> Summary {
        if !summary.redacted {
            summary.findings.clear();
        }
        summary.clusters.iter_mut().for_each(|cluster| cluster.name = self.text(&cluster.name));
        summary
    }

    /// A scene without addresses. Endpoints of clusters go.
    #[must_use]
    pub fn scene(&mut self, mut scene: Scene) -> Scene {
        scene.mesh = self.text(&scene.mesh);
        for cluster in &mut scene.clusters {
            cluster.name = self.text(&cluster.name);
            cluster.endpoints.clear();
        }
        for certificate in &mut scene.certificates {
            certificate.holder = self.text(&certificate.holder);
            certificate.signer = certificate.signer.as_deref().map(|signer| self.text(signer).into());
        }
        for live in scene.links.iter_mut().filter_map(|link| link.live.as_mut()) {
            for fault in live.causes.iter_mut().chain(&mut live.endpoints) {
                fault.message = self.text(&fault.message);
                fault.help = self.text(&fault.help);
                fault.endpoint = fault.endpoint.as_deref().map(|endpoint| self.text(endpoint));
            }
        }
        scene
    }
}

/// Where four numbers below 256 are in a word, with `separator` between them, and no further number beside them.
fn four_numbers(word: &str, separator: char) -> Option<(usize, usize)> {
    let starts = word
        .char_indices()
        .filter(|(at, c)| c.is_ascii_digit() && !word.get(..*at).unwrap_or_default().ends_with(|c: char| c.is_ascii_digit()));
    for (start, _) in starts {
        let rest = word.get(start..)?;
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != separator).unwrap_or(rest.len());
        let numbers = rest.get(..end)?.trim_end_matches(separator);
        let address = numbers.split(separator).take(4).collect::<Vec<_>>().join(".");
        if address.parse::<Ipv4Addr>().is_ok() {
            return Some((start, start + address.len()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn addresses_and_hosts_become_numbers() {
        let mut redactor = Redactor::new(["etcd.oslo.example".to_owned(), "10.0.0.9".to_owned()]);
        for (text, shown) in [
            ("no answer from 10.1.2.3:2379, or 10.1.2.4", "no answer from <address 1>:2379, or <address 2>"),
            ("https://10.1.2.3:2379", "https://<address 1>:2379"),
            ("pods share `10.60.0.0/16` here", "pods share `<address 3>` here"),
            ("oslo/node/ip-10-1-2-3.internal", "oslo/node/ip-<address 1>.internal"),
            ("https://[fd00::1]:2379 and fd00::1.", "https://<address 4>:2379 and <address 4>."),
            ("range fd00:1::/48, and fd00:1::: all", "range <address 5>, and <address 5>: all"),
            ("https://etcd.OSLO.example:2379/x", "https://<host 6>:2379/x"),
            (
                "meshes/prod.yaml at 12:30:01, on 2026-11-21, CM0803: 1.18",
                "meshes/prod.yaml at 12:30:01, on 2026-11-21, CM0803: 1.18",
            ),
            ("`oslo` reads `tokyo`", "`oslo` reads `tokyo`"),
        ] {
            assert_eq!(redactor.text(text), shown);
        }
    }
}
