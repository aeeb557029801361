//! References and delivery: `05xx`.

use super::{CatalogueEntry, error, told, warning};

pub(super) const NO_SUCH_CLUSTER: CatalogueEntry = error("CM0501", "no such cluster", "a link or an override names it");
pub(super) const LINK_TO_ITSELF: CatalogueEntry =
    error("CM0502", "a link of a cluster to itself", "agents skip the file that has their own cluster's name");
pub(super) const NO_SUCH_CODE: CatalogueEntry = error("CM0503", "no such code", "`accept` names it");
pub(super) const ACCEPTS_NOTHING: CatalogueEntry =
    told("CM0504", "`accept` matches nothing", "what it was for is gone, and it would hide the next one");
pub(super) const NOT_ACCEPTABLE: CatalogueEntry =
    error("CM0505", "a finding that cannot be accepted", "it is about files that would be wrong, not about the owner's network");
pub(super) const DUPLICATE_MEMBER: CatalogueEntry =
    error("CM0506", "two members with one name", "one archive would replace the other");
pub(super) const CONFIG_DIR: CatalogueEntry =
    error("CM0507", "not a usable configDir", "only peer files may stand in it, and nothing else may live there");
pub(super) const LINK_TWICE: CatalogueEntry =
    told("CM0508", "a link that stands twice", "a pair means both directions: the second says nothing");
pub(super) const BAD_RUNTIME: CatalogueEntry = error("CM0509", "not a usable runtime", "its words become file names and keys");
pub(super) const UNLINKED: CatalogueEntry = warning("CM0510", "a cluster without links", "nobody reads it and it reads nobody");
pub(super) const OVERRIDE_UNUSED: CatalogueEntry =
    told("CM0511", "endpoints for a cluster that does not read them", "the entry does nothing");
pub(super) const HOSTNAME_TWICE: CatalogueEntry = error(
    "CM0512",
    "two nodes of a cluster with one host name",
    "a bundle is known by the host that it is for: it would be taken for the other's",
);
pub(super) const NOWHERE_TO_WRITE: CatalogueEntry =
    error("CM0513", "files without a bundle", "it asks for files, and no bundle of this cluster would hold them");
pub(super) const ONE_ADDRESS: CatalogueEntry = warning(
    "CM0514",
    "a name with several addresses under docker-compose",
    "when it merges `extra_hosts` of two files, docker-compose 1 keeps the last address of each name",
);
