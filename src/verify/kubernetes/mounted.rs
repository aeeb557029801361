//! The clustermesh directory of a container that gets it from Secrets, as a projected volume shows it: every key of one Secret, and
//! over them the certificates of others, or the CAs of `tls.caBundle` in place of theirs. Sources are optional, and so are their keys: what
//! is missing is silently no file.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic};
use crate::mesh::CiliumVersion;
use crate::verify::config::read;
use crate::verify::container::Container;
use crate::verify::files::{Files, Found, normal};
use crate::verify::identify::Owner;
use crate::verify::inspect::inspect;
use crate::verify::inspection::Inspection;
use crate::verify::peer::PeerEtcd;
use crate::verify::peer_config::{ConfigEndpoint, PeerConfig};
use crate::verify::target::Target;
use crate::verify::tree::Entry;
use crate::verify::view::View;

use super::ca_bundle::{BUNDLE, BundleFile, CaBundle, MountedCas};
use super::certificates;
use super::mounts::{DIRECTORY, OF_CHART, PARTS, is_local_service};
use super::secret_set::SecretSet;

/// What a mesh says of a release.
#[derive(Default)]
pub struct ReleaseFacts {
    /// Its `tls.caBundle`.
    pub bundle: CaBundle,
    /// The namespace that its pods mount Secrets of.
    pub namespace: Option<String>,
    /// The patch of Cilium that its chart is of.
    pub patch: Option<u32>,
}

/// What a container sees of the Secrets of its namespace.
pub struct MountedSecrets<'a> {
    set: &'a SecretSet,
    container: Container,
    version: CiliumVersion,
    /// The CAs that it may mount in place of those in the Secrets.
    bundle: &'a CaBundle,
    patch: Option<u32>,
    /// The Secret that makes it mount them, for messages.
    file: String,
}

impl<'a> MountedSecrets<'a> {
    /// What the container mounts of `set`, if it has a reason to mount something.
    pub fn of(set: &'a SecretSet, container: Container) -> Option<Self> {
        let names = container.clusters().map_or_else(|| OF_CHART.to_vec(), |name| vec![name]);
        let first = names.into_iter().find_map(|name| set.get(name))?;
        let (version, bundle) = (CiliumVersion::NEWEST, &set.bundle);
        Some(Self { set, container, version, bundle, patch: None, file: first.place.clone() })
    }

    /// The same of a release of which a mesh says something. What the cluster has counts before that.
    #[must_use]
    pub fn of_release(self, facts: &'a ReleaseFacts) -> Self {
        let bundle = if matches!(self.bundle, CaBundle::Unknown) { &facts.bundle } else { self.bundle };
        Self { bundle, patch: facts.patch, ..self }
    }

    /// The same for a container of another version than the newest.
    #[must_use]
    pub fn read_by(self, version: CiliumVersion) -> Self {
        Self { version, ..self }
    }

    /// Judges them as the container with the view's version reads them.
    pub fn inspect(self, owner: Owner, view: &View) -> Inspection {
        self.read_by(view.version).judged(owner, view)
    }

    fn judged(&self, owner: Owner, view: &View) -> Inspection {
        let seen = match self.container {
            Container::Apiserver => certificates::inspect(self.set, self, &self.cas(), owner.own, view),
            Container::Agents | Container::KvStoreMesh => inspect(self, owner, view),
        };
        let mut seen = Inspection { container: self.container, ..seen };
        // The API server rejects what cannot be read, and that is reported already.
        seen.findings.retain(|finding| finding.code != Code::FileUnreadable);
        seen
    }

    /// Whether a Secret would be among what is read, if it were in the cluster: with none of the chart's own, these were left out.
    fn is_here(&self, secret: &str) -> bool {
        self.container.clusters() == Some(secret) || OF_CHART.iter().any(|name| self.set.get(name).is_some())
    }

    /// The CAs that the container mounts in place of those in the Secrets, or whether it does.
    fn cas(&self) -> MountedCas<'a> {
        match (self.bundle, self.container.mounts_bundle(self.version, self.patch)) {
            (CaBundle::Off, _) | (_, Some(false)) => MountedCas::OfSecrets,
            (CaBundle::Mounted(file), Some(true)) => MountedCas::Bundle(file),
            (CaBundle::Mounted(_), None) => MountedCas::Unknown("KVStoreMesh does from chart 1.18.5 on"),
            (CaBundle::Unknown, _) => MountedCas::Unknown("no ConfigMap of the release is given"),
        }
    }

    /// Whether a file of the directory has the CAs of another Secret.
    fn projects_cas(&self, name: &str) -> bool {
        let stem = name.strip_suffix("-ca.crt");
        stem.is_some_and(|stem| self.container.projections(self.version).any(|projection| projection.stem == stem))
    }

    /// What a file of the directory is made of, or would be.
    fn source<'n>(&self, name: &'n str) -> SecretKey<'a, 'n> {
        let clusters = SecretKey::new(self.set, self.container.clusters().unwrap_or_default(), name);
        let projected = self.container.projections(self.version).find_map(|projection| {
            let ending = name.strip_prefix(projection.stem)?;
            let (key, _) = PARTS.into_iter().find(|(_, part)| *part == ending)?;
            if self.projects_cas(name)
                && let MountedCas::Bundle(BundleFile { shown, entry }) = self.cas()
            {
                return Some(SecretKey { set: self.set, secret: BUNDLE, key, entry: entry.as_ref(), bundle: Some(shown) });
            }
            Some(SecretKey::new(self.set, projection.secret, key))
        });
        match projected {
            // What is projected last is seen.
            Some(projected) if projected.entry.is_some() || clusters.entry.is_none() => projected,
            _ => clusters,
        }
    }
}

/// A key of a Secret, or of the bundle.
struct SecretKey<'a, 'n> {
    set: &'a SecretSet,
    secret: &'static str,
    key: &'n str,
    entry: Option<&'a Entry>,
    /// How messages name the bundle, if it is of that.
    bundle: Option<&'a str>,
}

impl<'a, 'n> SecretKey<'a, 'n> {
    fn new(set: &'a SecretSet, secret: &'static str, key: &'n str) -> Self {
        Self { set, secret, key, entry: set.get(secret).and_then(|secret| secret.data.get(key)), bundle: None }
    }

    fn shown(&self) -> String {
        if let Some(bundle) = self.bundle {
            return bundle.to_owned();
        }
        let place = self.set.get(self.secret).map_or_else(|| format!("Secret {}", self.secret), |secret| secret.place.clone());
        format!("{place}: {}", self.key.escape_debug())
    }
}

impl Files for MountedSecrets<'_> {
    fn file(&self) -> &str {
        &self.file
    }

    fn shown(&self, name: &str) -> String {
        self.source(name).shown()
    }

    fn directory(&self) -> Option<&Entry> {
        None
    }

    /// Without the certificates of other Secrets: they are mounted whether a config names them or not.
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &Entry)> + '_> {
        let secret = self.container.clusters().and_then(|name| self.set.get(name));
        Box::new(secret.into_iter().flat_map(|secret| &secret.data).map(|(name, entry)| (name.as_str(), entry)))
    }

    fn at(&self, path: &str) -> Found<'_> {
        let path = normal(path);
        let Some(name) = path.strip_prefix(DIRECTORY).filter(|name| !name.contains('/')) else {
            return Found { shown: path, inside: None, entry: None };
        };
        let source = self.source(name);
        Found { shown: source.shown(), inside: Some(name.to_owned()), entry: source.entry }
    }

    fn help(&self, _: String) -> String {
        "fix the file that the key was made of, and make the Secret again: `kubectl create secret generic NAME --from-file=DIRECTORY \
         --dry-run=client -o yaml`"
            .to_owned()
    }

    /// Outside of the directory there may be other volumes: `etcd-secrets` of the chart at `/var/lib/etcd-secrets`, or the user's own.
    /// With `tls.caBundle` in Helm's values, CAs in it are not from the Secrets of their certificates.
    fn is_all_known(&self, found: &Found<'_>) -> bool {
        let Some(name) = found.inside.as_deref() else { return false };
        let SecretKey { secret, .. } = self.source(name);
        let may_be_bundle = || self.projects_cas(name) && matches!(self.cas(), MountedCas::Unknown(_));
        self.is_here(secret) && (self.set.get(secret).is_none() || !may_be_bundle())
    }

    /// The chart has agents dial the Service of the clustermesh-apiserver (templates/clustermesh-config/clustermesh-secret.yaml). With
    /// `kvstoreMode: external`, or by hand, it may be another etcd.
    fn etcd_of(&self, name: &str, config: &PeerConfig) -> PeerEtcd {
        if self.container != Container::Agents || config.endpoints.is_empty() {
            return PeerEtcd::Remote;
        }
        let is_service = |endpoint| Target::parse(endpoint, config).is_ok_and(|target| is_local_service(&target.host));
        let of_kvstoremesh = || {
            let secret = self.set.get(Container::KvStoreMesh.clusters()?)?;
            Some(read(&secret.place, secret.data.get(name)?.bytes()?, self.version).config.endpoints.clone())
        };
        let texts = |endpoints: &[ConfigEndpoint]| endpoints.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        if config.endpoints.iter().all(is_service) {
            PeerEtcd::Local
        } else if of_kvstoremesh().is_some_and(|endpoints| texts(&endpoints) != texts(&config.endpoints)) {
            PeerEtcd::Unknown
        } else {
            PeerEtcd::Remote
        }
    }

    fn doubt(&self, found: &Found<'_>) -> Option<Diagnostic> {
        let name = found.inside.as_deref().filter(|name| self.projects_cas(name))?;
        self.cas().doubt(&self.source(name).shown(), &self.set.namespace_word())
    }

    /// The chart makes the certificates that its own pods present to each other: they are not among what meshbundle writes.
    fn is_from_elsewhere(&self, found: &Found<'_>) -> bool {
        let of_chart = found.inside.as_deref().is_some_and(|name| !self.is_here(self.source(name).secret));
        of_chart && self.container.clusters().and_then(|name| self.set.get(name)).is_some_and(|secret| secret.is_written)
    }

    fn missing_help(&self, found: &Found<'_>) -> String {
        let Some(name) = &found.inside else {
            return format!("see that a volume of the container has it, or name a file in `{DIRECTORY}`");
        };
        let SecretKey { secret, key, bundle, .. } = self.source(name);
        if let Some(bundle) = bundle {
            return format!("`tls.caBundle` is on: add the key `{key}` to the object of `{bundle}`");
        }
        format!("add the key `{key}` to the Secret `{secret}`; if another file has it, name the folder with all of them")
    }

    fn no_peers_help(&self) -> &'static str {
        "give each remote cluster a key with its name, and its config as the value"
    }
}
