//! Values that are merged into a release's own: everything that was there stays, as another YAML parser reads it.

use meshbundle::values::{ReleaseValues, Wanted, WantedValue, changed_lines};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The values that a release gets, as for a Helm cluster up to 1.18.
fn wanted() -> Vec<Wanted> {
    vec![
        Wanted::new(&["cluster", "name"], WantedValue::Text("010".to_owned())),
        Wanted::new(&["cluster", "id"], WantedValue::Integer(7)),
        Wanted::new(&["clustermesh", "config", "enabled"], WantedValue::Flag(false)).because("ours"),
        Wanted::new(&["clustermesh", "config", "clusters"], WantedValue::Named(vec!["no".to_owned(), "oslo".to_owned()])),
        Wanted::new(&["clustermesh", "apiserver", "tls", "server", "extraDnsNames"], WantedValue::Texts(vec!["a.b".to_owned()])),
        Wanted::new(&["tls", "caBundle", "enabled"], WantedValue::Flag(true)),
        Wanted::new(&["tls", "caBundle", "content"], WantedValue::Lines("one\n\n two\n".to_owned())),
    ]
}

fn merged(text: &str) -> String {
    let values = ReleaseValues::read(text.as_bytes(), &wanted()).unwrap_or_else(|why| panic!("{why:?} in\n{text}"));
    values.merge(&wanted()).expect("what was tried works")
}

fn refused(text: &str) -> String {
    ReleaseValues::read(text.as_bytes(), &wanted()).expect_err(text).reason
}

/// What Helm's coalescing makes of both, with lists that have the items of both.
fn with_wanted(mut values: Value) -> Value {
    for Wanted { path, value, .. } in wanted() {
        let (key, above) = path.split_last().expect("a key");
        let mut at = &mut values;
        for key in above {
            if at.is_null() {
                *at = json!({});
            }
            at = at.as_object_mut().expect("a mapping").entry(*key).or_insert(Value::Null);
        }
        if at.is_null() {
            *at = json!({});
        }
        let slot = at.as_object_mut().expect("a mapping").entry(*key).or_insert(Value::Null);
        let mut items = slot.as_array().cloned().unwrap_or_default();
        *slot = match value {
            WantedValue::Text(text) | WantedValue::Lines(text) | WantedValue::Certificates(text) => json!(text),
            WantedValue::Integer(number) => json!(number),
            WantedValue::Flag(flag) => json!(flag),
            WantedValue::Texts(texts) => {
                items.extend(texts.into_iter().map(Value::from).filter(|text| !items.contains(text)).collect::<Vec<_>>());
                Value::from(items)
            }
            WantedValue::Named(names) => {
                let has = |items: &[Value], name: &str| items.iter().any(|item| item["name"] == *name);
                for name in names {
                    if !has(&items, &name) {
                        items.push(json!({ "name": name }));
                    }
                }
                Value::from(items)
            }
        };
    }
    values
}

fn read(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

#[test]
fn comments_order_and_words_without_quotes_stay() {
    let text = "\
# The release of helm1.
cluster: {name: \"010\", id: 1} # was 1
hubble: {enabled: yes, port: 0o17}

clustermesh:
  # Links.
  config:   # of the chart
    clusters:
    - name: oslo
      port: 2379
      tls: {cert: a}

    # Behind.
  apiserver:
    tls:
      server:
        extraDnsNames: [x.y,  'z']
tls:
";
    assert_eq!(
        merged(text),
        "\
# The release of helm1.
cluster: {name: \"010\", id: 7} # was 1
hubble: {enabled: yes, port: 0o17}

clustermesh:
  # Links.
  config:   # of the chart
    clusters:
    - name: oslo
      port: 2379
      tls: {cert: a}
    - name: \"no\"

    # Behind.
    # ours
    enabled: false
  apiserver:
    tls:
      server:
        extraDnsNames: [x.y,  'z', \"a.b\"]
tls:
  caBundle:
    enabled: true
    content: |
      one

       two
"
    );
}

#[test]
fn an_empty_file_gets_the_values() {
    for text in ["", "# nothing\n", "---\n", "a: 1", "~\n", "--- null # nothing\n", "{}\n", "{ } # nothing"] {
        let before = read(text);
        let before = if before.is_null() { json!({}) } else { before };
        assert_eq!(read(&merged(text)), with_wanted(before), "{text}");
    }
}

#[test]
fn what_is_around_a_document_stays_around_it() {
    let marked = merged("\u{feff}a: 1\r\n");
    assert!(marked.starts_with("a: 1\r\ncluster:\n"), "{marked}");
    let ended = merged("---\na: |\n  ...\n... # the end\n");
    assert!(ended.starts_with("---\na: |\n  ...\ncluster:\n") && ended.ends_with("... # the end\n"), "{ended}");
}

#[test]
fn a_list_in_brackets_gets_longer_before_its_end() {
    for (list, longer) in [
        ("[x.y, 'z' ] # ]", "[x.y, 'z' , \"a.b\"] # ]"),
        ("[x.y, ]", "[x.y, \"a.b\"]"),
        ("[ ]", "[ \"a.b\"]"),
        ("[\n        x.y # [ours]\n      ]", "[\n        x.y # [ours]\n      , \"a.b\"]"),
    ] {
        let text = format!("clustermesh:\n  apiserver:\n    tls:\n     server:\n      extraDnsNames: {list}\n");
        assert!(merged(&text).contains(longer), "{}", merged(&text));
    }
}

#[test]
fn forms_that_a_change_would_spread_in_are_refused() {
    for (text, why) in [
        ("x: &a {name: b}\ncluster: *a\n", "`cluster` is an alias"),
        ("x: &a {name: b}\ncluster:\n  <<: *a\n", "`cluster` is an alias"),
        ("cluster: {id: 1}\ncluster: {id: 2}\n", "`cluster` is there twice"),
        ("cluster: [1]\n", "`cluster` is not a mapping"),
        ("cluster: &a {id: 1}\ny: *a\n", "in a form"),
        ("[a]\n", "a list"),
        ("a: 1\n---\nb: 2\n", "second document"),
        ("{\"cluster\": {}}", "braces"),
        ("text\n", "text, and not a mapping"),
        ("apiVersion: v1\nkind: ConfigMap\n", "it is a ConfigMap"),
    ] {
        assert!(refused(text).contains(why), "{text}: {}", refused(text));
    }
}

#[test]
fn a_helm_chart_config_keeps_what_is_around_its_values() {
    let text = "\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {\"secret\": \"hunter2\"}
  creationTimestamp: \"2026-01-01T00:00:00Z\"
  managedFields:
  - manager: kubectl
    operation: Apply
  name: rke2-cilium
  namespace: kube-system
  resourceVersion: \"7\"
spec:
  failurePolicy: abort
  valuesContent: \"kubeProxyReplacement: yes\\nk8sServiceHost: 10.0.0.1\\nbgpControlPlane: {enabled: true}\\n\"
status: {jobName: x}
";
    let merged = merged(text);
    assert!(!merged.contains("hunter2") && !merged.contains("resourceVersion") && !merged.contains("status"), "{merged}");
    let after = read(&merged);
    assert_eq!((&after["spec"]["failurePolicy"], &after["metadata"]["name"]), (&json!("abort"), &json!("rke2-cilium")));
    let inner = after["spec"]["valuesContent"].as_str().expect("text");
    assert!(
        inner.starts_with("kubeProxyReplacement: yes\nk8sServiceHost: 10.0.0.1\nbgpControlPlane: {enabled: true}\n"),
        "{inner}"
    );
    assert_eq!(
        read(inner),
        with_wanted(read("kubeProxyReplacement: yes\nk8sServiceHost: 10.0.0.1\nbgpControlPlane: {enabled: true}\n"))
    );
}

#[test]
fn structured_values_of_a_helm_chart_config_win_and_so_do_ours() {
    let text = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: rke2-cilium}\nspec:\n  values:\n    cluster:\n      id: 3\n  valuesContent: |-\n    cluster:\n      id: 4\n      name: old\n";
    let values = ReleaseValues::read(text.as_bytes(), &wanted()).expect("usable");
    assert_eq!(
        (values.text(&["cluster", "id"]).as_deref(), values.text(&["cluster", "name"]).as_deref()),
        (Some("3"), Some("old"))
    );
    let after = read(&values.merge(&wanted()).expect("merged"));
    assert_eq!(after["spec"]["values"], with_wanted(json!({"cluster": {"id": 3}})));
    assert_eq!(after["spec"]["valuesContent"], json!("cluster:\n  id: 4\n  name: old"));
}

#[test]
fn a_list_that_only_the_text_of_a_helm_chart_config_has_gets_longer_there() {
    let config = |values: &str| {
        format!(
            "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nspec:\n  values: {values}\n  valuesContent: |\n    clustermesh:\n      \
             apiserver: {{tls: {{server: {{extraDnsNames: [x.y]}}}}}}\n"
        )
    };
    let names = |root: &Value| root["clustermesh"]["apiserver"]["tls"]["server"]["extraDnsNames"].clone();
    let both = |values: &str| {
        let after = read(&merged(&config(values)));
        let text = read(after["spec"]["valuesContent"].as_str().expect("text"));
        (names(&text), names(&after["spec"]["values"]))
    };
    assert_eq!(both("{a: 1}"), (json!(["x.y", "a.b"]), json!(null)));
    // Structured values that say something about it win, be it null.
    assert_eq!(both("{clustermesh: {apiserver: {tls: {server: {extraDnsNames: [z]}}}}}"), (json!(["x.y"]), json!(["z", "a.b"])));
    assert_eq!(both("{clustermesh: {apiserver: {tls: ~}}}"), (json!(["x.y"]), json!(["a.b"])));
}

#[test]
fn the_diff_has_only_what_changes_and_no_key() {
    let key = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLongEnoughForAKeyToBeRecognisedHere0123456789";
    let text = format!("password: hunter2\ntls: {{ca: {{key: {key}}}}}\ncluster:\n  id: 7\n");
    let diff = changed_lines(&text, &merged(&text), ("values.yaml", "merged"));
    assert!(diff.contains("+  name: \"010\"") && !diff.contains("hunter2") && !diff.contains("LongEnough"), "{diff}");
    assert_eq!(changed_lines(&text, &text, ("a", "b")), "");
}

/// A tree of values, and how each mapping is written.
#[derive(Debug, Clone)]
enum Tree {
    Scalar(&'static str),
    List(Vec<Tree>, bool),
    Map(Vec<(&'static str, Tree)>, bool),
}

impl Tree {
    fn block(&self, indent: usize, out: &mut String) {
        let margin = " ".repeat(indent);
        match self {
            Self::Map(entries, false) if !entries.is_empty() => {
                for (n, (key, value)) in entries.iter().enumerate() {
                    if n % 2 == 1 {
                        out.push_str(&format!("{margin}# about {key}\n\n"));
                    }
                    match value {
                        Self::Map(inner, false) if !inner.is_empty() => {
                            out.push_str(&format!("{margin}{key}: # below\n"));
                            value.block(indent + 2, out);
                        }
                        Self::List(items, false) if !items.is_empty() => {
                            out.push_str(&format!("{margin}{key}:\n"));
                            for item in items {
                                out.push_str(&format!("{margin}- {}\n", item.flow()));
                            }
                        }
                        other => out.push_str(&format!("{margin}{key}: {}\n", other.flow())),
                    }
                }
            }
            other => out.push_str(&other.flow()),
        }
    }

    fn flow(&self) -> String {
        match self {
            Self::Scalar(text) => (*text).to_owned(),
            Self::List(items, _) => format!("[{}]", items.iter().map(Self::flow).collect::<Vec<_>>().join(", ")),
            Self::Map(entries, _) => {
                let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {}", value.flow())).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// Some of the keys in `of`, each once.
fn map(of: Vec<(&'static str, BoxedStrategy<Tree>)>) -> BoxedStrategy<Tree> {
    let count = of.len();
    let values: Vec<_> = of.into_iter().map(|(key, tree)| tree.prop_map(move |tree| (key, tree))).collect();
    (values, proptest::collection::vec(any::<bool>(), count), any::<bool>())
        .prop_map(|(entries, kept, flow)| {
            let kept = entries.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(entry, _)| entry);
            Tree::Map(kept.collect(), flow)
        })
        .boxed()
}

fn scalar() -> BoxedStrategy<Tree> {
    proptest::sample::select(vec!["true", "false", "1", "\"x: y\"", "'no'", "plain words", "~", "0.5"])
        .prop_map(Tree::Scalar)
        .boxed()
}

fn list(of: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    (proptest::collection::vec(of, 0..3), any::<bool>()).prop_map(|(items, flow)| Tree::List(items, flow)).boxed()
}

fn release() -> BoxedStrategy<Tree> {
    let name = proptest::sample::select(vec!["oslo", "\"no\"", "rome"]).prop_map(Tree::Scalar).boxed();
    let listed = map(vec![("name", name), ("port", Just(Tree::Scalar("2379")).boxed())]);
    let names = proptest::sample::select(vec!["a.b", "\"c.d\""]).prop_map(Tree::Scalar).boxed();
    let server = map(vec![("extraDnsNames", list(names)), ("x", scalar())]);
    let apiserver = map(vec![("tls", map(vec![("server", server), ("authMode", scalar())])), ("replicas", scalar())]);
    let config = map(vec![("enabled", scalar()), ("clusters", list(listed)), ("domain", scalar())]);
    let bundle = map(vec![("enabled", scalar()), ("content", scalar())]);
    map(vec![
        ("cluster", map(vec![("name", scalar()), ("id", scalar()), ("other", list(scalar()))])),
        ("bgp", map(vec![("enabled", scalar())])),
        ("clustermesh", map(vec![("config", config), ("apiserver", apiserver), ("useAPIServer", scalar())])),
        ("tls", map(vec![("caBundle", bundle), ("secretsBackend", scalar())])),
    ])
}

proptest! {
    #[test]
    fn any_release_keeps_its_values_and_gets_ours(tree in release()) {
        let Tree::Map(entries, _) = tree else { return Ok(()) };
        let mut text = String::new();
        Tree::Map(entries.clone(), false).block(0, &mut text);
        if entries.is_empty() {
            text.clear();
        }
        let before = if text.is_empty() { Value::Object(Map::new()) } else { read(&text) };
        let merged = merged(&text);
        prop_assert_eq!(read(&merged), with_wanted(before), "{}\n--\n{}", text, merged);
        let again = ReleaseValues::read(merged.as_bytes(), &wanted()).expect("usable").merge(&wanted()).expect("merged");
        prop_assert_eq!(again, merged);
    }
}
