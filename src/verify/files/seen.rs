//! The one question to files, wherever they are: what do agents see at this path?

use crate::mesh::CiliumVersion;
use crate::verify::compose_project::Project;
use crate::verify::manifest::Manifest;
use crate::verify::tree::Entry;

use super::bundle_tree::BundleTree;
use super::found::Found;

/// The files that the agents of one node see, or the etcd of one member.
pub trait Files: Send + Sync {
    /// How the user calls all of them.
    fn file(&self) -> &str;

    /// How messages name `name` in the clustermesh directory. The empty name is the directory itself.
    fn shown(&self, name: &str) -> String;

    /// The clustermesh directory itself, where anything is known of it.
    fn directory(&self) -> Option<&Entry>;

    /// What is right in the clustermesh directory, by name. Links are followed.
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &Entry)> + '_>;

    /// The file that agents see at the absolute `path`. Links are followed.
    fn at(&self, path: &str) -> Found<'_>;

    /// `help`, which has a command on a file by its path in messages; or, where no shell finds that path, another way.
    fn help(&self, help: String) -> String {
        help
    }

    /// The environment file with the agents' options, if there is one beside the clustermesh directory.
    fn agent_env(&self) -> Option<&[u8]> {
        None
    }

    /// The version of the agents, if anything beside the clustermesh directory says it.
    fn version(&self) -> Option<CiliumVersion> {
        None
    }

    /// The bundle that all of them belong to, if they do.
    fn bundle(&self) -> Option<&BundleTree> {
        None
    }

    /// What that bundle says of itself, if it can be read.
    fn manifest(&self) -> Option<&Manifest> {
        self.bundle().and_then(BundleTree::good_manifest)
    }

    /// Whether they are an etcd member's.
    fn is_members(&self) -> bool {
        self.manifest().is_some_and(|manifest| !manifest.is_node())
    }

    /// The compose project that the clustermesh directory is in, if it is in one.
    fn project(&self) -> Option<&Project> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::datetime;

    use super::{Entry, Files, Found};
    use crate::diag::Code;
    use crate::mesh::CiliumVersion;
    use crate::verify::{View, identify, inspect};

    /// Names and bytes, as Kubernetes has them: without modes, and without a place on any disk.
    struct Secret(BTreeMap<String, Entry>);

    impl Files for Secret {
        fn file(&self) -> &'static str {
            "secret kube-system/cilium-clustermesh"
        }

        fn shown(&self, name: &str) -> String {
            format!("{}: {name}", self.file())
        }

        fn directory(&self) -> Option<&Entry> {
            None
        }

        fn entries(&self) -> Box<dyn Iterator<Item = (&str, &Entry)> + '_> {
            Box::new(self.0.iter().map(|(name, entry)| (name.as_str(), entry)))
        }

        fn at(&self, path: &str) -> Found<'_> {
            let inside = path.strip_prefix("/var/lib/cilium/clustermesh/");
            let shown = inside.map_or_else(|| path.to_owned(), |name| self.shown(name));
            Found { shown, inside: inside.map(str::to_owned), entry: inside.and_then(|name| self.0.get(name)) }
        }
    }

    #[test]
    fn names_and_bytes_are_enough_for_an_inspection() {
        let config = "endpoints:\n- https://10.2.2.2:2379\ntrusted-ca-file: /var/lib/cilium/clustermesh/ca.crt\n\
                      cert-file: /var/lib/cilium/clustermesh/c.crt\nkey-file: /etc/c.key\n";
        let file = |text: &str| Entry::File { mode: None, bytes: text.as_bytes().to_vec().into() };
        let entries = [("oslo", config), ("ca.crt", ""), ("other", "")].map(|(name, text)| (name.to_owned(), file(text)));
        let secret = Secret(entries.into_iter().collect());
        let view = View::new(CiliumVersion::NEWEST, datetime!(2026-11-21 12:00:00 UTC));
        let seen = inspect(&secret, identify(&secret, None), &view);
        let found: Vec<(Code, &str, Option<usize>)> = seen
            .findings
            .iter()
            .filter_map(|finding| {
                let place = finding.place.as_ref()?;
                Some((finding.code, place.file.as_str(), place.line.as_ref().map(|(line, _)| *line)))
            })
            .collect();
        assert_eq!(
            found,
            [
                (Code::TrustsNothing, "secret kube-system/cilium-clustermesh: ca.crt", None),
                (Code::FileMissing, "secret kube-system/cilium-clustermesh: oslo", Some(4)),
                (Code::FileMissing, "secret kube-system/cilium-clustermesh: oslo", Some(5)),
                (Code::Stranger, "secret kube-system/cilium-clustermesh: other", None),
            ]
        );
        assert_eq!(seen.peers.iter().map(|peer| peer.name.as_str()).collect::<Vec<_>>(), ["oslo"]);
    }
}
