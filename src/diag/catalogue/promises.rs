//! The promises: `06xx`.

use super::{CatalogueEntry, error, told};

pub(super) const AUTHORITY_MISSING: CatalogueEntry =
    error("CM0601", "an authority that nobody has", "meshbundle never makes an authority unless told so");
pub(super) const CLUSTER_LEAVES: CatalogueEntry = error(
    "CM0602",
    "a cluster that was issued is gone from the mesh",
    "meshbundle never removes a link unless told so: agents would drain all nodes and services of that cluster",
);
pub(super) const IDENTITY_CHANGED: CatalogueEntry = error(
    "CM0603",
    "the name or id of a cluster that was issued has changed",
    "all workloads of a running cluster must restart after it, and its peers refuse it meanwhile",
);
pub(super) const AUTHORITY_CHANGED: CatalogueEntry = error(
    "CM0604",
    "trust would change in one step",
    "until every end has the new files, ends with old and new files would refuse each other",
);
pub(super) const LINK_LOST: CatalogueEntry = error(
    "CM0605",
    "a link that was issued is gone from the mesh",
    "meshbundle never removes a link unless told so: agents would drain all nodes and services of that cluster",
);
pub(super) const OTHER_MESH: CatalogueEntry =
    error("CM0606", "the state belongs to another mesh", "its authorities and identities are not this mesh's");
pub(super) const RENEWAL_DUE: CatalogueEntry =
    told("CM0607", "certificates that end soon", "they are kept until you say `--renew`");
pub(super) const REMOVES_NOTHING: CatalogueEntry =
    error("CM0608", "`--remove` removes nothing", "a typing error would go unseen until the day it fits");
pub(super) const CREDENTIALS_FORGOTTEN: CatalogueEntry = error(
    "CM0609",
    "credentials that were issued would be forgotten",
    "their users still show them: nobody would renew them, and the key of an etcd's administrator would be lost",
);
pub(super) const LEAF_DAMAGED: CatalogueEntry = error(
    "CM0610",
    "a certificate of the state is missing or damaged",
    "an archive with it would replace a good one, and agents or etcd would refuse it",
);
pub(super) const AUTHORITY_DAMAGED: CatalogueEntry = error(
    "CM0611",
    "a CA of the state is missing or damaged",
    "everything that was shipped trusts this CA; what is signed without it is refused everywhere",
);
pub(super) const AUTHORITY_KEY_GONE: CatalogueEntry = told(
    "CM0612",
    "the key of a CA is missing or damaged",
    "nothing has to be signed with it in this run; the next certificate that it must sign cannot be issued",
);
pub(super) const LEAF_NOT_YET_VALID: CatalogueEntry =
    error("CM0613", "certificates that are not valid yet", "agents and etcd refuse them until then, as they refuse expired ones");
pub(super) const AUTHORITY_NOT_YET_VALID: CatalogueEntry =
    error("CM0614", "a CA that is not valid yet", "agents and etcd refuse everything that it has signed until then");
pub(super) const PEER_AUTHORITY_CHANGED: CatalogueEntry = error(
    "CM0615",
    "the CA of an etcd's peers would change",
    "members with old and new files refuse each other while they restart, and the etcd loses its quorum",
);
