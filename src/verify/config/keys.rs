//! The keys of a peer's config: which there are, and what may stand behind them. One table.
//!
//! They are the fields of `clientv3.Config` and of etcd's `yamlConfig` around it (client/v3/config.go and client/v3/yaml of
//! etcd 3.6, which Cilium 1.18 to 1.20 vendors), and Cilium's own (`CiliumEtcdConfig` in pkg/clustermesh/common/config.go).

/// What may stand behind a key. Go's reader gives up on the whole file where something else stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// A list of texts.
    List,
    /// Text, and no number or truth value: etcd's reader takes these for their text only right in its own structure, which has
    /// the paths (sigs.k8s.io/yaml, `convertToJSONableObject`).
    Text,
    /// A path, as the agent sees it.
    Path,
    /// `true` or `false`.
    Flag,
    /// A whole number, not negative.
    Count,
    /// A number.
    Number,
    /// Whole nanoseconds.
    Duration,
    /// A list of names with addresses.
    Aliases,
}

/// What becomes of a value that is well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It counts.
    Counts,
    /// It is read, and Cilium puts its own in place of it (`newEtcdClient` in pkg/kvstore/etcd.go: `DialTimeout` 0, keepalives
    /// from kvstore-opt).
    Replaced,
    /// The client goes by addresses that are in no list.
    AutoSync,
}

/// One key.
pub(super) struct ConfigKey {
    pub(super) name: &'static str,
    pub(super) kind: ValueKind,
    pub(super) fate: Fate,
}

const fn key(name: &'static str, kind: ValueKind) -> ConfigKey {
    ConfigKey { name, kind, fate: Fate::Counts }
}

/// Every key that is read.
pub(super) const KEYS: &[ConfigKey] = &[
    key("endpoints", ValueKind::List),
    key("trusted-ca-file", ValueKind::Path),
    key("ca-file", ValueKind::Path),
    key("cert-file", ValueKind::Path),
    key("key-file", ValueKind::Path),
    key("insecure-transport", ValueKind::Flag),
    key("insecure-skip-tls-verify", ValueKind::Flag),
    key("username", ValueKind::Text),
    key("password", ValueKind::Text),
    key("cilium-host-aliases", ValueKind::Aliases),
    ConfigKey { name: "auto-sync-interval", kind: ValueKind::Duration, fate: Fate::AutoSync },
    ConfigKey { name: "dial-timeout", kind: ValueKind::Duration, fate: Fate::Replaced },
    ConfigKey { name: "dial-keep-alive-time", kind: ValueKind::Duration, fate: Fate::Replaced },
    ConfigKey { name: "dial-keep-alive-timeout", kind: ValueKind::Duration, fate: Fate::Replaced },
    key("reject-old-cluster", ValueKind::Flag),
    key("permit-without-stream", ValueKind::Flag),
    key("max-unary-retries", ValueKind::Count),
    key("backoff-wait-between", ValueKind::Duration),
    key("backoff-jitter-fraction", ValueKind::Number),
];

/// The key that is written `word`.
pub(super) fn known(word: &str) -> Option<&'static ConfigKey> {
    KEYS.iter().find(|key| same(key.name, word))
}

/// Whether Go's reader of JSON takes `word` for `name`: it does not look at capitals, nor at the two letters that Unicode folds
/// into ASCII (`foldName` in encoding/json).
pub(in crate::verify) fn same(name: &str, word: &str) -> bool {
    let fold = |letter: char| match letter {
        '\u{212a}' => 'k',
        '\u{17f}' => 's',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(fold).eq(word.chars().map(fold))
}
