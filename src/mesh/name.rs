//! Names of clusters, nodes, members, CAs and the mesh. Values of these types are safe in file names, URLs, etcd keys and
//! certificates.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::pem::mask;

/// Why a text is not such a name, with a corrected one if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadName {
    /// What is wrong with it, after "is not a … name: ".
    pub reason: String,
    /// The corrected name.
    pub suggestion: Option<String>,
}

/// Longest cluster name, in bytes (`clusterNameMaxLength` in Cilium's pkg/clustermesh/types/types.go).
const CLUSTER_NAME_MAX: usize = 32;
/// Longest DNS label, in bytes (RFC 1123 2.1).
const LABEL_MAX: usize = 63;

/// `^([a-z0-9][-a-z0-9]*)?[a-z0-9]$`: Cilium's pattern for cluster names, and RFC 1123's for labels in lower case.
fn check_label(text: &str, max: usize) -> Result<(), BadName> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let reason = if text.is_empty() {
        "it is empty".to_owned()
    } else if let Some(bad) = text.chars().find(|c| !c.is_ascii() || !inner(*c as u8)) {
        format!("it has `{}`; only a-z, 0-9 and - are allowed", bad.escape_debug())
    } else if text.starts_with('-') || text.ends_with('-') {
        "it starts or ends with -".to_owned()
    } else if text.len() > max {
        format!("it has {} characters, {max} are allowed", text.len())
    } else {
        return Ok(());
    };
    Err(BadName { reason, suggestion: corrected(text, max) })
}

fn corrected(text: &str, max: usize) -> Option<String> {
    // A shortened key would not be recognised as key material.
    if matches!(mask(text), Cow::Owned(_)) {
        return None;
    }
    let mapped: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .take(max)
        .collect();
    let trimmed = mapped.trim_matches('-');
    (!trimmed.is_empty() && trimmed != text).then(|| trimmed.to_owned())
}

/// Name of a cluster: at most 32 characters of Cilium's pattern, not `default`. A clone shares the text: a large mesh has each
/// name some thousand times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName(Arc<str>);

impl ClusterName {
    /// Reads a name. The caller rejects `default`, which has another code.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, BadName> {
        check_label(text, CLUSTER_NAME_MAX)?;
        Ok(Self(text.into()))
    }
}

/// Name of a node, a member or a CA: a DNS label in lower case, so that it can be the name of a folder and part of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

impl Label {
    /// Reads a label.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, BadName> {
        check_label(text, LABEL_MAX)?;
        Ok(Self(text.into()))
    }

    /// The label of a cluster: every cluster name is one.
    pub fn of_cluster(name: &ClusterName) -> Self {
        Self(Arc::clone(&name.0))
    }
}

impl ClusterName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Label {
    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ClusterName;

    #[test]
    fn cilium_rejects_what_we_reject() {
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "ü", "cluster2-cilium-etcd.config", &"a".repeat(33)] {
            assert!(ClusterName::new(bad).is_err(), "{bad}");
        }
        for good in ["a", "1", "a-b", "0-0", &"a".repeat(32)] {
            assert!(ClusterName::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_typing_error_is_corrected() {
        let bad = ClusterName::new("Prod_EU.1").expect_err("has capitals");
        assert_eq!(bad.suggestion.as_deref(), Some("prod-eu-1"));
    }
}
