//! Request + authority -> certificate and key.
//!
//! In: a [`LeafRequest`](crate::plan::LeafRequest) or an
//! [`AuthorityRequest`](crate::plan::AuthorityRequest) with both ends of the validity already
//! decided, and an authority that was made here or brought along as PEM. Out: PEM and DER, ready
//! to be stored.
//!
//! There is one path for all authorities, whatever tool made them: `profile` says what stands in
//! a certificate, `tbs` has it composed and gives it the authority's own name byte for byte,
//! `signer` signs. It knows no disk and no clock, decides no lifetime, and does not judge whether
//! a peer will accept the result: that proof belongs to code that did not make the certificate.

mod authority;
mod certificate;
mod der;
mod encoding;
mod error;
mod key;
mod profile;
mod signer;
mod tbs;

pub use authority::{Authority, Issued, NewAuthority};
pub use error::{AuthorityError, KeyError};
pub use key::PrivateKey;
