//! Node ranges stand for what Ansible's inventory would make of them, by a second implementation of its rules
//! (ansible lib/ansible/inventory/manager.py and plugins/inventory/__init__.py, `expand_hostname_range`).

use meshbundle::mesh::parse;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

/// Names of the nodes of a cluster with these entries; nothing where one of them is wrong.
fn nodes(entries: &[&str]) -> Option<Vec<String>> {
    let nodes = serde_json::to_string(entries).expect("written");
    let etcd = r#"{ "endpoints": ["https://10.0.0.1:2379"] }"#;
    let cluster = format!(r#"{{ "name": "c", "id": 1, "etcd": {etcd}, "nodes": {nodes} }}"#);
    let parsed = parse(&format!("version: 1\nmesh: m\ncilium: {{ version: \"1.18\" }}\nclusters: [{cluster}]\n"));
    let mesh = parsed.mesh.expect("a mesh");
    let cluster = mesh.clusters.first().expect("a cluster");
    parsed.findings.is_empty().then(|| cluster.nodes.iter().map(|node| node.name.to_string()).collect())
}

/// As Ansible does it: the leftmost range first, then what is left of each name, by itself.
fn reference(text: &str) -> Vec<String> {
    let Some(open) = text.find('[') else { return vec![text.to_owned()] };
    let close = text[open..].find(']').expect("closed") + open;
    let (head, tail) = (&text[..open], &text[close + 1..]);
    let mut bounds = text[open + 1..close].split(':');
    let (begin, end) = (bounds.next().expect("a begin"), bounds.next().expect("an end"));
    let step: usize = bounds.next().map_or(1, |step| step.parse().expect("a number"));
    let letters = "abcdefghijklmnopqrstuvwxyz";
    let items: Vec<String> = if let (Some(from), Some(to)) = (letters.find(begin), letters.find(end)) {
        letters[from..=to].chars().step_by(step).map(String::from).collect()
    } else {
        let (from, to): (usize, usize) = (begin.parse().expect("a number"), end.parse().expect("a number"));
        let width = if begin.len() > 1 && begin.starts_with('0') { begin.len() } else { 0 };
        (from..=to).step_by(step).map(|number| format!("{number:0>width$}")).collect()
    };
    items.iter().flat_map(|item| reference(&format!("{head}{item}{tail}"))).collect()
}

/// A range that is right.
fn range() -> impl Strategy<Value = String> {
    let step = prop_oneof![proptest::strategy::Just(String::new()), (1_usize..5).prop_map(|step| format!(":{step}"))];
    let plain = (0_usize..300, 0_usize..30).prop_map(|(from, more)| format!("{from}:{}", from + more));
    let padded = (0_usize..60, 0_usize..30, 2_usize..5)
        .prop_map(|(from, more, width)| (format!("{from:0width$}"), format!("{:0width$}", from + more)))
        .prop_map(|(from, to)| format!("{from}:{to}"));
    let letters =
        (0_u8..26, 0_u8..26).prop_map(|(a, b)| format!("{}:{}", char::from(b'a' + a.min(b)), char::from(b'a' + a.max(b))));
    (prop_oneof![plain, padded, letters], step).prop_map(|(range, step)| format!("[{range}{step}]"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn one_range(head in "[a-z][a-z0-9-]{0,4}", range in range(), tail in "(-?[a-z0-9]{1,3})?") {
        let text = format!("{head}{range}{tail}");
        prop_assert_eq!(nodes(&[&text]), Some(reference(&text)), "{}", text);
    }

    #[test]
    fn two_ranges(first in range(), middle in "[a-z]{1,2}", second in range()) {
        let text = format!("r{first}{middle}{second}");
        prop_assert_eq!(nodes(&[&text]), Some(reference(&text)), "{}", text);
    }

    #[test]
    fn several_entries_stand_for_all_of_them_in_order(first in range(), second in range()) {
        let (a, b) = (format!("a{first}"), format!("b{second}"));
        prop_assert_eq!(nodes(&[&a, &b]), Some([reference(&a), reference(&b)].concat()));
    }

    /// Whatever stands between brackets: names or a finding, never both, never a name that is no label.
    #[test]
    fn nonsense_is_a_finding(inner in "[0-9a-z:\\-\\[\\] ]{0,12}", tail in any::<bool>()) {
        let text = format!("n[{inner}]{}", if tail { "[1:2]" } else { "" });
        if let Some(names) = nodes(&[&text]) {
            prop_assert!(!names.is_empty());
            let label = |name: &String| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            prop_assert!(names.iter().all(label), "{:?}", names);
            prop_assert_eq!(names, reference(&text));
        }
    }
}
