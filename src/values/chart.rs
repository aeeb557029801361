//! Where Cilium's chart has the values that links depend on (`values.yaml` of the chart, each minor from 1.14 on).

use super::wanted::{Wanted, WantedValue};

/// The name of the cluster.
pub const CLUSTER_NAME: &[&str] = &["cluster", "name"];
/// Its id.
pub const CLUSTER_ID: &[&str] = &["cluster", "id"];
/// Whether clustermesh-apiserver runs.
pub const USE_APISERVER: &[&str] = &["clustermesh", "useAPIServer"];
/// 255 or 511.
pub const MAX_CONNECTED_CLUSTERS: &[&str] = &["clustermesh", "maxConnectedClusters"];
/// Whether the chart writes the Secrets of remote clusters.
pub const CONFIG_ENABLED: &[&str] = &["clustermesh", "config", "enabled"];
/// The remote clusters.
pub const CLUSTERS: &[&str] = &["clustermesh", "config", "clusters"];
/// The type of the etcd's Service.
pub const SERVICE_TYPE: &[&str] = &["clustermesh", "apiserver", "service", "type"];
/// The port of each node.
pub const NODE_PORT: &[&str] = &["clustermesh", "apiserver", "service", "nodePort"];
/// Whether KVStoreMesh runs.
pub const KVSTOREMESH: &[&str] = &["clustermesh", "apiserver", "kvstoremesh", "enabled"];
/// Which users the etcd has.
pub const AUTH_MODE: &[&str] = &["clustermesh", "apiserver", "tls", "authMode"];
/// Whether the chart mounts Secrets that it does not make, up to 1.19.
pub const ENABLE_SECRETS: &[&str] = &["clustermesh", "apiserver", "tls", "enableSecrets"];
/// Whether the chart makes certificates.
pub const AUTO_ENABLED: &[&str] = &["clustermesh", "apiserver", "tls", "auto", "enabled"];
/// By what it makes them.
pub const AUTO_METHOD: &[&str] = &["clustermesh", "apiserver", "tls", "auto", "method"];
/// For how many days.
pub const AUTO_VALIDITY: &[&str] = &["clustermesh", "apiserver", "tls", "auto", "certValidityDuration"];
/// Further names in the server's certificate.
pub const DNS_NAMES: [&[&str]; 2] = [
    &["clustermesh", "apiserver", "tls", "server", "extraDnsNames"],
    &["clustermesh", "apiserver", "tls", "auto", "server", "extraDnsNames"],
];
/// Further addresses in it.
pub const IP_ADDRESSES: [&[&str]; 2] = [
    &["clustermesh", "apiserver", "tls", "server", "extraIpAddresses"],
    &["clustermesh", "apiserver", "tls", "auto", "server", "extraIpAddresses"],
];
/// Whether further CAs are trusted.
pub const BUNDLE_ENABLED: &[&str] = &["tls", "caBundle", "enabled"];
/// These CAs.
pub const BUNDLE_CONTENT: &[&str] = &["tls", "caBundle", "content"];
/// The name of the object with them.
pub const BUNDLE_NAME: &[&str] = &["tls", "caBundle", "name"];
/// Whether it is a Secret, and not a ConfigMap.
pub const BUNDLE_IN_SECRET: &[&str] = &["tls", "caBundle", "useSecret"];

/// `tunnel` or `native`.
pub const ROUTING_MODE: &[&str] = &["routingMode"];
/// `vxlan` or `geneve`.
pub const TUNNEL_PROTOCOL: &[&str] = &["tunnelProtocol"];
/// The UDP port of the tunnel; 0 is that of its protocol.
pub const TUNNEL_PORT: &[&str] = &["tunnelPort"];
/// Whether traffic of pods is encrypted.
pub const ENCRYPTION_ENABLED: &[&str] = &["encryption", "enabled"];
/// By what.
pub const ENCRYPTION_TYPE: &[&str] = &["encryption", "type"];

/// A value for each place that may get one, to see whether it can.
pub fn every_place() -> Vec<Wanted> {
    let text = |path| Wanted::new(path, WantedValue::Text("x".to_owned()));
    let flag = |path| Wanted::new(path, WantedValue::Flag(true));
    let number = |path| Wanted::new(path, WantedValue::Integer(1));
    let texts = |path: &[&'static str]| Wanted::new(path, WantedValue::Texts(vec!["x".to_owned()]));
    let mut all = vec![text(CLUSTER_NAME), number(CLUSTER_ID), flag(USE_APISERVER), number(MAX_CONNECTED_CLUSTERS)];
    all.extend([flag(CONFIG_ENABLED), text(SERVICE_TYPE), number(NODE_PORT), flag(KVSTOREMESH), text(AUTH_MODE)]);
    all.extend([flag(ENABLE_SECRETS), flag(AUTO_ENABLED), text(AUTO_METHOD)]);
    all.extend(DNS_NAMES.iter().chain(&IP_ADDRESSES).map(|path| texts(path)));
    all.extend([flag(BUNDLE_ENABLED), Wanted::new(BUNDLE_CONTENT, WantedValue::Lines("x\n".to_owned()))]);
    all
}
