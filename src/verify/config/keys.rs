//! The keys of a peer's config: which there are, and what may stand behind them. One table.
//!
//! They are the fields of `clientv3.Config` and of etcd's `yamlConfig` around it (client/v3/config.go and client/v3/yaml of
//! etcd 3.6, which Cilium 1.18 to 1.20 vendors), and Cilium's own (`CiliumEtcdConfig` in pkg/clustermesh/common/config.go).

/// What may stand behind a key. Go's reader gives up on the whole file where something else stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
    /// The client goes by addresses that nobody has listed.
    AutoSync,
}

/// One key.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) fate: Fate,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, fate: Fate::Counts }
}

/// Every key that is read.
pub(super) const KEYS: &[Key] = &[
    key("endpoints", Kind::List),
    key("trusted-ca-file", Kind::Path),
    key("ca-file", Kind::Path),
    key("cert-file", Kind::Path),
    key("key-file", Kind::Path),
    key("insecure-transport", Kind::Flag),
    key("insecure-skip-tls-verify", Kind::Flag),
    key("username", Kind::Text),
    key("password", Kind::Text),
    key("cilium-host-aliases", Kind::Aliases),
    Key { name: "auto-sync-interval", kind: Kind::Duration, fate: Fate::AutoSync },
    Key { name: "dial-timeout", kind: Kind::Duration, fate: Fate::Replaced },
    Key { name: "dial-keep-alive-time", kind: Kind::Duration, fate: Fate::Replaced },
    Key { name: "dial-keep-alive-timeout", kind: Kind::Duration, fate: Fate::Replaced },
    key("reject-old-cluster", Kind::Flag),
    key("permit-without-stream", Kind::Flag),
    key("max-unary-retries", Kind::Count),
    key("backoff-wait-between", Kind::Duration),
    key("backoff-jitter-fraction", Kind::Number),
];

/// The key that is written `word`.
pub(super) fn known(word: &str) -> Option<&'static Key> {
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
