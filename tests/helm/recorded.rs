//! What the objects of a cluster say to `rollout record`.

use serde_json::Value;

use crate::helm::scene::{Mixed, NODE_PORT, mesh};

const USERS: &str = "clustermesh-remote-users";

fn counts(report: &Value) -> (u64, u64, u64) {
    let count = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("{report}"));
    (count("recorded"), count("known"), count("refused"))
}

#[test]
fn the_objects_of_a_cluster_are_its_receipt() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    assert_eq!(mixed.status()["done"], false);
    let stream = mixed.applied().get();
    let report = mixed.record(&stream);
    assert_eq!((counts(&report), report["passedOver"].as_u64()), ((1, 0, 0), Some(1)), "{report}");
    assert_eq!((&mixed.status()["done"], &mixed.status()["installed"]), (&true.into(), &1.into()), "{}", mixed.status());
    assert_eq!(counts(&mixed.record(&stream)), (0, 1, 0), "nothing is new");
    // As kubectl prints YAML.
    let yaml = serde_yaml::to_string(&serde_json::from_str::<Value>(&stream).expect("JSON")).expect("YAML");
    assert_eq!(counts(&mixed.record(&yaml)), (0, 1, 0), "{yaml}");
}

/// The oldest object counts: the cluster may still use it.
#[test]
fn a_cluster_is_as_new_as_its_oldest_object() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let mut cluster = mixed.applied();
    mixed.change(&mesh("1.20", "", &NODE_PORT.replace("10.63.0.1", "10.63.0.9")));
    let newest = mixed.manifests();
    cluster.apply(&newest[..2]);
    mixed.record(&cluster.get());
    let status = mixed.status();
    assert_eq!((&status["done"], &status["installed"]), (&false.into(), &1.into()), "{status}");
    cluster.apply(&newest);
    mixed.record(&cluster.get());
    assert_eq!(mixed.status()["done"], true);
    // It was set back: what is seen last counts.
    let mut back = mixed.applied();
    back.apply(&newest);
    assert_eq!(counts(&mixed.record(&back.get())), (0, 1, 0));
}

/// A Secret that the newest generation no longer has may be left.
#[test]
fn what_is_left_of_an_older_generation_does_not_count() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let mut cluster = mixed.applied();
    let without = mesh("1.20", ", kvstoremesh: false", NODE_PORT);
    for _ in ["agents read by themselves", "KVStoreMesh goes"] {
        mixed.change(&without);
        cluster.apply(&mixed.manifests());
        mixed.record(&cluster.get());
    }
    assert!(!mixed.objects().contains(&"cilium-kvstoremesh".to_owned()), "its Secret is left");
    assert_eq!(mixed.status()["done"], true, "{}", mixed.status());
}

/// What is no evidence of what a cluster has is refused, and named.
#[test]
fn what_does_not_come_whole_from_a_cluster_is_refused() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let whole = mixed.applied().get();
    let written: String = mixed.manifests().iter().map(|path| std::fs::read_to_string(path).expect("text") + "---\n").collect();
    let mut partly = mixed.applied();
    partly.delete(USERS);
    for (stream, code, words) in [
        (written, "CM0901", "the objects of `cairo/helm` do not come from a cluster"),
        (partly.get(), "CM0901", "2 of the 3 objects of `cairo/helm` are there"),
        (whole.replace(r#"\"mesh\":\"mixed\""#, r#"\"mesh\":\"other\""#), "CM0902", "`cairo/helm` is from the mesh `other`"),
        (whole.replace(r#"\"generation\":1"#, r#"\"generation\":9"#), "CM0903", "at generation 9"),
        (whole.replace("cairo/helm", "lima/helm"), "CM0903", "`lima/helm` was never part of this mesh"),
        (whole.replace(r#"\"unit\":"#, r#"\"unit\" "#), "CM0901", "it is not a whole receipt"),
        (whole.replacen('{', "{ \"a\": [", 1), "CM0901", "these are no objects of Kubernetes"),
    ] {
        let report = mixed.record(&stream);
        assert_eq!(counts(&report), (0, 0, 1), "{words}: {report}");
        let finding = &report["findings"][0];
        assert_eq!(finding["code"], code, "{report}");
        assert!(finding["message"].as_str().expect("a message").contains(words), "{words}: {finding}");
    }
    assert_eq!(mixed.status()["done"], false);
}

/// Pods mount what is in the namespace of their release. Copies elsewhere are no evidence, and do no harm.
#[test]
fn objects_in_another_namespace_are_refused() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let here: Value = serde_json::from_str(&mixed.applied().get()).expect("JSON");
    let moved = |names: &[&str]| {
        let mut list = here.clone();
        for item in list["items"].as_array_mut().expect("items") {
            if names.is_empty() || names.contains(&item["metadata"]["name"].as_str().expect("a name")) {
                item["metadata"]["namespace"] = "default".into();
            }
        }
        list
    };
    for names in [&[][..], &[USERS]] {
        let report = mixed.record(&moved(names).to_string());
        assert_eq!(counts(&report), (0, 0, 1), "{report}");
        let message = report["findings"][0]["message"].as_str().expect("a message");
        assert!(message.contains("is in the namespace `default`, and the release is in `kube-system`"), "{message}");
    }
    let both = format!("{here}\n---\n{}", moved(&[]));
    let report = mixed.record(&both);
    assert_eq!((counts(&report), &report["passedOver"]), ((1, 0, 0), &5.into()), "{report}");
}

/// The operator's word is no evidence: a host is not dropped on it.
#[test]
fn the_operators_word_about_a_helm_cluster_drops_nothing() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let before = mesh("1.20", "", NODE_PORT);
    let moved = before
        .replace("https://10.61.0.1:2379", "https://10.61.0.2:2379")
        .replace("addresses: [10.61.0.1]", "addresses: [10.61.0.2]");
    mixed.change(&moved);
    mixed.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "cairo/helm"]);
    let kept = |mixed: &Mixed| mixed.sandbox.ok(&["rollout", "status", "--format", "json"]).json()["kept"].to_string();
    assert!(kept(&mixed).contains("10.61.0.1"), "{}", kept(&mixed));
    mixed.record(&mixed.applied().get());
    assert!(!kept(&mixed).contains("cairo"), "{}", kept(&mixed));
}
