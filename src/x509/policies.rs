//! The extensions of certificate policies: their values.

use std::collections::BTreeSet;

use crate::x509::der::{DerReader, OBJECT_IDENTIFIER, SEQUENCE, context};

/// The content of the object identifier 2.5.29.32.0.
pub(super) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// The DER content of an object identifier.
pub(super) type Oid = Box<[u8]>;

/// The policies of a certificate.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) own: BTreeSet<Oid>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) require_explicit: Option<u64>,
    pub(super) inhibit_mapping: Option<u64>,
    pub(super) inhibit_any: Option<u64>,
}

/// One policy under two names.
pub(super) struct Mapping {
    /// Its name in the issuer's domain.
    pub(super) issuer: Oid,
    /// Its name in the subject's domain.
    pub(super) subject: Oid,
}

/// Go's `newOIDFromDER` takes arcs of any size here, in the fewest octets.
fn parse_oid(content: &[u8]) -> Option<Oid> {
    let mut inside = false;
    for byte in content {
        if !inside && *byte == 0x80 {
            return None;
        }
        inside = byte & 0x80 != 0;
    }
    (!content.is_empty() && !inside).then(|| content.into())
}

/// The value of the certificate policies extension (RFC 5280 4.2.1.4); none may be there twice.
pub(super) fn parse_policies(mut value: DerReader<'_>) -> Option<BTreeSet<Oid>> {
    let mut policies: BTreeSet<Oid> = BTreeSet::new();
    let mut list = value.expect(SEQUENCE)?.reader();
    while !list.is_empty() {
        let policy = parse_oid(list.expect(SEQUENCE)?.reader().expect(OBJECT_IDENTIFIER)?.content)?;
        if !policies.insert(policy) {
            return None;
        }
    }
    Some(policies)
}

/// The value of the policy mappings extension (RFC 5280 4.2.1.5).
pub(super) fn parse_mappings(mut value: DerReader<'_>) -> Option<Vec<Mapping>> {
    let mut mappings = Vec::new();
    let mut list = value.expect(SEQUENCE)?.reader();
    while !list.is_empty() {
        let mut pair = list.expect(SEQUENCE)?.reader();
        let issuer = pair.expect(OBJECT_IDENTIFIER)?.content.into();
        let subject = pair.expect(OBJECT_IDENTIFIER)?.content.into();
        mappings.push(Mapping { issuer, subject });
    }
    Some(mappings)
}

/// The value of the policy constraints extension (RFC 5280 4.2.1.11): how many certificates further an explicit policy is
/// required, and mappings are inhibited. A negative number is none, as in Go.
pub(super) fn parse_constraints(mut value: DerReader<'_>) -> Option<(Option<u64>, Option<u64>)> {
    let mut fields = value.expect(SEQUENCE)?.reader();
    let mut limit = |tag| {
        let number = if fields.peek(tag) { fields.small_integer(tag)? } else { -1 };
        Some(u64::try_from(number).ok())
    };
    Some((limit(context(0))?, limit(context(1))?))
}
