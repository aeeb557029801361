//! An authority that more than one target needs.

use std::sync::OnceLock;

use meshbundle::mesh::KeyAlgorithm;
use meshbundle::pki::{Authority, NewAuthority};
use meshbundle::plan::AuthorityRequest;
use time::{Duration, OffsetDateTime};

/// The time that everything is judged at.
pub const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::days(20_000));

/// One authority for the whole run.
pub fn authority() -> &'static NewAuthority {
    static AUTHORITY: OnceLock<NewAuthority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let request = AuthorityRequest {
            common_name: "fuzz".to_owned(),
            organization: None,
            algorithm: KeyAlgorithm::EcdsaP256,
            not_before: NOW,
            not_after: NOW + Duration::days(3650),
        };
        Authority::create(&request).expect("an authority")
    })
}
