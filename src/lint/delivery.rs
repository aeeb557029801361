//! Where the bundles go: folders that may be handed to the agent for its peers, and files that are asked for where there is no
//! bundle to hold them.

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, Mesh, Runtime};

pub(super) fn rules(mesh: &Mesh) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for cluster in &mesh.clusters {
        nowhere(cluster, &mut findings);
        let folder = cluster.config_dir.as_str();
        let Some(what) = shared_with(folder) else { continue };
        findings.push(
            Diagnostic::new(
                Code::ConfigDir,
                cluster.path.field("configDir"),
                format!("`{folder}` is not for peers alone: {what}"),
            )
            .cause(
                "the agent takes any file in it that has the word `endpoints:` for a cluster (pkg/clustermesh/common/config.go)",
            )
            .help("write a folder of its own, such as `/var/lib/clustermesh`"),
        );
    }
    findings
}

/// Files that no bundle of this cluster has a place for.
fn nowhere(cluster: &Cluster, findings: &mut Vec<Diagnostic>) {
    let etcd = &cluster.etcd;
    let mut tell = |field: &str, why: &str, help: &str| {
        let message = format!("`{field}` does nothing for `{}`: {why}", cluster.name);
        let finding = Diagnostic::new(Code::NowhereToWrite, cluster.path.field("etcd").field(field), message);
        findings.push(finding.help(help));
    };
    if etcd.peers && etcd.members.is_empty() {
        tell("peers", "no member of its etcd gets files from here", "list `etcd.members`, or take it out");
    }
    if cluster.runtime == Runtime::External {
        for (field, _) in [("localClients", etcd.local_clients), ("announce", etcd.announce)].iter().filter(|(_, asked)| *asked) {
            tell(field, "it is external, and its own side is not written here", "take it out, or name its runtime");
        }
    }
}

/// Folders that others live in, and who.
const SHARED: [(&str, &str); 22] = [
    ("/etc/cilium", "other files for the agent go there"),
    ("/etc/kubernetes", "the kubelet's files live in it"),
    ("/etc/cni/net.d", "the configuration of CNI plugins lives in it"),
    ("/etc/etcd/clustermesh", "the certificates of the etcd's members go there"),
    ("/etc/systemd/system", "units live in it"),
    ("/lib/modules", "the kernel's modules live in it"),
    ("/opt/cni/bin", "CNI plugins live in it"),
    ("/sys/fs/bpf", "it is the BPF file system"),
    ("/tmp/cilium/config-map", "the agent's options live in it, one a file"),
    ("/usr/local/bin", "programs live in it"),
    ("/usr/local/sbin", "programs live in it"),
    ("/var/lib/cilium", "the agent's own state and Helm's folder of peers live in it"),
    ("/var/lib/clustermesh-announce", "the announcer's config and credential live in it"),
    ("/var/lib/docker", "Docker's state lives in it"),
    ("/var/lib/etcd", "etcd's data lives in it"),
    ("/var/lib/etcd-config", "the way to the agent's own etcd lives in it, with endpoints of its own"),
    ("/var/lib/etcd-secrets", "the credentials for the agent's own etcd live in it"),
    ("/var/lib/kubelet", "the kubelet's state lives in it"),
    ("/var/lib/meshbundle", "what the installer keeps lives in it"),
    ("/var/log/journal", "the journal lives in it"),
    ("/var/run/cilium", "the agent's sockets and state live in it"),
    ("/run/cilium", "the agent's sockets and state live in it"),
];

/// Trees that the kernel makes: nothing can be written below.
const VIRTUAL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Folders of the machine that stand in none of the lists above.
const OF_THE_MACHINE: [&str; 8] = ["/bin", "/boot", "/home", "/mnt", "/root", "/sbin", "/srv", "/media"];

/// Who else lives in `folder`, in one of its parents that the kernel makes, or below it.
fn shared_with(folder: &str) -> Option<&'static str> {
    let is_in = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if VIRTUAL.iter().any(|tree| is_in(folder, tree)) {
        return Some("the kernel makes it");
    }
    if OF_THE_MACHINE.contains(&folder) {
        return Some("it belongs to the machine");
    }
    if let Some((_, what)) = SHARED.iter().find(|(known, _)| *known == folder) {
        return Some(what);
    }
    SHARED.iter().any(|(known, _)| is_in(known, folder)).then_some("other folders live in it")
}
