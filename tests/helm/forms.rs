//! The forms of Secrets: sealed by a program, or in a store.

use std::fs;

use serde_json::Value;

use crate::helm::scene::{Mixed, NODE_PORT, mesh};
use crate::support::files::files;
use crate::support::{Ran, Sandbox};

const SECRETS: &str = "out/bundles/cairo/helm/secrets";

/// Seals as kubeseal does: other bytes each time, and no value as it was. It counts its runs.
const SEAL: &str = r#"import os, re, sys
text = sys.stdin.read()
open("runs", "a").write("x")
text = text.replace("apiVersion: v1", "apiVersion: bitnami.com/v1alpha1").replace("kind: Secret", "kind: SealedSecret")
print(re.sub(r': "[A-Za-z0-9+/=]{40,}"', lambda _: ': "' + os.urandom(16).hex() + '"', text))
"#;

pub(crate) fn filtered(program: &str) -> String {
    mesh("1.20", &format!(", secrets: {{ filter: [{program}] }}"), NODE_PORT)
}

fn generated(program: &str) -> (Sandbox, Ran) {
    let sandbox = Sandbox::with_mesh(&filtered(program));
    files(&sandbox.path("files"));
    sandbox.write("seal.py", SEAL);
    let ran = sandbox.run(&["generate", "mesh.yaml", "--create-authorities"]);
    (sandbox, ran)
}

fn runs(sandbox: &Sandbox) -> usize {
    sandbox.read("runs").len()
}

/// What was found may be a reason to stop a run: it is printed before anything is issued. A program that seals sees the run at work.
#[test]
fn findings_are_printed_before_the_work() {
    let sandbox = Sandbox::with_mesh(&filtered(r#"sh, -c, "cat >/dev/null; cp printed seen; echo sealed""#));
    files(&sandbox.path("files"));
    let printed = fs::File::create(sandbox.path("printed")).expect("a file");
    let ran = Ran::of(sandbox.command(&["generate", "mesh.yaml", "--create-authorities"]).stdout(printed));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let (seen, printed) = (sandbox.read("seen"), sandbox.read("printed"));
    assert!(seen.contains("[CM") && !seen.contains("certificates issued") && printed.starts_with(&seen), "{seen}\n{printed}");
}

/// What is sealed stays while the Secret is the same, because each run of the program makes other bytes. No plain Secret is on disk.
#[test]
fn what_is_sealed_stays_while_the_secret_is_the_same() {
    let (sandbox, ran) = generated("python3, seal.py");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let first = sandbox.tree(SECRETS);
    assert_eq!((first.len(), runs(&sandbox)), (2, 2));
    for (path, (mode, bytes)) in &first {
        let text = String::from_utf8_lossy(bytes);
        assert!(text.contains("kind: SealedSecret") && mode & 0o777 == 0o600, "{path}: {text}");
    }
    sandbox.ok(&["generate", "mesh.yaml"]);
    assert!(sandbox.tree(SECRETS) == first && runs(&sandbox) == 2, "sealed again");
    // A file that someone has changed is made again, and so is each where the program has other words.
    fs::write(sandbox.path(SECRETS).join("cilium-kvstoremesh.yaml"), "changed").expect("written");
    sandbox.ok(&["generate", "mesh.yaml"]);
    assert_eq!(runs(&sandbox), 3);
    sandbox.write("mesh.yaml", &filtered("python3, seal.py, --for, another"));
    sandbox.ok(&["generate", "mesh.yaml"]);
    assert_eq!(runs(&sandbox), 5);
    sandbox.ok(&["generate", "mesh.yaml", "--rekey"]);
    assert!(runs(&sandbox) > 5, "another key is another Secret");
    let ran = sandbox.ok(&["verify", "out", "--mesh", "mesh.yaml"]);
    assert!(ran.said("CM0762") && ran.said("helm/secrets: sealed or encrypted Secrets"), "{}", ran.stdout);
    assert!(!ran.said("no cluster"), "what cannot be read is not empty: {}", ran.stdout);
}

/// A program that fails, says nothing or seals nothing ends the run with its reason, and no Secret is left behind.
#[test]
fn a_program_that_seals_nothing_is_refused() {
    for (program, said) in [
        ("cat", "printed a private key as it was given"),
        ("tee, copy", "printed a private key as it was given"),
        ("base64, -d", "failed (exit status: 1)"),
        ("\"true\"", "printed nothing"),
        ("no-such-program", "is not in PATH"),
        ("./no-such-program", "is not in PATH"),
        ("sh, -c, 'echo oops >&2; exit 3'", "failed (exit status: 3): oops"),
    ] {
        let (sandbox, ran) = generated(program);
        assert!(ran.status != 0 && ran.said(said), "{program}: {}", ran.stderr);
        assert!(!sandbox.path(SECRETS).join("cilium-kvstoremesh.yaml").exists(), "{program}");
        let is_late = sandbox.path("state/inventory.json").exists();
        assert_eq!(
            is_late,
            !said.contains("PATH"),
            "{program}: a program that is not there is noticed before anything is issued"
        );
        // The next run completes it.
        sandbox.write("mesh.yaml", &filtered("python3, seal.py"));
        sandbox.ok(&["generate", "mesh.yaml", "--create-authorities"]);
        assert_eq!(sandbox.tree(SECRETS).len(), 2);
    }
}

/// For a store: the fields of the Secret as JSON, and an object that asks for the path of this generation.
#[test]
fn a_store_gets_each_generation_at_its_own_path() {
    let external = |more: &str| mesh("1.20", &format!(", secrets: {{ form: external, store: vault{more} }}"), NODE_PORT);
    let mixed = Mixed::new(&external(""));
    let sandbox = &mixed.sandbox;
    let fields = |name: &str| -> Value { serde_json::from_str(&sandbox.read(format!("{SECRETS}/{name}.json"))).expect("JSON") };
    let object = |name: &str| -> Value {
        let text = sandbox.read(format!("out/bundles/cairo/helm/{name}.yaml"));
        serde_yaml::from_str(text.trim_start_matches("---\n")).expect("YAML")
    };
    let keys = fields("cilium-kvstoremesh");
    let names: Vec<&String> = keys.as_object().expect("fields").keys().collect();
    assert_eq!(names, ["oslo", "oslo.etcd-client-ca.crt", "oslo.etcd-client.crt", "oslo.etcd-client.key"]);
    assert!(keys["oslo.etcd-client.key"].as_str().is_some_and(|key| key.starts_with("-----BEGIN PRIVATE KEY-----\n")));
    for (path, (mode, bytes)) in sandbox.tree("out/bundles/cairo/helm") {
        let is_secret = path.starts_with("secrets/");
        assert_eq!(mode & 0o777, if is_secret { 0o600 } else { 0o644 }, "{path}");
        assert!(is_secret || !String::from_utf8_lossy(&bytes).contains("PRIVATE KEY"), "{path}");
        assert!(!path.starts_with("secrets/") || path.ends_with(".json"), "{path} is a plain Secret");
    }
    let asked = object("cilium-kvstoremesh");
    assert_eq!(asked["spec"]["dataFrom"][0]["extract"]["key"], "clustermesh/cairo/cilium-kvstoremesh/1");
    assert_eq!(asked["spec"]["secretStoreRef"]["kind"], "ClusterSecretStore");
    // What the Secret will say of itself is evidence of this generation.
    let said = asked["spec"]["target"]["template"]["metadata"]["annotations"]["meshbundle/bundle"].as_str().expect("text");
    assert_eq!(serde_json::from_str::<Value>(said).expect("JSON")["generation"], 1);
    let listed: Value = serde_yaml::from_str(&sandbox.read("out/bundles/cairo/helm/kustomization.yaml")).expect("YAML");
    assert_eq!(listed["resources"].as_array().expect("a list").len(), 3);
    sandbox.ok(&["generate", "mesh.yaml", "--rekey"]);
    assert_eq!(object("cilium-kvstoremesh")["spec"]["dataFrom"][0]["extract"]["key"], "clustermesh/cairo/cilium-kvstoremesh/2");
    // Back to plain Secrets: nothing of the store's form is left.
    mixed.change(&mesh("1.20", "", NODE_PORT));
    let left: Vec<String> = sandbox.tree("out/bundles/cairo/helm").into_keys().filter(|path| path.ends_with(".json")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_form_that_is_not_complete_is_an_error() {
    for (form, said) in [
        ("form: external", "needs a store"),
        ("form: external, store: vault, filter: [kubeseal]", "`filter` has no effect"),
        ("store: vault", "`store` has no effect"),
        ("form: external, store: vault, path: /a", "not a path in a store"),
    ] {
        let sandbox = Sandbox::with_mesh(&mesh("1.20", &format!(", secrets: {{ {form} }}"), NODE_PORT));
        files(&sandbox.path("files"));
        let ran = sandbox.run(&["lint", "mesh.yaml"]);
        assert!(ran.status == 1 && ran.said("CM0509") && ran.said(said), "{form}: {}", ran.stdout);
    }
}
