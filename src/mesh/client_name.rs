//! The common name of the clients of an etcd, as a template: it is the etcd user of a reader.

use std::fmt;

use super::name::{ClusterName, Label};

/// A template with the placeholders `{cluster}` and `{node}` of the reader.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientName {
    template: String,
}

impl Default for ClientName {
    /// `remote-{cluster}`, as in Helm's charts with authMode `cluster`.
    fn default() -> Self {
        Self { template: "remote-{cluster}".to_owned() }
    }
}

impl ClientName {
    /// `remote`: the one reader that Helm's etcd knows with authMode `legacy`.
    pub fn remote() -> Self {
        Self { template: "remote".to_owned() }
    }

    /// Reads a template.
    ///
    /// # Errors
    /// If it is not a template: what is wrong.
    pub fn new(template: &str) -> Result<Self, String> {
        let literal = template.replace("{cluster}", "").replace("{node}", "");
        if let Some(bad) = literal.chars().find(|c| matches!(c, '{' | '}')) {
            return Err(format!("`{bad}` belongs to no placeholder; there are `{{cluster}}` and `{{node}}`"));
        }
        if let Some(bad) = literal.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_.:@".contains(*c)) {
            return Err(format!("`{}` is not allowed in the name of an etcd user", bad.escape_debug()));
        }
        if template.is_empty() {
            return Err("it is empty".to_owned());
        }
        Ok(Self { template: template.to_owned() })
    }

    /// Whether every node gets a different credential.
    pub fn per_node(&self) -> bool {
        self.template.contains("{node}")
    }

    /// Whether it is `name` for every reader.
    pub fn is(&self, name: &str) -> bool {
        self.template == name
    }

    /// The common name of the agents of `cluster`, with `{node}` left as it is.
    pub fn pattern(&self, cluster: &ClusterName) -> String {
        self.template.replace("{cluster}", cluster.as_str())
    }

    /// The common name of the agents of `cluster`, or of those on `node`. Bundles for all nodes have `any` as node.
    pub fn expand(&self, cluster: &ClusterName, node: Option<&Label>) -> String {
        self.pattern(cluster).replace("{node}", node.map_or("any", Label::as_str))
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.template)
    }
}
