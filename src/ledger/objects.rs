//! Evidence of a Helm cluster: its Secrets, as `kubectl get secret,configmap -o yaml` prints them, with the annotation that says which bundle
//! each is of. What is in the Secrets is passed over here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::mesh::BUNDLE_ANNOTATION;
use crate::plan::BundleKind;

use super::bundle_head::BundleHead;
use super::evidence::{Evidence, Source};
use super::judge::Refusal;
use super::receipt::{Receipt, ReceiptError, is_digest, on_one_line};
use super::unit::Unit;

/// Objects that a stream holds.
pub struct FoundObjects {
    /// What they say, for each bundle.
    pub receipts: Vec<Result<Receipt, Refusal>>,
    /// Objects of others.
    pub passed_over: usize,
}

#[derive(Deserialize)]
struct Document {
    metadata: Option<Metadata>,
    items: Option<Vec<Document>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
    /// Only what comes from a cluster has it.
    resource_version: Option<String>,
}

/// `render::manifest` writes it.
#[derive(Deserialize)]
struct Annotation {
    mesh: String,
    state: String,
    #[serde(default)]
    branch: u64,
    unit: String,
    /// The cluster-id.
    #[serde(default)]
    id: i64,
    /// Of the release, whose pods mount nothing from another one.
    #[serde(default)]
    namespace: Option<String>,
    generation: u64,
    digest: String,
    objects: usize,
}

/// An object of a bundle.
struct Object {
    name: String,
    /// One that the release is not in, if it is in such a namespace.
    astray: Option<String>,
    is_installed: bool,
    said: Annotation,
}

impl Object {
    /// That no pod mounts it, where it is in another namespace than the release.
    fn misplaced(self, unit: &str) -> Refusal {
        let Self { name, astray, said, .. } = self;
        let (namespace, release) = (astray.unwrap_or_default(), said.namespace.unwrap_or_default());
        Refusal::Misplaced { unit: unit.to_owned(), name, namespace, release }
    }
}

/// Whether a stream is objects of Kubernetes, some of them from here.
pub fn has_objects(text: &str) -> bool {
    text.contains(BUNDLE_ANNOTATION) && text.contains("metadata")
}

/// Objects of a Helm cluster that are of one generation of its bundle.
pub struct ObjectsHead {
    /// Which generation.
    pub head: BundleHead,
    /// The namespace of the release.
    pub namespace: Option<String>,
    /// The names of the objects.
    pub names: BTreeSet<String>,
}

/// The generations that objects in YAML or JSON are of. Objects that no pod mounts do not count.
///
/// # Errors
/// If it is neither, or an annotation is none of ours.
pub fn objects_heads(text: &str) -> Result<Vec<ObjectsHead>, Refusal> {
    let mut heads: Vec<ObjectsHead> = Vec::new();
    for object in by_unit(text)?.0.into_values().flatten().filter(|object| object.astray.is_none()) {
        let Annotation { mesh, state, branch, unit, id, namespace, generation, digest, objects: _ } = object.said;
        let unit: Unit = unit.parse().map_err(ReceiptError::from)?;
        let Some(bundle) = unit.bundle().filter(|bundle| *bundle.kind() == BundleKind::Helm).cloned() else {
            return Err(Refusal::NeverWritten(unit));
        };
        if !is_digest(&digest) {
            return Err(ReceiptError::Digest.into());
        }
        let head = BundleHead { bundle, mesh, state: Some(state), id, branch, generation, floor: None, digest: Some(digest) };
        match heads.iter_mut().find(|known| known.head == head) {
            Some(known) => drop(known.names.insert(object.name)),
            None => heads.push(ObjectsHead { head, namespace, names: BTreeSet::from([object.name]) }),
        }
    }
    Ok(heads)
}

/// Finds the objects in YAML or JSON. `counter` orders what they say.
///
/// # Errors
/// If it is neither.
pub fn objects(text: &str, counter: impl Fn(&Unit) -> u64) -> Result<FoundObjects, Refusal> {
    let (of_units, mut passed_over) = by_unit(text)?;
    let mut receipts = Vec::new();
    for (unit, objects) in of_units {
        let (objects, astray): (Vec<Object>, Vec<Object>) = objects.into_iter().partition(|object| object.astray.is_none());
        let others = astray.len();
        receipts.push(match (receipt(&unit, objects, &counter), astray.into_iter().next()) {
            (Err(_), Some(object)) => Err(object.misplaced(&unit)),
            // Pods mount those in their namespace, whatever else there is.
            (receipt, _) => {
                passed_over += others;
                receipt
            }
        });
    }
    Ok(FoundObjects { receipts, passed_over })
}

/// The objects of bundles, by unit, and how many others there are.
fn by_unit(text: &str) -> Result<(BTreeMap<String, Vec<Object>>, usize), Refusal> {
    let (mut of_units, mut passed_over): (BTreeMap<String, Vec<Object>>, usize) = (BTreeMap::new(), 0);
    for document in serde_yaml::Deserializer::from_str(text) {
        let document = Option::<Document>::deserialize(document).map_err(|error| Refusal::NotObjects(on_one_line(&error)))?;
        let Some(Document { metadata, items }) = document else { continue };
        for metadata in items.into_iter().flatten().map(|item| item.metadata).chain([metadata]).flatten() {
            let said = metadata.annotations.as_ref().and_then(|annotations| annotations.get(BUNDLE_ANNOTATION));
            match said.map(|said| serde_json::from_str::<Annotation>(said)) {
                Some(Ok(said)) => {
                    let (name, is_installed) = (metadata.name.unwrap_or_default(), metadata.resource_version.is_some());
                    let is_there = |namespace: &String| said.namespace.as_ref().is_none_or(|release| release == namespace);
                    let astray = metadata.namespace.filter(|namespace| !is_there(namespace));
                    of_units.entry(said.unit.clone()).or_default().push(Object { name, astray, is_installed, said });
                }
                Some(Err(error)) => return Err(ReceiptError::Json(on_one_line(&error)).into()),
                // A list has no name.
                None => passed_over += usize::from(metadata.name.is_some()),
            }
        }
    }
    Ok((of_units, passed_over))
}

/// What the objects of a bundle say together: that it is as new as its oldest object. What a newer generation no longer has may be left: if
/// all objects of that one are there, older ones are not mounted.
fn receipt(unit: &str, objects: Vec<Object>, counter: &impl Fn(&Unit) -> u64) -> Result<Receipt, Refusal> {
    let unit: Unit = unit.parse().map_err(ReceiptError::from)?;
    if objects.iter().any(|object| !object.is_installed) {
        return Err(Refusal::NotInstalled(unit));
    }
    let newest = objects.iter().map(|object| (object.said.branch, object.said.generation)).max();
    let (newest, older): (Vec<Object>, Vec<Object>) =
        objects.into_iter().partition(|object| Some((object.said.branch, object.said.generation)) == newest);
    let is_whole = newest.first().is_some_and(|object| names(&newest) >= object.said.objects);
    let objects: Vec<Object> = if is_whole { newest } else { newest.into_iter().chain(older).collect() };
    let found = names(&objects);
    let Some(oldest) = objects.into_iter().map(|object| object.said).min_by_key(|said| (said.branch, said.generation)) else {
        return Err(Refusal::NeverWritten(unit));
    };
    let Annotation { mesh, state, branch, generation, digest, objects, .. } = oldest;
    if found < objects {
        return Err(Refusal::Incomplete { unit, found, objects });
    }
    if !is_digest(&digest) {
        return Err(ReceiptError::Digest.into());
    }
    let counter = counter(&unit);
    let evidence = Evidence { counter, generation, digest: Some(digest), due: BTreeSet::new(), source: Source::Receipt };
    Ok(Receipt { mesh, state: Some(state), branch, unit, evidence })
}

/// How many objects these are.
fn names(objects: &[Object]) -> usize {
    objects.iter().map(|object| &object.name).collect::<BTreeSet<_>>().len()
}
