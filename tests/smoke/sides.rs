//! What each cluster gets depends on its agents.

use serde_json::Value;

use super::MESH;
use crate::support::Sandbox;

fn kit(a: &str, b: &str) -> Sandbox {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.ok(&["smoke", "mesh.yaml", a, b, "--out", "kit"]);
    sandbox
}

/// The objects of a file of the kit.
pub(super) fn objects(sandbox: &Sandbox, file: &str) -> Vec<Value> {
    let text = sandbox.read(format!("kit/{file}"));
    text.split("\n---\n").map(|text| serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))).collect()
}

fn files(sandbox: &Sandbox) -> Vec<String> {
    sandbox.tree("kit").into_keys().collect()
}

#[test]
fn agents_get_the_policy_in_the_way_that_their_version_has() {
    let sandbox = kit("oslo", "tokyo");
    assert_eq!(
        files(&sandbox),
        ["README.md", "kit.json", "oslo/policy.yaml", "oslo/workloads.yaml", "tokyo/containers.sh", "tokyo/policy.yaml"]
    );
    let page = sandbox.read("kit/README.md");
    assert!(page.contains("CILIUM_STATIC_CNP_PATH") && !page.contains("policy import"), "{page}");
    // Before 1.16 there is no folder of policies, and rules are JSON.
    let sandbox = kit("oslo", "lima");
    let page = sandbox.read("kit/README.md");
    assert!(page.contains("docker-compose exec -T agent cilium-dbg policy import - < lima/policy.json"), "{page}");
    assert!(!page.contains("CILIUM_STATIC_CNP_PATH"), "{page}");
    let rules: Value = serde_json::from_str(&sandbox.read("kit/lima/policy.json")).expect("JSON");
    let from = &rules[0]["ingress"][0]["fromEndpoints"];
    let cluster = |n: usize| from[n]["matchLabels"]["k8s:io.cilium.k8s.policy.cluster"].clone();
    assert_eq!([cluster(0), cluster(1)], ["oslo", "lima"].map(Value::from));
}

/// There is a Service to share only where both have Kubernetes.
#[test]
fn a_global_service_needs_two_clusters_with_kubernetes() {
    let services = |sandbox: &Sandbox| sandbox.read("kit/README.md").contains("uniq -c");
    assert!(services(&kit("oslo", "cairo")) && !services(&kit("oslo", "tokyo")));
    for file in ["oslo/workloads.yaml", "cairo/workloads.yaml"] {
        let objects = objects(&kit("oslo", "cairo"), file);
        let global = |object: &Value| object["metadata"]["annotations"]["service.cilium.io/global"] == "true";
        let kinds: Vec<&Value> = objects.iter().filter(|object| global(object)).map(|object| &object["kind"]).collect();
        assert_eq!(kinds, ["Service"], "the annotation has an effect on Services only");
    }
}

/// What the mesh does not say is not said as if it did.
#[test]
fn an_assumption_is_reported() {
    let sandbox = Sandbox::with_mesh(MESH);
    let ran = sandbox.ok(&["smoke", "mesh.yaml", "oslo", "1e3", "--out", "kit", "--format", "json"]).json();
    assert_eq!([&ran["clusters"][0]["assumed"], &ran["clusters"][1]["assumed"]], [&Value::Null, &Value::from(true)], "{ran:#}");
    assert!(sandbox.read("kit/README.md").contains("does not say whether its agents have a Kubernetes API"));
}

/// A name that YAML would read as a number stays a name, in each place.
#[test]
fn names_stay_names() {
    let sandbox = kit("oslo", "1e3");
    let policy = objects(&sandbox, "1e3/policy.yaml").remove(0);
    let from = &policy["spec"]["ingress"][0]["fromEndpoints"];
    assert_eq!(from[1]["matchLabels"]["io.cilium.k8s.policy.cluster"], "1e3", "{policy:#}");
    let workloads = objects(&sandbox, "1e3/workloads.yaml");
    let answer = workloads.iter().find(|object| object["kind"] == "ConfigMap").expect("a ConfigMap");
    assert_eq!(answer["data"]["index.html"], "1e3\n");
}

#[test]
fn namespaces_are_shared_from_1_20_on() {
    let annotated = |version: &str| {
        let mesh = MESH.replace("\"1.16\"", version).replace("\"1.15\"", version).replace("\"1.17\"", version);
        let sandbox = Sandbox::with_mesh(&mesh);
        sandbox.ok(&["smoke", "mesh.yaml", "oslo", "cairo", "--out", "kit"]);
        objects(&sandbox, "cairo/workloads.yaml").remove(0)["metadata"]["annotations"]["clustermesh.cilium.io/global"] == "true"
    };
    assert_eq!(["\"1.19\"", "\"1.20\""].map(annotated), [false, true]);
}

/// What a rule without a cluster means is a matter of version and option.
#[test]
fn the_page_says_what_a_rule_without_a_cluster_means() {
    let says = |version: &str, option: &str| {
        let mesh = MESH.replace("\"1.16\"", version).replace("\"1.15\"", version).replace("\"1.17\"", version);
        let mesh = mesh.replacen("{ kubernetes: true }", &format!("{{ kubernetes: true{option} }}"), 1);
        let sandbox = Sandbox::with_mesh(&mesh);
        sandbox.ok(&["smoke", "mesh.yaml", "oslo", "cairo", "--out", "kit"]);
        let page = sandbox.read("kit/README.md");
        page.lines().find_map(|line| line.strip_prefix("- in oslo: ")).expect("a line").to_owned()
    };
    assert_eq!(says("\"1.17\"", ""), "every cluster");
    assert_eq!(says("\"1.18\"", ", policyDefaultLocalCluster: true"), "oslo alone");
    assert_eq!(says("\"1.19\"", ""), "oslo alone");
    assert_eq!(says("\"1.19\"", ", policyDefaultLocalCluster: false"), "every cluster");
}
