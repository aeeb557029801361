//! Where the clients of a cluster's local etcd find their files on a node.

/// The agents' config for their local etcd, as they see it, where cilium-compose and Cilium's Helm chart have it.
pub const ETCD_CONFIG: &str = "/var/lib/etcd-config/etcd.config";
/// The folder of what that config names, as in the same.
pub const ETCD_SECRETS: &str = "/var/lib/etcd-secrets";
/// The folder of the announcer's config and credential.
pub const ANNOUNCER: &str = "/var/lib/clustermesh-announce";
/// The announcer's config.
pub const ANNOUNCER_CONFIG: &str = "/var/lib/clustermesh-announce/etcd.config";
