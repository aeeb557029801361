//! Single values: what is right is read and means the same when it is written again; what is wrong is refused, by the rules of
//! a second implementation; and what a finding suggests would be right.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use meshbundle::mesh::{CiliumVersion, ClientName, ClusterName, Endpoint, Host, Label, Lifetime};
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::properties::issued::check;

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<Ipv4Addr>().prop_map(IpAddr::V4), any::<Ipv6Addr>().prop_map(IpAddr::V6)]
}

/// `^([a-z0-9][-a-z0-9]*)?[a-z0-9]$`, by hand (RFC 1123 2.1).
fn is_label(text: &str, max: usize) -> bool {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    let end = |c: Option<char>| c.is_some_and(|c| c != '-');
    text.chars().all(allowed) && end(text.chars().next()) && end(text.chars().next_back()) && text.len() <= max
}

/// The codes of a mesh of one sound cluster with these ranges of pods.
fn codes(pod_cidr: &str) -> Vec<String> {
    let etcd = r#"{ "endpoints": ["https://10.0.0.1:2379"] }"#;
    let cluster = format!(r#"{{ "name": "c", "id": 1, "etcd": {etcd}, "podCIDRs": ["{pod_cidr}"] }}"#);
    let (_, findings) = check(&format!("version: 1\nmesh: m\ncilium: {{ version: \"1.18\" }}\nclusters: [{cluster}]\n"));
    findings.iter().map(|finding| finding.code.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn names_of_clusters_are_those_of_cilium(text in prop_oneof!["[a-z0-9-]{0,40}", "[ -~]{0,6}", "\\PC{0,5}"]) {
        match ClusterName::new(&text) {
            Ok(name) => prop_assert!(is_label(&text, 32) && name.as_str() == text),
            Err(bad) => {
                prop_assert!(!is_label(&text, 32));
                if let Some(suggestion) = bad.suggestion {
                    prop_assert!(ClusterName::new(&suggestion).is_ok(), "{:?} -> {:?}", text, suggestion);
                }
            }
        }
    }

    #[test]
    fn labels_are_those_of_dns(text in prop_oneof!["[a-z0-9-]{0,70}", "[ -~]{0,6}", "\\PC{0,5}"]) {
        match Label::new(&text) {
            Ok(_) => prop_assert!(is_label(&text, 63)),
            Err(bad) => {
                prop_assert!(!is_label(&text, 63));
                if let Some(suggestion) = bad.suggestion {
                    prop_assert!(Label::new(&suggestion).is_ok(), "{:?} -> {:?}", text, suggestion);
                }
            }
        }
    }

    #[test]
    fn cidrs_are_an_address_and_as_many_bits_as_it_has(address in address(), bits in 0_u8..140) {
        let most = if address.is_ipv4() { 32 } else { 128 };
        let codes = codes(&format!("{address}/{bits}"));
        prop_assert_eq!(codes.contains(&"CM0201".to_owned()), bits > most, "{}/{}: {:?}", address, bits, codes);
    }

    #[test]
    fn other_text_is_no_cidr(text in "[0-9a-f.:/ ]{0,18}") {
        let read = text.split_once('/').is_some_and(|(address, bits)| {
            let address: Option<IpAddr> = address.parse().ok();
            let most = if address.is_some_and(|address| address.is_ipv4()) { 32 } else { 128 };
            let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
            address.is_some() && plain && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        });
        prop_assert_eq!(!codes(&text).contains(&"CM0201".to_owned()), read, "{:?}", text);
    }

    #[test]
    fn endpoints_are_read_as_they_are_written(host in prop_oneof![
        address().prop_map(|address| address.to_string()),
        "[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z]([a-z0-9-]{0,8}[a-z0-9])?){0,3}",
    ], port in 1_u16.., slash in any::<bool>()) {
        let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let text = format!("https://{bracketed}:{port}");
        let endpoint = Endpoint::new(&format!("{text}{}", if slash { "/" } else { "" })).expect("a full endpoint");
        prop_assert_eq!(&endpoint.host, &Host::new(&host).expect("a host"));
        prop_assert_eq!(endpoint.port, port);
        let again = Endpoint::new(&endpoint.to_string()).expect("what is written can be read");
        prop_assert_eq!(&again, &endpoint);
        // What Go's net/url would split it into.
        prop_assert_eq!(endpoint.to_string(), text);
    }

    #[test]
    fn what_is_suggested_for_an_endpoint_is_one(text in prop_oneof![
        "(https?://)?[a-z0-9.:\\[\\]-]{0,20}(:[0-9]{0,6})?/?",
        "(https?://)?[0-9a-f]{1,4}(::?[0-9a-f]{1,4}){1,7}",
        "\\PC{0,12}",
    ]) {
        if let Err(bad) = Endpoint::new(&text) {
            prop_assert!(!bad.reason.is_empty());
            if let Some(suggestion) = bad.suggestion {
                prop_assert!(Endpoint::new(&suggestion).is_ok(), "{:?} -> {:?}", text, suggestion);
            }
        }
    }

    #[test]
    fn lifetimes_mean_the_same_when_written_again(number in 1_i64..2000, unit in proptest::sample::select(vec![("y", 8760), ("d", 24), ("h", 1)])) {
        let (unit, hours) = unit;
        match Lifetime::new(&format!("{number}{unit}")) {
            Ok(lifetime) => {
                prop_assert_eq!(lifetime.as_duration().whole_hours(), number * hours);
                prop_assert_eq!(Lifetime::new(&lifetime.to_string()), Ok(lifetime));
            }
            Err(_) => prop_assert!(number * hours > 100 * 8760),
        }
    }

    #[test]
    fn versions_mean_the_same_when_written_again(major in 0_u16.., minor in 0_u16..) {
        let version = CiliumVersion::parse(&format!("{major}.{minor}")).expect("a version");
        prop_assert_eq!(version, CiliumVersion::new(major, minor));
        prop_assert_eq!(version.to_string(), format!("{major}.{minor}"));
    }

    #[test]
    fn names_of_clients_are_words_around_placeholders(template in "([a-z.:@_-]|\\{cluster\\}|\\{node\\}|\\{|\\}| ){0,5}") {
        let rest = template.replace("{cluster}", "").replace("{node}", "");
        let sound = !template.is_empty() && !rest.contains(['{', '}', ' ']);
        match ClientName::new(&template) {
            Ok(name) => {
                prop_assert!(sound, "{:?}", template);
                let (cluster, node) = (ClusterName::new("c1").expect("a name"), Label::new("n1").expect("a name"));
                prop_assert_eq!(name.expand(&cluster, Some(&node)), template.replace("{cluster}", "c1").replace("{node}", "n1"));
                prop_assert_eq!(name.per_node(), template.contains("{node}"));
            }
            Err(_) => prop_assert!(!sound, "{:?}", template),
        }
    }
}
