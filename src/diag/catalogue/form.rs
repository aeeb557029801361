//! The form of `mesh.yaml`: `00xx`.

use super::{CatalogueEntry, error};

pub(super) const SYNTAX: CatalogueEntry =
    error("CM0001", "the file is not YAML", "nothing else can be checked before this is mended");
pub(super) const UNKNOWN_FIELD: CatalogueEntry = error("CM0002", "unknown field", "a misspelt field would silently do nothing");
pub(super) const DUPLICATE_KEY: CatalogueEntry =
    error("CM0003", "a key stands twice", "which of the two counts differs by parser");
pub(super) const WRONG_TYPE: CatalogueEntry = error("CM0004", "a value of the wrong type", "it cannot be meant");
pub(super) const MISSING_FIELD: CatalogueEntry = error("CM0005", "a required field is missing", "there is no safe guess for it");
pub(super) const UNKNOWN_VALUE: CatalogueEntry =
    error("CM0006", "a word that is not one of the known ones", "it cannot be meant");
pub(super) const BAD_DURATION: CatalogueEntry =
    error("CM0007", "not a duration", "durations are `10y`, `90d` or `12h`; a year has 365 days");
pub(super) const UNSAFE_PATH: CatalogueEntry =
    error("CM0008", "not a usable path or name", "it would leave its folder, or break a file that it is written into");
