//! The codes that a finding can have.
//!
//! Codes are for ever: one is never given another meaning. `00xx` shape of the file, `01xx` identity and versions, `02xx`
//! addressing, `03xx` endpoints, `04xx` certificates and trust, `05xx` references and delivery, `06xx` the promises.

use std::fmt;

/// The kind of a finding. The exhaustive match in [`Code::entry`] is the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is described, for users, by its entry in the catalogue below")]
pub enum Code {
    Syntax,
    UnknownField,
    DuplicateKey,
    WrongType,
    MissingField,
    UnknownValue,
    BadDuration,
    UnsafePath,
    ClusterName,
    ReservedName,
    DuplicateName,
    ClusterId,
    DuplicateId,
    MaxConnectedClusters,
    UnsupportedVersion,
    NewerVersion,
    NodeName,
    DuplicateNode,
    NodeRange,
    VersionLacksOption,
    EniId,
    NodeNameShared,
    VersionSkew,
    PolicyMeaning,
    SettingIgnored,
    WithoutKubernetes,
    BadCidr,
    BadAddress,
    PodCidrOverlap,
    PodNodeOverlap,
    ServiceCidrOverlap,
    ServiceInside,
    DefaultPool,
    HostBits,
    NodeAddressTwice,
    NodeOutside,
    NativeRoutingUncovered,
    FamilyMissing,
    DatapathDiffers,
    EncryptionDiffers,
    NoEndpoints,
    BadEndpoint,
    MixedSchemes,
    BadHost,
    SharedEndpoint,
    EndpointTwice,
    AliasHidesHosts,
    NameUnresolved,
    AliasUnused,
    LocalEndpoint,
    OtherEtcdsMember,
    NoSuchAuthority,
    AuthorityCannotSign,
    CommonName,
    LinkUnproven,
    ServersUnknown,
    AuthorityReachesNothing,
    FileUnreadable,
    NotACertificate,
    Lifetimes,
    AuthorityUnfit,
    AuthorityEndsFirst,
    AuthorityEndsSoon,
    CertificateEndsSoon,
    WeakAuthority,
    KeyMismatch,
    NotAKey,
    SubjectClash,
    KeyExposed,
    AnchorTooWide,
    PrivilegedClient,
    UnknownHelmUser,
    ManyCredentials,
    NoSuchCluster,
    LinkToItself,
    NoSuchCode,
    AcceptsNothing,
    NotAcceptable,
    DuplicateMember,
    ConfigDir,
    LinkTwice,
    BadRuntime,
    Unlinked,
    OverrideUnused,
    HostnameTwice,
    AuthorityMissing,
    ClusterLeaves,
    IdentityChanged,
    AuthorityChanged,
    LinkLost,
    OtherMesh,
    RenewalDue,
    RemovesNothing,
}

/// Every code, in the order of the catalogue.
pub const CATALOGUE: &[Code] = &[
    Code::Syntax,
    Code::UnknownField,
    Code::DuplicateKey,
    Code::WrongType,
    Code::MissingField,
    Code::UnknownValue,
    Code::BadDuration,
    Code::UnsafePath,
    Code::ClusterName,
    Code::ReservedName,
    Code::DuplicateName,
    Code::ClusterId,
    Code::DuplicateId,
    Code::MaxConnectedClusters,
    Code::UnsupportedVersion,
    Code::NewerVersion,
    Code::NodeName,
    Code::DuplicateNode,
    Code::NodeRange,
    Code::VersionLacksOption,
    Code::EniId,
    Code::NodeNameShared,
    Code::VersionSkew,
    Code::PolicyMeaning,
    Code::SettingIgnored,
    Code::WithoutKubernetes,
    Code::BadCidr,
    Code::BadAddress,
    Code::PodCidrOverlap,
    Code::PodNodeOverlap,
    Code::ServiceCidrOverlap,
    Code::ServiceInside,
    Code::DefaultPool,
    Code::HostBits,
    Code::NodeAddressTwice,
    Code::NodeOutside,
    Code::NativeRoutingUncovered,
    Code::FamilyMissing,
    Code::DatapathDiffers,
    Code::EncryptionDiffers,
    Code::NoEndpoints,
    Code::BadEndpoint,
    Code::MixedSchemes,
    Code::BadHost,
    Code::SharedEndpoint,
    Code::EndpointTwice,
    Code::AliasHidesHosts,
    Code::NameUnresolved,
    Code::AliasUnused,
    Code::LocalEndpoint,
    Code::OtherEtcdsMember,
    Code::NoSuchAuthority,
    Code::AuthorityCannotSign,
    Code::CommonName,
    Code::LinkUnproven,
    Code::ServersUnknown,
    Code::AuthorityReachesNothing,
    Code::FileUnreadable,
    Code::NotACertificate,
    Code::Lifetimes,
    Code::AuthorityUnfit,
    Code::AuthorityEndsFirst,
    Code::AuthorityEndsSoon,
    Code::CertificateEndsSoon,
    Code::WeakAuthority,
    Code::KeyMismatch,
    Code::NotAKey,
    Code::SubjectClash,
    Code::KeyExposed,
    Code::AnchorTooWide,
    Code::PrivilegedClient,
    Code::UnknownHelmUser,
    Code::ManyCredentials,
    Code::NoSuchCluster,
    Code::LinkToItself,
    Code::NoSuchCode,
    Code::AcceptsNothing,
    Code::NotAcceptable,
    Code::DuplicateMember,
    Code::ConfigDir,
    Code::LinkTwice,
    Code::BadRuntime,
    Code::Unlinked,
    Code::OverrideUnused,
    Code::HostnameTwice,
    Code::AuthorityMissing,
    Code::ClusterLeaves,
    Code::IdentityChanged,
    Code::AuthorityChanged,
    Code::LinkLost,
    Code::OtherMesh,
    Code::RenewalDue,
    Code::RemovesNothing,
];

impl Code {
    /// `CM0101` and so on.
    pub const fn as_str(self) -> &'static str {
        self.entry().id
    }

    /// The code that is written `id`.
    pub fn parse(id: &str) -> Option<Self> {
        CATALOGUE.iter().copied().find(|code| code.as_str() == id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The known word nearest to `word`, if one is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let letters = candidate.chars().count();
            *distance <= 1 + letters / 4 && 2 * *distance <= letters
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CATALOGUE, nearest};

    #[test]
    fn codes_are_unique_and_in_order() {
        let ids: Vec<_> = CATALOGUE.iter().map(|code| code.as_str()).collect();
        let sorted: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids, sorted.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn nearest_finds_slips_and_nothing_else() {
        assert_eq!(nearest("endpoitns", ["endpoints", "members"]), Some("endpoints"));
        assert_eq!(nearest("podCidrs", ["podCIDRs", "nodes"]), Some("podCIDRs"));
        assert_eq!(nearest("banana", ["endpoints", "members"]), None);
        assert_eq!(nearest("z", ["a", "b"]), None, "a letter is no slip of another");
    }
}
