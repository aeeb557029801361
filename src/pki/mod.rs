//! Request + authority -> certificate and key.
//!
//! In: a [`LeafRequest`](crate::plan::LeafRequest) or an
//! [`AuthorityRequest`](crate::plan::AuthorityRequest) with both ends of the validity already
//! decided, and a CA that was made here or provided as PEM. Out: PEM and DER, ready to be stored.
//!
//! There is one path for all CAs, whatever tool made them: `profile` decides the content of a certificate, `tbs` composes it with
//! the CA's name byte for byte, `signer` signs. It uses no disk and no clock, decides no lifetime, and does not judge whether the
//! other end accepts the result: code that did not make the certificate proves that.

mod authority;
mod certificate;
mod encoding;
mod error;
mod key;
mod profile;
mod revocation_list;
mod signer;
mod tbs;

pub use authority::{Authority, IssuedLeaf, NewAuthority};
pub use error::{AuthorityError, KeyError};
pub use key::PrivateKey;
pub use revocation_list::ListRequest;
