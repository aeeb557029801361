//! What starts the agents of a cluster: compose, systemd, Cilium's Helm chart, or something else.

use crate::diag::{Code, Diagnostic, FieldPath};

use super::super::feature::Feature;
use super::super::helm::{
    AuthMode, CertificateMethod, ChartFeature, Flavour, HelmRelease, HelmService, SecretStore, SecretsForm, ServiceType, Setting,
};
use super::super::image::ImageReference;
use super::super::name::Label;
use super::super::runtime::Runtime;
use super::super::tree::{Value, YamlNode};
use super::super::version::CiliumVersion;
use super::paths::relative;
use super::reader::{MeshReader, field, flag, text, texts};

/// The agent's service, and the folder of its files below the project's, as in cilium-compose.
const SERVICE: &str = "cilium-agent";
const HOST_ROOT: &str = "mount";
/// Where Cilium's documentation and RKE2 install the chart.
const NAMESPACE: &str = "kube-system";
/// Where in a store the secrets are.
const STORE_PATH: &str = "clustermesh";

/// What starts the agents of the cluster `node`, whose version is `version`. Errors have been reported, and give the usual one.
pub(super) fn runtime(reader: &mut MeshReader, node: &YamlNode, version: CiliumVersion, path: &FieldPath) -> Runtime {
    let written = field(node, "runtime");
    written.and_then(|written| read(reader, written, version, path)).unwrap_or_else(usual_compose)
}

fn read(reader: &mut MeshReader, written: &YamlNode, version: CiliumVersion, path: &FieldPath) -> Option<Runtime> {
    let kind = written.as_text().or_else(|| text(written, "kind"))?;
    let (service, host_root, unit) = (text(written, "service"), text(written, "hostRoot"), text(written, "unit"));
    let owners = [
        ("service", "compose"),
        ("hostRoot", "compose"),
        ("image", "compose"),
        ("meshbundleImage", "compose"),
        ("unit", "systemd"),
        ("chart", "helm"),
        ("flavour", "helm"),
        ("namespace", "helm"),
        ("authMode", "helm"),
        ("kvstoremesh", "helm"),
        ("method", "helm"),
        ("values", "helm"),
        ("secrets", "helm"),
        ("gitops", "helm"),
    ];
    let of_helm = field(written, "service").is_some_and(|service| matches!(service.value, Value::Map(_)));
    let owners = owners.into_iter().map(|(key, owner)| (key, if key == "service" && of_helm { "helm" } else { owner }));
    for (key, owner) in owners {
        if written.get(key).is_some_and(|entry| !matches!(entry.value.value, Value::Null)) && kind != owner {
            let message = format!("`{key}` has no effect with the runtime {kind}");
            reader
                .add(Diagnostic::new(Code::BadRuntime, path.field(key), message).help(format!("it belongs to runtime {owner}")));
        }
    }
    match kind {
        "systemd" => {
            let unit = unit.unwrap_or("cilium-agent.service");
            let stem = unit.strip_suffix(".service").unwrap_or_default();
            // The characters of unit names (systemd.unit(5)), without the backslash, because it becomes the name of a folder.
            if stem.is_empty()
                || !stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.@".contains(&byte))
                || stem.starts_with('.')
            {
                let message = format!("`{}` is not the name of a service unit", unit.escape_debug());
                reader.add(
                    Diagnostic::new(Code::BadRuntime, path.field("unit"), message)
                        .help("write it in full, with its ending, such as `cilium-agent.service`"),
                );
                return None;
            }
            Some(Runtime::Systemd { unit: unit.to_owned() })
        }
        "helm" => Some(Runtime::Helm(release(reader, written, version, path))),
        "external" => Some(Runtime::External),
        "compose" => {
            let (service, host_root) = (service.unwrap_or(SERVICE), host_root.unwrap_or(HOST_ROOT));
            let service_ok =
                !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            if !service_ok {
                let message = format!("`{}` is not the name of a compose service", service.escape_debug());
                let finding = Diagnostic::new(Code::BadRuntime, path.field("service"), message);
                reader.add(finding.help("use letters, digits, `-`, `_` and `.`"));
            }
            let root_ok = relative(host_root);
            if !root_ok {
                let message = format!("`{}` is not a folder below the compose project", host_root.escape_debug());
                reader.add(
                    Diagnostic::new(Code::UnsafePath, path.field("hostRoot"), message)
                        .help("write a relative path without `..`, such as `mount`"),
                );
            }
            let image = read_image(reader, written, path, "image");
            let announcer_image = read_image(reader, written, path, "meshbundleImage");
            (service_ok && root_ok).then(|| Runtime::Compose {
                service: service.to_owned(),
                host_root: host_root.to_owned(),
                image,
                announcer_image,
            })
        }
        _ => None,
    }
}

/// The runtime of agents by default.
fn usual_compose() -> Runtime {
    Runtime::Compose { service: SERVICE.to_owned(), host_root: HOST_ROOT.to_owned(), image: None, announcer_image: None }
}

fn read_image(reader: &mut MeshReader, runtime: &YamlNode, path: &FieldPath, key: &str) -> Option<ImageReference> {
    let written = text(runtime, key)?;
    match ImageReference::new(written) {
        Ok(image) => Some(image),
        Err(why) => {
            let message = format!("`{}` is not a reference to an image: {why}", written.escape_debug());
            let finding = Diagnostic::new(Code::BadRuntime, path.field(key), message);
            reader.add(
                finding
                    .cause("compose checks it only when it starts the container, and then fails")
                    .help("write it as `docker pull` takes it: `quay.io/cilium/cilium:v1.20.2`, and best with its `@sha256:…`"),
            );
            None
        }
    }
}

/// A release of Cilium's Helm chart. What is not given is what the chart of that minor does.
fn release(reader: &mut MeshReader, written: &YamlNode, version: CiliumVersion, path: &FieldPath) -> HelmRelease {
    let chart = text(written, "chart");
    if let Some(chart) = chart.filter(|chart| !is_of(chart, version)) {
        let message = format!("the chart `{}` is not one of Cilium {version}", chart.escape_debug());
        let finding = Diagnostic::new(Code::BadRuntime, path.field("chart"), message);
        reader.add(finding.help("set `cilium.version` of this cluster to the minor of its chart, or remove `chart`"));
    }
    let namespace = text(written, "namespace").unwrap_or(NAMESPACE);
    if let Err(bad) = Label::new(namespace) {
        reader.bad_name(Code::BadRuntime, &path.field("namespace"), "a namespace", namespace, &bad);
    }
    let written_mode = text(written, "authMode").and_then(|word| AuthMode::ALL.into_iter().find(|mode| mode.word() == word));
    let auth_mode = setting(written_mode, version.default_auth_mode());
    if auth_mode.value() == AuthMode::ClusterStrict && !version.has(Feature::ClusterStrict) {
        let message =
            format!("the chart of Cilium {version} has no authMode `{}`, and Helm refuses the release", AuthMode::ClusterStrict);
        let finding = Diagnostic::new(Code::BadRuntime, path.field("authMode"), message);
        reader.add(finding.help("use `legacy`, `migration` or `cluster`"));
    }
    let method = text(written, "method").and_then(|word| CertificateMethod::ALL.into_iter().find(|method| method.word() == word));
    if method == Some(CertificateMethod::Provided) && !version.chart_has(ChartFeature::SecretsByHand) {
        let message = format!("the chart of Cilium {version} takes provided certificates only in its values, with their keys");
        let finding = Diagnostic::new(Code::BadRuntime, path.field("method"), message);
        reader.add(finding.help("use `helm`, `cronJob` or `certmanager`, or upgrade it to 1.16"));
    }
    let service = service(reader, written, path);
    HelmRelease {
        chart: chart.map_or_else(|| version.to_string(), str::to_owned),
        flavour: if text(written, "flavour") == Some("rke2") { Flavour::Rke2 } else { Flavour::Upstream },
        namespace: namespace.to_owned(),
        auth_mode,
        kvstoremesh: setting(flag(written, "kvstoremesh"), version.chart_has(ChartFeature::KvstoremeshByDefault)),
        method: setting(method, CertificateMethod::Helm),
        service,
        known_service: service,
        values: text(written, "values").and_then(|file| reader.file(file, &path.field("values"))),
        gitops: flag(written, "gitops").unwrap_or(false),
        secrets: secrets(reader, written, path),
    }
}

/// In which form its Secrets are written.
fn secrets(reader: &mut MeshReader, release: &YamlNode, path: &FieldPath) -> SecretsForm {
    let Some(written) = field(release, "secrets") else { return SecretsForm::Plain };
    let path = path.field("secrets");
    let filter: Vec<String> = texts(written, "filter", &path).into_iter().map(|(word, _)| word.to_owned()).collect();
    let mut refuse = |field: &str, message: String, help: &str| {
        reader.add(Diagnostic::new(Code::BadRuntime, path.field(field), message).help(help));
    };
    if text(written, "form") != Some("external") {
        for key in ["store", "storeKind", "path"].into_iter().filter(|key| text(written, key).is_some()) {
            refuse(key, format!("`{key}` has no effect with the form plain"), "it belongs to `form: external`");
        }
        return if filter.is_empty() { SecretsForm::Plain } else { SecretsForm::Filtered(filter) };
    }
    if !filter.is_empty() {
        refuse("filter", "`filter` has no effect with the form external".to_owned(), "remove one of the two");
    }
    let Some(name) = text(written, "store") else {
        refuse("form", "the form external needs a store".to_owned(), "name it: `store: NAME`");
        return SecretsForm::Plain;
    };
    let place = text(written, "path").unwrap_or(STORE_PATH);
    if !relative(place) {
        refuse("path", format!("`{}` is not a path in a store", place.escape_debug()), "such as `clustermesh/prod`");
    }
    if let Err(bad) = Label::new(name) {
        reader.bad_name(Code::BadRuntime, &path.field("store"), "a store", name, &bad);
    }
    SecretsForm::External(SecretStore {
        name: name.to_owned(),
        kind: text(written, "storeKind").unwrap_or("ClusterSecretStore").to_owned(),
        path: place.to_owned(),
    })
}

/// The Service of its etcd.
fn service(reader: &mut MeshReader, release: &YamlNode, path: &FieldPath) -> HelmService {
    let Some(written) = field(release, "service") else { return HelmService::default() };
    let kind = text(written, "type").and_then(|word| ServiceType::ALL.into_iter().find(|kind| kind.word() == word));
    let node_port = text(written, "nodePort").and_then(|port| match port.parse() {
        Ok(port) if port > 0 => Some(port),
        _ => {
            let message = format!("`{}` is not a port", port.escape_debug());
            reader.add(
                Diagnostic::new(Code::BadRuntime, path.field("service").field("nodePort"), message).help("use 30000 to 32767"),
            );
            None
        }
    });
    if let (Some(kind @ (ServiceType::ClusterIp | ServiceType::LoadBalancer)), Some(_)) = (kind, node_port) {
        let message = format!("`nodePort` has no effect with the type {}", kind.word());
        let finding = Diagnostic::new(Code::BadRuntime, path.field("service").field("nodePort"), message);
        reader.add(finding.help("remove it, or set `type: NodePort`"));
    }
    HelmService { kind, node_port }
}

fn setting<T>(given: Option<T>, default: T) -> Setting<T> {
    given.map_or(Setting::Default(default), Setting::Given)
}

/// Whether `chart`, with or without a patch, is of this minor: RKE2 gives the patch three digits, such as 1.15.500.
fn is_of(chart: &str, version: CiliumVersion) -> bool {
    let minor = version.to_string();
    let patch = chart.strip_prefix(&minor).map(|rest| rest.strip_prefix('.'));
    chart == minor || matches!(patch, Some(Some(patch)) if !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}
