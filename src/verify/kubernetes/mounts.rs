//! Which Secrets the containers of Cilium's Helm chart mount, and as which files: one table, each line with its source. Paths are
//! below install/kubernetes/cilium/templates of cilium/cilium, the same from 1.14 to 1.20.

use crate::mesh::{ChartFeature, CiliumVersion};
use crate::verify::container::Container;

/// Where agents and `KVStoreMesh` see their clustermesh directory (`clustermesh-secrets` in cilium-agent/daemonset.yaml,
/// `kvstoremesh-secrets` in clustermesh-apiserver/deployment.yaml).
pub(super) const DIRECTORY: &str = "/var/lib/cilium/clustermesh/";

const AGENTS: &str = "cilium-clustermesh";
const KVSTOREMESH: &str = "cilium-kvstoremesh";
/// `etcd-server-secrets` in clustermesh-apiserver/deployment.yaml.
pub(super) const SERVER: &str = "clustermesh-apiserver-server-cert";
/// `etcd-admin-client` in clustermesh-apiserver/deployment.yaml.
pub(super) const ADMIN: &str = "clustermesh-apiserver-admin-cert";
/// Of the clients of remote clusters' etcds.
pub(super) const REMOTE: &str = "clustermesh-apiserver-remote-cert";
/// Of the clients of the local etcd.
pub(super) const LOCAL: &str = "clustermesh-apiserver-local-cert";

/// Those that the chart makes, or for whose making it asks.
pub(super) const OF_CHART: [&str; 4] = [SERVER, ADMIN, REMOTE, LOCAL];
/// Every Secret that is mounted.
pub(super) const NAMES: [&str; 6] = [AGENTS, KVSTOREMESH, SERVER, ADMIN, REMOTE, LOCAL];

/// The keys of a certificate's Secret, with what follows the stem in the name of its file.
pub(super) const PARTS: [(&str, &str); 3] = [("tls.key", ".key"), ("tls.crt", ".crt"), ("ca.crt", "-ca.crt")];

/// A Secret whose three keys are mounted beside the configs, and how their files begin.
pub(super) struct Projection {
    pub(super) secret: &'static str,
    pub(super) stem: &'static str,
    /// What has it from which version on, if not always.
    since: Option<ChartFeature>,
}

const COMMON: Projection = Projection { secret: REMOTE, stem: "common-etcd-client", since: None };
const LOCAL_CLIENT: Projection =
    Projection { secret: LOCAL, stem: "local-etcd-client", since: Some(ChartFeature::LocalCertificateMounted) };

impl Container {
    /// Whether its CAs are those of `tls.caBundle`, where the release has that; nothing where it depends on a patch that is not known.
    pub(super) fn mounts_bundle(self, version: CiliumVersion, patch: Option<u32>) -> Option<bool> {
        match self {
            Self::Agents | Self::Apiserver => Some(true),
            Self::KvStoreMesh => version.kvstoremesh_mounts_bundle(patch),
        }
    }

    /// The Secret each of whose keys is a file of the clustermesh directory.
    pub(super) const fn clusters(self) -> Option<&'static str> {
        match self {
            Self::Agents => Some(AGENTS),
            Self::KvStoreMesh => Some(KVSTOREMESH),
            Self::Apiserver => None,
        }
    }

    /// What is mounted over it.
    pub(super) fn projections(self, version: CiliumVersion) -> impl Iterator<Item = &'static Projection> {
        let all: &'static [Projection] = match self {
            Self::Agents => &[COMMON, LOCAL_CLIENT],
            Self::KvStoreMesh => &[COMMON],
            Self::Apiserver => &[],
        };
        all.iter().filter(move |projection| projection.since.is_none_or(|feature| version.chart_has(feature)))
    }
}

/// Whether a host is the Service of the clustermesh-apiserver, which only its own cluster knows
/// (`clustermesh-config-generate-etcd-cfg` in clustermesh-config/_helpers.tpl). Its name may go on with the domain of the cluster.
pub(super) fn is_local_service(host: &str) -> bool {
    let mut labels = host.split('.');
    labels.next() == Some("clustermesh-apiserver") && labels.next().is_some() && labels.next() == Some("svc")
}

/// The mounted Secret that `name` is, also with the suffix that kustomize adds to what it generates.
pub(super) fn mounted_name(name: &str) -> Option<&'static str> {
    /// Letters of a suffix: hexadecimal with `0`, `1`, `3`, `a` and `e` replaced (`encode` in kustomize's api/hasher/hasher.go).
    const SUFFIX: &str = "2456789bcdfghkmt";
    const LENGTH: usize = 10;
    NAMES.into_iter().find(|mounted| {
        let rest = name.strip_prefix(mounted);
        let suffix = rest.and_then(|rest| rest.strip_prefix('-'));
        rest == Some("")
            || suffix.is_some_and(|suffix| suffix.len() == LENGTH && suffix.chars().all(|letter| SUFFIX.contains(letter)))
    })
}
