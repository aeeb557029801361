//! Where the bundles go: folders that may be a clustermesh directory, and files that no bundle can contain.

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, HelmRelease, Mesh, Runtime};

pub(super) fn check(mesh: &Mesh) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for cluster in &mesh.clusters {
        check_undelivered(cluster, &mut findings);
        let folder = cluster.config_dir.as_str();
        let Some(what) = find_shared(folder) else { continue };
        findings.push(
            Diagnostic::new(
                Code::ConfigDir,
                cluster.path.field("configDir"),
                format!("`{folder}` cannot be a clustermesh directory: {what}"),
            )
            .cause("the agent takes every file in it with the text `endpoints:` for a cluster (pkg/clustermesh/common/config.go)")
            .help("use a separate folder, such as `/var/lib/clustermesh`"),
        );
    }
    findings
}

/// Files that no bundle of this cluster can contain.
fn check_undelivered(cluster: &Cluster, findings: &mut Vec<Diagnostic>) {
    let etcd = &cluster.etcd;
    let mut tell = |field: &str, why: &str, help: &str| {
        let message = format!("`{field}` has no effect for `{}`: {why}", cluster.name);
        let finding = Diagnostic::new(Code::NowhereToWrite, cluster.path.field("etcd").field(field), message);
        findings.push(finding.help(help));
    };
    if etcd.peers && etcd.members.is_empty() {
        tell("peers", "its etcd has no `members`", "list `etcd.members`, or remove it");
    }
    if let Some(why) = why_no_bundles(&cluster.runtime) {
        for (field, _) in [("localClients", etcd.local_clients), ("announce", etcd.announce)].iter().filter(|(_, asked)| *asked) {
            tell(field, why, &format!("set `etcd.{field}: false` for this cluster"));
        }
    }
    let its_own = usize::from(cluster.runtime.helm().is_some_and(HelmRelease::has_provided_certificates));
    if cluster.runtime.helm().is_some() && etcd.members.len() > its_own {
        tell("members", "clustermesh-apiserver has one etcd, which is no member of another", "remove it");
    }
}

/// Why a cluster gets no files for its own etcd.
const fn why_no_bundles(runtime: &Runtime) -> Option<&'static str> {
    match runtime {
        Runtime::External => Some("its runtime is external, so it gets no bundles"),
        Runtime::Helm(_) => Some("its etcd is the chart's, which makes credentials and heartbeat itself"),
        Runtime::Compose { .. } | Runtime::Systemd { .. } => None,
    }
}

/// Folders of other programs, and what they contain.
const SHARED: [(&str, &str); 22] = [
    ("/etc/cilium", "it has other files of the agent"),
    ("/etc/kubernetes", "it has the kubelet's files"),
    ("/etc/cni/net.d", "it has the configuration of CNI plugins"),
    ("/etc/etcd/clustermesh", "it has the certificates of etcd members"),
    ("/etc/systemd/system", "it has units"),
    ("/lib/modules", "it has kernel modules"),
    ("/opt/cni/bin", "it has CNI plugins"),
    ("/sys/fs/bpf", "it is the BPF file system"),
    ("/tmp/cilium/config-map", "it has the agent's options, one per file"),
    ("/usr/local/bin", "it has programs"),
    ("/usr/local/sbin", "it has programs"),
    ("/var/lib/cilium", "it has the agent's state and Helm's clustermesh directory"),
    ("/var/lib/clustermesh-announce", "it has the announcer's config and credential"),
    ("/var/lib/docker", "it has Docker's state"),
    ("/var/lib/etcd", "it has etcd's data"),
    ("/var/lib/etcd-config", "it has the agent's config for the local etcd, which lists endpoints"),
    ("/var/lib/etcd-secrets", "it has the agent's credentials for the local etcd"),
    ("/var/lib/kubelet", "it has the kubelet's state"),
    ("/var/lib/meshbundle", "it has the records of install.sh"),
    ("/var/log/journal", "it has the journal"),
    ("/var/run/cilium", "it has the agent's sockets and state"),
    ("/run/cilium", "it has the agent's sockets and state"),
];

/// File systems of the kernel: no files can be created in them.
const VIRTUAL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Folders of the machine that are not in the lists above.
const OF_THE_MACHINE: [&str; 8] = ["/bin", "/boot", "/home", "/mnt", "/root", "/sbin", "/srv", "/media"];

/// What else is in `folder`, in a parent that the kernel makes, or below it.
fn find_shared(folder: &str) -> Option<&'static str> {
    let is_in = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if VIRTUAL.iter().any(|tree| is_in(folder, tree)) {
        return Some("it belongs to the kernel");
    }
    if OF_THE_MACHINE.contains(&folder) {
        return Some("it belongs to the machine");
    }
    if let Some((_, what)) = SHARED.iter().find(|(known, _)| *known == folder) {
        return Some(what);
    }
    SHARED.iter().any(|(known, _)| is_in(known, folder)).then_some("it has other folders")
}
