//! Secrets of a Kubernetes cluster: in every form in which people have them, mounted as the charts of Cilium mount them, and with what
//! goes wrong by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::macros::datetime;

use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{Container, Entry, Files, MountedSecrets, read_secrets};

use crate::support::kubernetes::{secret, secrets_of};
use crate::support::pki::{Authority, Leaf, Wish};
use crate::support::{Ran, Sandbox};
use crate::verify::codes::told;

/// The codes that are shown here.
pub(crate) const CODES: &[&str] = &["CM0763", "CM0764", "CM0765", "CM0766"];

const DIRECTORY: &str = "/var/lib/cilium/clustermesh";

/// The Secrets of a cluster with `KVStoreMesh`, by name: what Helm and cert-manager make of one CA.
type Secrets = BTreeMap<&'static str, BTreeMap<String, String>>;

/// A config as the chart writes it.
fn config(host: &str, stem: &str) -> String {
    format!(
        "endpoints:\n- https://{host}:2379\ntrusted-ca-file: {DIRECTORY}/{stem}-ca.crt\nkey-file: {DIRECTORY}/{stem}.key\n\
         cert-file: {DIRECTORY}/{stem}.crt\n"
    )
}

fn certificate(ca: &str, leaf: Leaf) -> BTreeMap<String, String> {
    let files = [("ca.crt", ca.to_owned()), ("tls.crt", leaf.certificate), ("tls.key", leaf.key)];
    files.map(|(key, text)| (key.to_owned(), text)).into()
}

fn good() -> Secrets {
    let ca = Authority::new("Cilium CA");
    let signed = |wish: Wish<'_>| certificate(&ca.certificate, ca.issue(&wish));
    let one = |key: &str, text: String| BTreeMap::from([(key.to_owned(), text)]);
    BTreeMap::from([
        ("cilium-clustermesh", one("rome", config("clustermesh-apiserver.kube-system.svc", "local-etcd-client"))),
        ("cilium-kvstoremesh", one("rome", config("rome.mesh.cilium.io", "common-etcd-client"))),
        ("clustermesh-apiserver-server-cert", signed(Wish::named("server").sans(&["clustermesh-apiserver.kube-system.svc"]))),
        ("clustermesh-apiserver-admin-cert", signed(Wish::named("admin-oslo"))),
        ("clustermesh-apiserver-remote-cert", signed(Wish::named("remote"))),
        ("clustermesh-apiserver-local-cert", signed(Wish::named("local-oslo"))),
    ])
}

/// As `kubectl get secret -o json` prints them.
fn list(secrets: &Secrets) -> Value {
    let items: Vec<Value> = secrets.iter().map(|(name, files)| secret(name, files)).collect();
    json!({ "apiVersion": "v1", "kind": "List", "items": items })
}

/// As people write them: plain text.
fn plain(secrets: &Secrets) -> String {
    let mut text = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config}\n");
    for (name, files) in secrets {
        text += &format!("---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\nstringData:\n");
        for (key, file) in files {
            text += &format!("  {key}: |\n{}", file.lines().map(|line| format!("    {line}\n")).collect::<String>());
        }
    }
    text
}

/// What a run has read: cluster or member of each subject, and the codes.
fn read(sandbox: &Sandbox, words: &[&str]) -> (Vec<String>, BTreeSet<String>) {
    let told = told(sandbox, words);
    let report: Value = serde_json::from_str(&told.report).expect("JSON");
    let subjects = report["subjects"].as_array().expect("subjects").iter().map(|subject| {
        let links = subject["links"].as_array().expect("links").iter();
        let links: Vec<_> = links.map(|link| format!("{} {} {}", link["cluster"], link["user"], link["proven"])).collect();
        format!("{} {}", links.join(","), subject["member"])
    });
    (subjects.collect(), told.codes)
}

#[test]
fn every_form_of_secrets_is_read_alike() {
    let (sandbox, secrets) = (Sandbox::new(), good());
    sandbox.write("list.json", &list(&secrets).to_string());
    sandbox.write("indented.json", &serde_json::to_string_pretty(&list(&secrets)).expect("JSON"));
    sandbox.write("plain.yaml", &plain(&secrets));
    sandbox.write("windows.yml", &plain(&secrets).replace('\n', "\r\n"));
    for (name, files) in &secrets {
        sandbox.write(&format!("clusters/oslo/{name}.json"), &secret(name, files).to_string());
    }
    sandbox.write("clusters/oslo/values.yaml", "endpoints: none of ours\n");
    let wanted = vec![
        "\"rome\" \"local-oslo\" \"unknown\" null".to_owned(),
        "\"rome\" \"remote\" \"unknown\" null".to_owned(),
        " \"clustermesh-apiserver\"".to_owned(),
    ];
    for path in ["list.json", "indented.json", "plain.yaml", "windows.yml", "clusters/oslo", "clusters"] {
        let (subjects, codes) = read(&sandbox, &[path]);
        assert!(codes.is_empty(), "{path}: {codes:?}");
        assert_eq!(subjects, wanted, "{path}");
    }
    for path in ["list.json", "plain.yaml"] {
        let input = File::open(sandbox.path(path)).expect("a file");
        let ran = Ran::of(sandbox.command(&["verify", "-"]).stdin(input));
        assert!(ran.status == 0 && ran.stdout.contains("stdin: Secret"), "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(": KVStoreMesh, Cilium") && ran.stdout.ends_with("no findings\n"), "{}", ran.stdout);
    }
    let passed = sandbox.run(&["verify", "plain.yaml"]);
    assert!(passed.said("plain.yaml: other objects, passed over: 1"), "{}", passed.stderr);
}

/// `*.mesh.cilium.io` is in the certificate of every chart's etcd: only the name of the cluster says which links lead to it.
#[test]
fn an_etcd_is_the_other_end_where_its_cluster_is_named() {
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&[]);
    let (node, member) = (sandbox.unpack("cluster2/nodes/node1"), sandbox.unpack("cluster2/etcd/etcd1"));
    sandbox.write("cluster2.json", &secrets_of(&node, &member));
    for (words, proven) in [(&[][..], "unknown"), (&["--cluster", "cluster2"], "both"), (&["--mesh", "mesh.yaml"], "both")] {
        let words = [&["out/bundles/cluster1/nodes/node1.tar.gz", "cluster2.json"], words].concat();
        let (subjects, codes) = read(&sandbox, &words);
        assert!(codes.is_empty(), "{codes:?}");
        assert_eq!(subjects[0], format!("\"cluster2\" \"remote-cluster1\" \"{proven}\" null"), "{words:?}");
    }
}

/// With KVStoreMesh, agents dial the local etcd: what the etcd of a remote cluster presents says nothing about that.
#[test]
fn agents_with_kvstoremesh_are_compared_with_the_local_etcd() {
    let sandbox = Sandbox::new();
    sandbox.write("oslo.yaml", &plain(&good()));
    // Every chart's certificate has the name that agents dial.
    let names = ["rome.mesh.cilium.io", "clustermesh-apiserver.kube-system.svc"];
    let rome = Authority::new("Rome CA").issue(&Wish::named("server").sans(&names));
    sandbox.write("rome.crt", &rome.certificate);
    let (subjects, codes) = read(&sandbox, &["oslo.yaml", "rome.crt", "--cluster", "oslo"]);
    let links = [r#""rome" "local-oslo" "both" null"#, r#""rome" "remote" "refuted" null"#];
    assert_eq!((&subjects[..2], codes.len()), (&links.map(str::to_owned)[..], 1), "{codes:?}");
    // A config that leads to the remote cluster itself is compared with that, whatever KVStoreMesh has.
    let direct = plain(&good()).replace("https://clustermesh-apiserver.kube-system.svc:2379", "https://rome.mesh.cilium.io:2379");
    sandbox.write("oslo.yaml", &direct);
    let (subjects, _) = read(&sandbox, &["oslo.yaml", "rome.crt", "--cluster", "oslo"]);
    assert_eq!(subjects[0], r#""rome" "local-oslo" "refuted" null"#);
}

#[test]
fn what_is_no_secret_of_a_mesh_is_a_failure_that_says_so() {
    let sandbox = Sandbox::new();
    sandbox.write("other.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: other}\ndata: {a: YQ==}\n");
    sandbox.write("sops.yaml", &(plain(&good()) + "sops:\n  version: 3.13.3\n"));
    sandbox.write("empty/a.yaml", "a: b\n");
    for (path, said) in [
        ("other.yaml", "`other.yaml` holds no Secret that Cilium mounts"),
        ("sops.yaml", "help: `sops -d sops.yaml | meshbundle verify -`"),
    ] {
        let ran = sandbox.run(&["verify", path]);
        assert!(ran.status == 3 && ran.said(said), "{path}: {} {}", ran.status, ran.stderr);
    }
    let input = File::open(sandbox.path("other.yaml")).expect("a file");
    let ran = Ran::of(sandbox.command(&["verify", "-"]).stdin(input));
    assert!(ran.status == 3 && ran.said("`stdin` holds no Secret"), "{}", ran.stderr);
    sandbox.write("list.json", &list(&good()).to_string());
    let ran = sandbox.run(&["probe", "list.json"]);
    assert!(ran.status == 3 && ran.said("`meshbundle verify list.json`"), "{}", ran.stderr);
}

/// What is done to a good file, and the codes that are told, and no others.
struct Case {
    what: &'static str,
    codes: &'static [&'static str],
    text: fn(Secrets) -> String,
}

const fn case(what: &'static str, codes: &'static [&'static str], text: fn(Secrets) -> String) -> Case {
    Case { what, codes, text }
}

fn changed(mut secrets: Secrets, name: &'static str, change: impl FnOnce(&mut BTreeMap<String, String>)) -> String {
    change(secrets.get_mut(name).expect("the Secret"));
    list(&secrets).to_string()
}

fn replaced(secrets: &Secrets, from: &str, to: &str) -> String {
    let text = plain(secrets);
    assert!(text.contains(from), "there is no {from:?}\n{text}");
    text.replacen(from, to, 1)
}

fn from_other_ca(wish: &Wish<'_>) -> BTreeMap<String, String> {
    let ca = Authority::new("Other CA");
    certificate(&ca.certificate, ca.issue(wish))
}

const SERVER: &str = "clustermesh-apiserver-server-cert";
const ADMIN: &str = "clustermesh-apiserver-admin-cert";
const REMOTE: &str = "clustermesh-apiserver-remote-cert";
const CLUSTERS: &str = "cilium-clustermesh";

const CASES: &[Case] = &[
    case("nothing", &[], |secrets| plain(&secrets)),
    case("the name of a cluster without quotes", &["CM0764"], |secrets| replaced(&secrets, "  rome: |", "  no: |")),
    case("a name that is a number without quotes", &["CM0764"], |secrets| replaced(&secrets, "  rome: |", "  010: |")),
    case("the same name in quotes", &[], |secrets| replaced(&secrets, "  rome: |", "  \"no\": |")),
    case("a key as kubectl prints it later", &["CM0764"], |secrets| replaced(&secrets, "  rome: |", "  \"false\": |")),
    case("plain text in `data`", &["CM0763"], |secrets| replaced(&secrets, "stringData:\n  rome", "data:\n  rome")),
    case("a field that is misspelt", &["CM0763", "CM0708"], |secrets| {
        replaced(&secrets, "stringData:\n  rome", "StringData:\n  rome")
    }),
    case("a file that is no YAML", &["CM0763"], |secrets| replaced(&secrets, "  rome: |", "\trome: |")),
    case("a template", &["CM0763"], |secrets| replaced(&secrets, "  rome: |", "  {{ .name }}: |")),
    case("a number as a value", &["CM0763"], |secrets| {
        replaced(&secrets, "stringData:\n  ca.crt", "stringData:\n  a: 1\n  ca.crt")
    }),
    case("a duplicate key", &["CM0003"], |secrets| replaced(&secrets, "stringData:\n  rome", "stringData:\n  rome: a\n  rome")),
    case("a suffix of kustomize's", &["CM0765"], |secrets| {
        replaced(&secrets, "name: cilium-clustermesh\n", "name: cilium-clustermesh-dkcb7dg58g\n")
    }),
    case("the same suffix in a DaemonSet", &[], |secrets| {
        replaced(&secrets, "name: cilium-clustermesh\n", "name: cilium-clustermesh-dkcb7dg58g\n")
            + "---\nkind: DaemonSet\nspec: {secret: {name: cilium-clustermesh-dkcb7dg58g}}\n"
    }),
    case("a Secret twice", &["CM0765"], |secrets| {
        plain(&secrets)
            + "---\n"
            + &secret(CLUSTERS, &secrets[CLUSTERS]).to_string().replace("\"namespace\":\"kube-system\"", "\"a\":\"b\"")
    }),
    case("a config that is encoded twice", &["CM0766", "CM0708"], |secrets| {
        changed(secrets, CLUSTERS, |files| files.values_mut().for_each(|text| *text = STANDARD.encode(&*text)))
    }),
    case("no Secret of the remote's certificate", &["CM0706"], |mut secrets| {
        secrets.remove(REMOTE);
        list(&secrets).to_string()
    }),
    case("no key of the remote's certificate", &["CM0706"], |secrets| {
        changed(secrets, REMOTE, |files| drop(files.remove("tls.key")))
    }),
    case("a key of another certificate", &["CM0415"], |mut secrets| {
        let other = secrets[ADMIN]["tls.key"].clone();
        secrets.get_mut(REMOTE).expect("a Secret").insert("tls.key".to_owned(), other);
        list(&secrets).to_string()
    }),
    case("a server's certificate of another CA", &["CM0404"], |mut secrets| {
        secrets.insert(SERVER, from_other_ca(&Wish::named("server")));
        plain(&secrets)
    }),
    case("the same, where a bundle of CAs may be", &["CM0762"], |mut secrets| {
        secrets.insert(SERVER, from_other_ca(&Wish::named("server")));
        list(&secrets).to_string()
    }),
    case("a server without its CA", &["CM0706"], |secrets| changed(secrets, SERVER, |files| drop(files.remove("ca.crt")))),
    case("an admin without its key", &["CM0706"], |secrets| changed(secrets, ADMIN, |files| drop(files.remove("tls.key")))),
    case("an admin's certificate that has expired", &["CM0731"], |mut secrets| {
        let ca = Authority::new("Cilium CA");
        let leaf = ca.issue(&Wish::named("admin-oslo").until(datetime!(2026-01-01 00:00 UTC)));
        secrets.insert(ADMIN, certificate(&ca.certificate, leaf));
        list(&secrets).to_string()
    }),
    case("the admin's certificate as the remote's", &["CM0420"], |mut secrets| {
        let admin = secrets[ADMIN].clone();
        secrets.insert(REMOTE, admin);
        list(&secrets).to_string()
    }),
    case("a note among the configs", &["CM0705"], |secrets| {
        changed(secrets, CLUSTERS, |files| drop(files.insert("NOTES".to_owned(), "rome moves in May".to_owned())))
    }),
];

#[test]
fn every_fault_of_secrets_has_its_code() {
    let mut misfits = Vec::new();
    for case in CASES {
        let sandbox = Sandbox::new();
        sandbox.write("secrets.yaml", &(case.text)(good()));
        let told = told(&sandbox, &["secrets.yaml"]);
        let wanted: BTreeSet<String> = case.codes.iter().map(|code| (*code).to_owned()).collect();
        if told.codes != wanted {
            misfits.push(format!("{}: {:?} instead of {wanted:?}\n{}", case.what, told.codes, told.report));
        }
    }
    assert!(misfits.is_empty(), "{} misfits\n{}", misfits.len(), misfits.join("\n"));
}

#[test]
fn what_other_volumes_may_have_is_no_error() {
    let elsewhere = |secrets| {
        changed(secrets, CLUSTERS, |files| {
            let text = files.get_mut("rome").expect("a config");
            *text = text.replace("/var/lib/cilium/clustermesh/local-etcd-client.key", "/var/lib/etcd-secrets/etcd-client.key");
        })
    };
    let in_a_bundle = |secrets| changed(secrets, REMOTE, |files| drop(files.remove("ca.crt")));
    for text in [elsewhere(good()), in_a_bundle(good())] {
        let sandbox = Sandbox::new();
        sandbox.write("secrets.yaml", &text);
        let told = told(&sandbox, &["secrets.yaml"]);
        assert!(told.status == 0 && told.codes.iter().eq(["CM0706"]), "{}", told.report);
    }
}

/// cert-manager's CA may be an intermediate: `ca.crt` is the issuer then, and `tls.crt` has it, too.
#[test]
fn secrets_of_cert_manager_are_good() {
    let root = Authority::new("Root");
    let issuer = root.below("Issuer", datetime!(2040-01-01 00:00 UTC));
    let mut secrets = good();
    for (name, wish) in [
        (SERVER, Wish::named("server").sans(&["clustermesh-apiserver.kube-system.svc"])),
        (ADMIN, Wish::named("admin-oslo")),
        (REMOTE, Wish::named("remote")),
        ("clustermesh-apiserver-local-cert", Wish::named("local-oslo")),
    ] {
        let mut leaf = issuer.issue(&wish);
        leaf.certificate += &issuer.certificate;
        secrets.insert(name, certificate(&issuer.certificate, leaf));
    }
    let sandbox = Sandbox::new();
    sandbox.write("secrets.json", &list(&secrets).to_string());
    let told = told(&sandbox, &["secrets.json"]);
    assert!(told.codes.is_empty(), "{}", told.report);
}

/// Which key of which Secret a volume of a chart's template has at which path. Parts that depend on `caBundle` are left out.
fn projected(template: &str, volume: &str) -> BTreeMap<String, (String, String)> {
    let after = template.split(&format!("- name: {volume}\n")).find(|part| part.trim_start().starts_with("projected:"));
    let after = after.unwrap_or_else(|| panic!("no volume {volume}"));
    let (mut secret, mut key, mut found) = (String::new(), String::new(), BTreeMap::new());
    let mut is_other = false;
    for line in
        after.lines().map(str::trim).take_while(|line| !["- name: ", "- configMap:"].iter().any(|next| line.starts_with(next)))
    {
        match line.trim_start_matches("- ").split_once(": ") {
            Some(("name", name)) => name.clone_into(&mut secret),
            Some(("key", value)) => value.clone_into(&mut key),
            Some(("path", path)) if !is_other => drop(found.insert(path.to_owned(), (secret.clone(), key.clone()))),
            _ => {}
        }
        is_other = (is_other || line.starts_with("{{- else")) && !line.starts_with("{{- end");
    }
    found
}

#[test]
fn containers_mount_what_the_charts_mount() {
    let secrets = good();
    let text = list(&secrets).to_string();
    let read = read_secrets(&[("secrets.json", text.as_bytes())]);
    let set = &read.sets[0];
    for (release, minor) in [("v1.15.19", "1.15"), ("v1.16.0", "1.16"), ("v1.20.2", "1.20")] {
        let module = format!("github.com/cilium/cilium@{release}");
        let downloaded = Ran::of(Command::new("go").args(["mod", "download", "-json", &module]).env("GOFLAGS", "-mod=mod"));
        let folder = downloaded.json()["Dir"].as_str().unwrap_or_else(|| panic!("{}", downloaded.stdout)).to_owned();
        let templates = Path::new(&folder).join("install/kubernetes/cilium/templates");
        let version = CiliumVersion::parse(minor).expect("a version");
        for (container, file, volume, clusters) in [
            (Container::Agents, "cilium-agent/daemonset.yaml", "clustermesh-secrets", CLUSTERS),
            (Container::KvStoreMesh, "clustermesh-apiserver/deployment.yaml", "kvstoremesh-secrets", "cilium-kvstoremesh"),
        ] {
            let template = std::fs::read_to_string(templates.join(file)).expect("a template");
            assert!(template.contains(&format!("name: {clusters}\n")), "{release}: {file} mounts {clusters}");
            let theirs = projected(&template, volume);
            assert!(theirs.len() >= 3, "{release} {volume}: {theirs:?}");
            let mounted = MountedSecrets::of(set, container).expect("Secrets").read_by(version);
            let at = |path: &str| mounted.at(&format!("{DIRECTORY}/{path}"));
            for (path, (secret, key)) in &theirs {
                let found = at(path);
                assert_eq!(found.shown, format!("secrets.json: Secret kube-system/{secret}: {key}"), "{release} {volume} {path}");
                assert_eq!(found.entry.and_then(Entry::bytes), Some(secrets[secret.as_str()][key].as_bytes()));
            }
            let all = ["common", "local", "remote"]
                .iter()
                .flat_map(|stem| ["key", "crt", "-ca.crt"].map(|end| format!("{stem}-etcd-client.{end}").replace(".-", "-")));
            for path in all.filter(|path| !theirs.contains_key(path)) {
                assert!(at(&path).entry.is_none(), "{release} {volume}: {path} is not mounted");
            }
        }
    }
}
