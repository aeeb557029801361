//! Clusters that Cilium's Helm chart runs, and those that they are linked with: what the chart makes of their names.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, Mesh, scalar};

use super::links::{ResolvedLinks, linked_pairs};

pub(super) fn check(mesh: &Mesh, links: &ResolvedLinks) -> Vec<Diagnostic> {
    let mut reported = BTreeSet::new();
    let of_helm = linked_pairs(mesh, links).filter(|(a, b)| a.runtime.helm().is_some() || b.runtime.helm().is_some());
    let ends = of_helm.flat_map(|(a, b)| [a, b]);
    ends.filter(|cluster| reported.insert(&cluster.name)).filter_map(check_name).collect()
}

/// A name that a chart writes as a key without quotes (`{{ .name }}:` in templates/clustermesh-config of the chart, each minor).
fn check_name(cluster: &Cluster) -> Option<Diagnostic> {
    let name = cluster.name.as_str();
    let read = read_by_yaml(name)?;
    let message = format!("`{name}` is the name of a cluster only in quotes: YAML 1.1 reads it as {read}");
    let finding = Diagnostic::new(Code::NameNotText, cluster.path.field("name"), message).cause(
        "Cilium's chart writes it without quotes, and two such names may become one key; meshbundle's own Secrets have quotes",
    );
    Some(finding.help("give the cluster another name before it is linked, such as one with a `-`"))
}

/// What Kubernetes' parser (sigs.k8s.io/yaml) makes of a plain scalar, if that is not text.
fn read_by_yaml(name: &str) -> Option<&'static str> {
    match name {
        "y" | "yes" | "on" | "true" => Some("`true`"),
        "n" | "no" | "off" | "false" => Some("`false`"),
        "null" => Some("nothing"),
        _ if scalar::is_number(name) => Some("a number"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read_by_yaml;

    #[test]
    fn names_that_are_no_text_are_known() {
        for name in ["no", "on", "y", "n", "true", "null", "010", "1e3", "7", "0x1f"] {
            assert!(read_by_yaml(name).is_some(), "{name}");
        }
        for name in ["oslo", "no-1", "1-2", "e3", "0-0", "none", "yes2"] {
            assert!(read_by_yaml(name).is_none(), "{name}");
        }
    }
}
