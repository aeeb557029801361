//! `tls.caBundle` of Cilium's chart: CAs in an object of their own, which pods mount in place of `ca.crt` of each certificate's Secret.
//!
//! The object alone says that a release has one. It is known by the chart's default name: no Secret and no ConfigMap has the release's
//! `tls.caBundle.name`.

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::mesh::tree::Value;
use crate::verify::tree::Entry;
use crate::x509::Certificate;

use super::object::{Object, last};
use super::value::{of_data, of_string_data};

/// `tls.caBundle.name` and `tls.caBundle.key` in values.yaml of the chart, 1.14 to 1.20.
pub(super) const BUNDLE: &str = "cilium-root-ca.crt";
const KEY: &str = "ca.crt";
/// A `ConfigMap` that every release has (templates/cilium-configmap.yaml): where it is given and the bundle is not, there is no bundle.
pub(super) const ALWAYS_THERE: &str = "cilium-config";

/// What is known of a release's `tls.caBundle`.
#[derive(Clone, Default)]
pub enum CaBundle {
    /// Pods mount these CAs.
    Mounted(BundleFile),
    /// The release has none: pods mount `ca.crt` of each Secret.
    Off,
    /// It is not known.
    #[default]
    Unknown,
}

/// The CAs of a bundle, as pods mount them.
#[derive(Clone)]
pub struct BundleFile {
    /// How messages name them.
    pub(super) shown: String,
    /// Nothing where the object has no such key.
    pub(super) entry: Option<Entry>,
}

/// The CAs that a container mounts for the certificates of other Secrets.
pub(super) enum MountedCas<'a> {
    /// `ca.crt` of each Secret.
    OfSecrets,
    /// Those of `tls.caBundle`, for all of them.
    Bundle(&'a BundleFile),
    /// One or the other, and on what that depends.
    Unknown(&'static str),
}

impl MountedCas<'_> {
    /// That it is not known which CAs pods mount in place of those that messages name `shown`, if it is not.
    pub(super) fn doubt(&self, shown: &str, namespace: &str) -> Option<Diagnostic> {
        let Self::Unknown(depends_on) = self else { return None };
        let message = format!(
            "whether these CAs count is not known: with `tls.caBundle`, pods trust the CAs in the ConfigMap `{BUNDLE}` instead, and \
             {depends_on}"
        );
        let finding = Diagnostic::of_file(Code::LinkUnjudged, FilePlace::whole(shown), message);
        let help =
            format!("verify the ConfigMaps as well: `kubectl get secret,configmap -n {namespace} -o yaml | meshbundle verify -`");
        Some(finding.cause("a release may have `tls.caBundle`, and no Secret says so").help(help))
    }
}

impl CaBundle {
    /// A bundle of these CAs, which messages name `shown`.
    pub fn of(shown: String, cas: &[Certificate]) -> Self {
        let text: String = cas.iter().map(|ca| crate::pem::certificate(ca.der())).collect();
        let entry = Entry::File { mode: None, bytes: text.into_bytes().into() };
        Self::Mounted(BundleFile { shown, entry: Some(entry) })
    }
}

impl BundleFile {
    /// The bundle in an object, which messages name `place`. What is wrong with the other keys of it concerns no container.
    pub(super) fn read(object: &Object<'_>, place: &str) -> Self {
        let is_secret = object.kind == "Secret";
        let mut decoded = [("data", is_secret), ("stringData", false)].into_iter().filter_map(|(field, encoded)| {
            let Value::Map(entries) = &object.get(field)?.value else { return None };
            let value = last(entries, KEY)?;
            Some(if encoded { of_data(value) } else { of_string_data(value) })
        });
        let entry = decoded.next_back().map(|decoded| match decoded {
            Ok(bytes) => Entry::File { mode: None, bytes: bytes.into() },
            Err((fault, _)) => Entry::Unreadable(format!("it {fault}")),
        });
        Self { shown: format!("{place}: {KEY}"), entry }
    }
}

/// Whether an object is the bundle: a `ConfigMap`, or with `tls.caBundle.useSecret` a Secret.
pub(super) fn is_bundle(object: &Object<'_>, name: &str) -> bool {
    name == BUNDLE && matches!(object.kind, "ConfigMap" | "Secret") && matches!(object.api_version, "v1" | "")
}

/// Whether a text may have the bundle, or say that there is none.
pub(super) fn is_mentioned(text: &str) -> bool {
    text.contains(BUNDLE) || text.contains(ALWAYS_THERE)
}
