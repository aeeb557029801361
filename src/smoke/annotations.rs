//! Annotations of global services, by version: one table, each line with its source.

use crate::mesh::CiliumVersion;

/// An annotation that agents read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceAnnotation {
    /// Its key.
    pub key: &'static str,
    /// The kind of object that has it.
    pub on: &'static str,
    /// The first minor that reads it.
    pub since: CiliumVersion,
    /// What its values mean.
    pub meaning: &'static str,
}

/// All of them, for minors from 1.14 on. Keys are in pkg/annotation/k8s.go of cilium/cilium.
const ANNOTATIONS: [ServiceAnnotation; 5] = [
    // In 1.14.19, with the alias `io.cilium/global-service`.
    ServiceAnnotation {
        key: "service.cilium.io/global",
        on: "Service",
        since: CiliumVersion::new(1, 14),
        meaning: "`\"true\"`: its backends are those of all clusters that have a Service of this name and namespace with this annotation",
    },
    // In 1.14.19, with the alias `io.cilium/shared-service`.
    ServiceAnnotation {
        key: "service.cilium.io/shared",
        on: "Service",
        since: CiliumVersion::new(1, 14),
        meaning: "`\"false\"`: other clusters do not get its backends",
    },
    // In 1.14.19, with the alias `io.cilium/service-affinity`. `none` in 1.18 and 1.19: cilium/cilium#46623.
    ServiceAnnotation {
        key: "service.cilium.io/affinity",
        on: "Service",
        since: CiliumVersion::new(1, 14),
        meaning: "`local` or `remote`: backends there are preferred. Leave it out for no preference: 1.18 and 1.19 drop remote backends with `none` (cilium/cilium#46623)",
    },
    // In 1.16.19; 1.15.19 lacks it.
    ServiceAnnotation {
        key: "service.cilium.io/global-sync-endpoint-slices",
        on: "Service",
        since: CiliumVersion::new(1, 16),
        meaning: "`\"true\"`: Kubernetes gets EndpointSlices of remote backends, for headless Services and other controllers",
    },
    // `clustermesh-default-global-namespace` in Documentation/cmdref of 1.20.2; in 1.19.6 no option makes it matter.
    ServiceAnnotation {
        key: "clustermesh.cilium.io/global",
        on: "Namespace",
        since: CiliumVersion::new(1, 20),
        meaning: "`\"true\"`: it is shared where `clustermesh.defaultGlobalNamespace` is false",
    },
];

/// Those that agents of `version` read.
pub fn annotations(version: CiliumVersion) -> impl Iterator<Item = &'static ServiceAnnotation> {
    ANNOTATIONS.iter().filter(move |annotation| version >= annotation.since)
}
