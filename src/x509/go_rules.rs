//! What crypto/x509 and crypto/tls reject depends on the Go that an agent is built with: one table, a source for each row.
//!
//! A row takes effect with the first minor of Cilium of which some patch release has it: an agent of that minor may reject, and
//! after its next update it does. The Go of an etcd is not known, and is taken for as old as that of the agents. Other changes
//! between Go 1.20 and 1.26 do not affect certificates that CAs issue: T.61 strings are read as Latin-1 and surrogates in a
//! `BMPString` rejected, host names and constraints are parsed by another function with the same results, equal policies in one
//! certificate are rejected, and an IPv4-mapped IPv6 SAN is no longer in an IPv6 range.

use crate::mesh::CiliumVersion;

/// Something that newer Go rejects, and older Go does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoRule {
    /// A serial number below zero.
    NegativeSerials,
    /// Key identifiers and authority information access that are marked critical.
    CriticalKeyIds,
    /// Certificate policies count. Before, Go does not know their extensions, and rejects critical ones.
    Policies,
    /// RSA keys below 1024 bits.
    ShortRsa,
    /// A wildcard SAN where a sibling of it is excluded by name constraints.
    WildcardSiblings,
}

impl GoRule {
    /// The first minor of Cilium that has it. Versions of Go by `go.mod` of cilium/cilium: 1.14.19 has 1.21.0, 1.15.19 has
    /// 1.23.0, 1.16.19 has 1.24.0; the image of 1.14.0 is built with Go 1.20.5 (images/cilium/Dockerfile).
    #[expect(clippy::match_same_arms, reason = "one table, each line with its source")]
    const fn since(self) -> CiliumVersion {
        match self {
            // Go 1.23: `x509negativeserial` in src/internal/godebugs/table.go.
            Self::NegativeSerials => CiliumVersion::new(1, 15),
            // Go 1.23: "incorrectly marked critical" in src/crypto/x509/parser.go.
            Self::CriticalKeyIds => CiliumVersion::new(1, 15),
            // Go 1.24: policiesValid in src/crypto/x509/verify.go.
            Self::Policies => CiliumVersion::new(1, 16),
            // Go 1.24: `rsa1024min` in src/internal/godebugs/table.go.
            Self::ShortRsa => CiliumVersion::new(1, 16),
            // Go 1.24.11: matchDomainConstraint in src/crypto/x509/verify.go; not in 1.23.12.
            Self::WildcardSiblings => CiliumVersion::new(1, 17),
        }
    }
}

/// The rules of the Go that agents of one version of Cilium are built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoRules(CiliumVersion);

impl GoRules {
    /// The rules of the newest Go.
    pub const NEWEST: Self = Self(CiliumVersion::NEWEST);

    /// The rules of agents of `version`.
    pub const fn of(version: CiliumVersion) -> Self {
        Self(version)
    }

    /// Whether `rule` is in force.
    pub fn has(self, rule: GoRule) -> bool {
        self.0 >= rule.since()
    }
}
