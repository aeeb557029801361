//! The catalogue: every code that a finding can have, with its severity and the reason it exists.
//!
//! Codes are for ever: one is never given another meaning. `00xx` shape of the file, `01xx` identity and versions, `02xx`
//! addressing, `03xx` endpoints, `04xx` certificates and trust, `05xx` references and delivery, `06xx` the promises.

use std::fmt;

use super::Severity;

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
    BadCidr,
    BadAddress,
    NoEndpoints,
    BadEndpoint,
    MixedSchemes,
    BadHost,
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
    NoSuchCluster,
    LinkToItself,
    NoSuchCode,
    AcceptsNothing,
    NotAcceptable,
    DuplicateMember,
    ConfigDir,
    BadRuntime,
    AuthorityMissing,
    ClusterLeaves,
    IdentityChanged,
    AuthorityChanged,
    LinkLost,
    OtherMesh,
    RenewalDue,
    RemovesNothing,
}

/// What the catalogue says of a code.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// `CM0101` and so on.
    pub id: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// Whether `accept` may quiet it: true only for what is about the owner's network, never for what makes files wrong.
    pub acceptable: bool,
    /// What it means, in a few words.
    pub title: &'static str,
    /// Why Cilium, etcd or the owner cares.
    pub why: &'static str,
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
    Code::BadCidr,
    Code::BadAddress,
    Code::NoEndpoints,
    Code::BadEndpoint,
    Code::MixedSchemes,
    Code::BadHost,
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
    Code::NoSuchCluster,
    Code::LinkToItself,
    Code::NoSuchCode,
    Code::AcceptsNothing,
    Code::NotAcceptable,
    Code::DuplicateMember,
    Code::ConfigDir,
    Code::BadRuntime,
    Code::AuthorityMissing,
    Code::ClusterLeaves,
    Code::IdentityChanged,
    Code::AuthorityChanged,
    Code::LinkLost,
    Code::OtherMesh,
    Code::RenewalDue,
    Code::RemovesNothing,
];

const fn error(id: &'static str, title: &'static str, why: &'static str) -> Entry {
    Entry { id, severity: Severity::Error, acceptable: false, title, why }
}

const fn warning(id: &'static str, title: &'static str, why: &'static str) -> Entry {
    Entry { id, severity: Severity::Warning, acceptable: true, title, why }
}

/// A warning that goes away by itself once it is heeded, so that nobody need accept it.
const fn told(id: &'static str, title: &'static str, why: &'static str) -> Entry {
    Entry { acceptable: false, ..warning(id, title, why) }
}

impl Code {
    /// The catalogue's entry.
    #[expect(clippy::too_many_lines, reason = "one table, one line or two for each code")]
    pub const fn entry(self) -> Entry {
        match self {
            Self::Syntax => error("CM0001", "the file is not YAML", "nothing else can be checked before this is mended"),
            Self::UnknownField => error("CM0002", "unknown field", "a misspelt field would silently do nothing"),
            Self::DuplicateKey => error("CM0003", "a key stands twice", "which of the two counts differs by parser"),
            Self::WrongType => error("CM0004", "a value of the wrong type", "it cannot be meant"),
            Self::MissingField => error("CM0005", "a required field is missing", "there is no safe guess for it"),
            Self::UnknownValue => error("CM0006", "a word that is not one of the known ones", "it cannot be meant"),
            Self::BadDuration => error("CM0007", "not a duration", "durations are `10y`, `90d` or `12h`; a year has 365 days"),
            Self::UnsafePath => {
                error("CM0008", "not a usable path or name", "it would leave its folder, or break a file that it is written into")
            }
            Self::ClusterName => error(
                "CM0101",
                "not a cluster name",
                "agents from 1.17 on do not start with it, and do not connect to it (pkg/clustermesh/types/option.go)",
            ),
            Self::ReservedName => error(
                "CM0102",
                "the cluster name `default` is reserved",
                "agents refuse to start with it when an id is set (pkg/clustermesh/types/option.go)",
            ),
            Self::DuplicateName => {
                error("CM0103", "two clusters with one name", "the name is the file name and the etcd key prefix of a cluster")
            }
            Self::ClusterId => error(
                "CM0104",
                "not a usable cluster id",
                "0 turns the mesh off, ids above the mesh's maximum are refused (pkg/clustermesh/types/option.go)",
            ),
            Self::DuplicateId => error(
                "CM0105",
                "two clusters with one id",
                "agents refuse the second one that they see: `clusterID is already used`",
            ),
            Self::MaxConnectedClusters => error(
                "CM0106",
                "not a usable maxConnectedClusters",
                "it is 255, or 511 from 1.15 on, and the same in the whole mesh: it decides how many bits of an identity name the cluster",
            ),
            Self::UnsupportedVersion => {
                error("CM0107", "a Cilium version that is not supported", "before 1.14 agents reload and trust by other rules")
            }
            Self::NewerVersion => {
                warning("CM0108", "a Cilium version newer than this tool knows", "its options and rules may have changed")
            }
            Self::NodeName => {
                error("CM0109", "not a node name", "it names folders, archives and certificates: a DNS label (RFC 1123)")
            }
            Self::DuplicateNode => error("CM0110", "two nodes with one name in a cluster", "one archive would replace the other"),
            Self::NodeRange => error("CM0111", "not a node range", "ranges are written as Ansible has them: `edge[01:40]`"),
            Self::VersionLacksOption => error(
                "CM0112",
                "an option that this Cilium version does not know",
                "an unknown flag on the command line kills the agent",
            ),
            Self::BadCidr => error("CM0201", "not a CIDR", "ranges are written as `10.60.0.0/16` or `fd00:60::/48`"),
            Self::BadAddress => error("CM0202", "not an IP address", "addresses become SANs and hosts entries"),
            Self::NoEndpoints => error("CM0301", "no endpoints", "agents answer `no available endpoints`"),
            Self::BadEndpoint => error(
                "CM0302",
                "not a full endpoint",
                "agents wait without a word when the scheme or the port is missing: etcd's client adds neither",
            ),
            Self::MixedSchemes => error(
                "CM0303",
                "http and https in one list",
                "the agent shuffles the list and takes its TLS settings from the first: it works at random",
            ),
            Self::BadHost => error("CM0304", "not a host name", "it becomes a SAN, a hosts entry and a dial target"),
            Self::NoSuchAuthority => error("CM0401", "no such authority", "there is nothing to sign with or to trust"),
            Self::AuthorityCannotSign => {
                error("CM0402", "an authority that only trusts is asked to sign", "its key was not brought along")
            }
            Self::CommonName => error(
                "CM0403",
                "not a usable common name",
                "the common name of a client is its etcd user: X.509 allows 64 characters, and some users may do everything",
            ),
            Self::LinkUnproven => error(
                "CM0404",
                "a link that cannot work",
                "one end would refuse the other's certificate, and agents stay silent about it for 15 minutes",
            ),
            Self::ServersUnknown => {
                warning("CM0405", "a link that cannot be proven", "the server certificates of that etcd are not known here")
            }
            Self::AuthorityReachesNothing => error(
                "CM0406",
                "an authority made here that reaches no etcd",
                "an etcd without members from here would never hear of it",
            ),
            Self::FileUnreadable => error("CM0407", "a file that cannot be read", "the mesh names it"),
            Self::NotACertificate => {
                error("CM0408", "not a certificate", "the file holds something else, or a damaged certificate")
            }
            Self::Lifetimes => error(
                "CM0409",
                "lifetimes that do not fit together",
                "a leaf ends before its authority, and is renewed before it ends",
            ),
            Self::AuthorityUnfit => error(
                "CM0410",
                "an authority that Go does not accept",
                "agents and etcd verify with crypto/x509: CA flag, keyCertSign, path length, dates",
            ),
            Self::NoSuchCluster => error("CM0501", "no such cluster", "a link or an override names it"),
            Self::LinkToItself => {
                error("CM0502", "a link of a cluster to itself", "agents skip the file that has their own cluster's name")
            }
            Self::NoSuchCode => error("CM0503", "no such code", "`accept` names it"),
            Self::AcceptsNothing => {
                told("CM0504", "`accept` matches nothing", "what it was for is gone, and it would hide the next one")
            }
            Self::NotAcceptable => error(
                "CM0505",
                "a finding that cannot be accepted",
                "it is about files that would be wrong, not about the owner's network",
            ),
            Self::DuplicateMember => error("CM0506", "two members with one name", "one archive would replace the other"),
            Self::ConfigDir => {
                error("CM0507", "not a usable configDir", "only peer files may stand in it, and nothing else may live there")
            }
            Self::BadRuntime => error("CM0509", "not a usable runtime", "its words become file names and keys"),
            Self::AuthorityMissing => {
                error("CM0601", "an authority that nobody has", "meshbundle never makes an authority unless told so")
            }
            Self::ClusterLeaves => error(
                "CM0602",
                "a cluster that was issued is gone from the mesh",
                "meshbundle never removes a link unless told so: agents would drain all nodes and services of that cluster",
            ),
            Self::IdentityChanged => error(
                "CM0603",
                "the name or id of a cluster that was issued has changed",
                "all workloads of a running cluster must restart after it, and its peers refuse it meanwhile",
            ),
            Self::AuthorityChanged => error(
                "CM0604",
                "trust would change in one step",
                "until every end has the new files, ends with old and new files would refuse each other",
            ),
            Self::LinkLost => error(
                "CM0605",
                "a link that was issued is gone from the mesh",
                "meshbundle never removes a link unless told so: agents would drain all nodes and services of that cluster",
            ),
            Self::OtherMesh => {
                error("CM0606", "the state belongs to another mesh", "its authorities and identities are not this mesh's")
            }
            Self::RenewalDue => told("CM0607", "certificates that end soon", "they are kept until you say `--renew`"),
            Self::RemovesNothing => {
                error("CM0608", "`--remove` removes nothing", "a typing error would go unseen until the day it fits")
            }
        }
    }

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
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
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
    }
}
