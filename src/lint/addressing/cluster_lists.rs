//! Texts that these rules share: clusters in words, and findings that are reported together.

use std::collections::BTreeMap;

use crate::diag::FieldPath;
use crate::mesh::Mesh;

use super::clusters::Clusters;
use super::search::SHOWN;

/// The clusters by name, or how many there are.
pub(super) fn describe_clusters(mesh: &Mesh, clusters: &Clusters) -> String {
    if clusters.len() <= SHOWN { list_names(mesh, clusters) } else { format!("{} clusters", clusters.len()) }
}

/// The number of names that can be read at a glance.
const NAMES: usize = 8;

/// The first of them by name, in the order of the file, and how many more there are.
pub(super) fn list_names(mesh: &Mesh, clusters: &Clusters) -> String {
    let name = |position: usize| Some(format!("`{}`", mesh.clusters.get(position)?.name));
    let mut names: Vec<String> = clusters.iter().filter_map(name).take(NAMES).collect();
    if clusters.len() > NAMES {
        names.push(format!("{} more", clusters.len() - NAMES));
    }
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// Groups clusters with the same finding by place: one finding for each place, and a single one if there are many places.
pub(super) fn group_by_place(places: impl IntoIterator<Item = (FieldPath, usize)>) -> Vec<(FieldPath, Clusters)> {
    let mut by_path: BTreeMap<FieldPath, Clusters> = BTreeMap::new();
    let mut first = None;
    for (path, position) in places {
        first.get_or_insert_with(|| path.clone());
        by_path.entry(path).or_default().insert(position);
    }
    match first {
        Some(first) if by_path.len() > SHOWN => {
            let mut all = Clusters::default();
            by_path.values().for_each(|clusters| all.extend(clusters));
            vec![(first, all)]
        }
        _ => by_path.into_iter().collect(),
    }
}
