//! The catalogue: of every code its severity, whether it may be accepted, and why it exists.
//!
//! The whole story of a code, with the wrong and the right, is in `docs/codes/`; here is what its findings need.

mod addressing;
mod codes;
mod endpoints;
mod files;
mod form;
mod identity;
mod links;
mod promises;
mod references;
mod trust;

use super::{Code, Severity};

pub use codes::CATALOGUE;

/// What the catalogue says of a code.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueEntry {
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

const fn error(id: &'static str, title: &'static str, why: &'static str) -> CatalogueEntry {
    CatalogueEntry { id, severity: Severity::Error, acceptable: false, title, why }
}

const fn warning(id: &'static str, title: &'static str, why: &'static str) -> CatalogueEntry {
    CatalogueEntry { id, severity: Severity::Warning, acceptable: true, title, why }
}

/// A warning that goes away by itself once it is heeded, so that nobody need accept it.
const fn told(id: &'static str, title: &'static str, why: &'static str) -> CatalogueEntry {
    CatalogueEntry { acceptable: false, ..warning(id, title, why) }
}

/// An error that may be accepted: it is about the owner's network, which the owner knows better.
const fn mine(id: &'static str, title: &'static str, why: &'static str) -> CatalogueEntry {
    CatalogueEntry { acceptable: true, ..error(id, title, why) }
}

impl Code {
    /// The catalogue's entry.
    #[expect(clippy::too_many_lines, reason = "one table, a line for each code")]
    pub const fn entry(self) -> CatalogueEntry {
        match self {
            Self::Syntax => form::SYNTAX,
            Self::UnknownField => form::UNKNOWN_FIELD,
            Self::DuplicateKey => form::DUPLICATE_KEY,
            Self::WrongType => form::WRONG_TYPE,
            Self::MissingField => form::MISSING_FIELD,
            Self::UnknownValue => form::UNKNOWN_VALUE,
            Self::BadDuration => form::BAD_DURATION,
            Self::UnsafePath => form::UNSAFE_PATH,
            Self::ClusterName => identity::CLUSTER_NAME,
            Self::ReservedName => identity::RESERVED_NAME,
            Self::DuplicateName => identity::DUPLICATE_NAME,
            Self::ClusterId => identity::CLUSTER_ID,
            Self::DuplicateId => identity::DUPLICATE_ID,
            Self::MaxConnectedClusters => identity::MAX_CONNECTED_CLUSTERS,
            Self::UnsupportedVersion => identity::UNSUPPORTED_VERSION,
            Self::NewerVersion => identity::NEWER_VERSION,
            Self::NodeName => identity::NODE_NAME,
            Self::DuplicateNode => identity::DUPLICATE_NODE,
            Self::NodeRange => identity::NODE_RANGE,
            Self::VersionLacksOption => identity::VERSION_LACKS_OPTION,
            Self::EniId => identity::ENI_ID,
            Self::NodeNameShared => identity::NODE_NAME_SHARED,
            Self::VersionSkew => identity::VERSION_SKEW,
            Self::PolicyMeaning => identity::POLICY_MEANING,
            Self::SettingIgnored => identity::SETTING_IGNORED,
            Self::WithoutKubernetes => identity::WITHOUT_KUBERNETES,
            Self::DockerPluginRemoved => identity::DOCKER_PLUGIN_REMOVED,
            Self::BadCidr => addressing::BAD_CIDR,
            Self::BadAddress => addressing::BAD_ADDRESS,
            Self::PodCidrOverlap => addressing::POD_CIDR_OVERLAP,
            Self::PodNodeOverlap => addressing::POD_NODE_OVERLAP,
            Self::ServiceCidrOverlap => addressing::SERVICE_CIDR_OVERLAP,
            Self::ServiceInside => addressing::SERVICE_INSIDE,
            Self::DefaultPool => addressing::DEFAULT_POOL,
            Self::HostBits => addressing::HOST_BITS,
            Self::NodeAddressTwice => addressing::NODE_ADDRESS_TWICE,
            Self::NodeOutside => addressing::NODE_OUTSIDE,
            Self::NativeRoutingUncovered => addressing::NATIVE_ROUTING_UNCOVERED,
            Self::FamilyMissing => addressing::FAMILY_MISSING,
            Self::DatapathDiffers => addressing::DATAPATH_DIFFERS,
            Self::EncryptionDiffers => addressing::ENCRYPTION_DIFFERS,
            Self::NoEndpoints => endpoints::NO_ENDPOINTS,
            Self::BadEndpoint => endpoints::BAD_ENDPOINT,
            Self::MixedSchemes => endpoints::MIXED_SCHEMES,
            Self::BadHost => endpoints::BAD_HOST,
            Self::SharedEndpoint => endpoints::SHARED_ENDPOINT,
            Self::EndpointTwice => endpoints::ENDPOINT_TWICE,
            Self::AliasHidesHosts => endpoints::ALIAS_HIDES_HOSTS,
            Self::NameUnresolved => endpoints::NAME_UNRESOLVED,
            Self::AliasUnused => endpoints::ALIAS_UNUSED,
            Self::LocalEndpoint => endpoints::LOCAL_ENDPOINT,
            Self::OtherEtcdsMember => endpoints::OTHER_ETCDS_MEMBER,
            Self::FrontAddress => endpoints::FRONT_ADDRESS,
            Self::FrontCertificate => endpoints::FRONT_CERTIFICATE,
            Self::FrontOneUser => endpoints::FRONT_ONE_USER,
            Self::FrontPerReader => endpoints::FRONT_PER_READER,
            Self::EndpointNobodys => endpoints::ENDPOINT_NOBODYS,
            Self::NoSuchAuthority => trust::NO_SUCH_AUTHORITY,
            Self::AuthorityCannotSign => trust::AUTHORITY_CANNOT_SIGN,
            Self::CommonName => trust::COMMON_NAME,
            Self::LinkUnproven => trust::LINK_UNPROVEN,
            Self::ServersUnknown => trust::SERVERS_UNKNOWN,
            Self::AuthorityReachesNothing => trust::AUTHORITY_REACHES_NOTHING,
            Self::FileUnreadable => trust::FILE_UNREADABLE,
            Self::NotACertificate => trust::NOT_A_CERTIFICATE,
            Self::Lifetimes => trust::LIFETIMES,
            Self::AuthorityUnfit => trust::AUTHORITY_UNFIT,
            Self::AuthorityEndsFirst => trust::AUTHORITY_ENDS_FIRST,
            Self::AuthorityEndsSoon => trust::AUTHORITY_ENDS_SOON,
            Self::CertificateEndsSoon => trust::CERTIFICATE_ENDS_SOON,
            Self::WeakAuthority => trust::WEAK_AUTHORITY,
            Self::KeyMismatch => trust::KEY_MISMATCH,
            Self::NotAKey => trust::NOT_A_KEY,
            Self::SubjectClash => trust::SUBJECT_CLASH,
            Self::KeyExposed => trust::KEY_EXPOSED,
            Self::AnchorTooWide => trust::ANCHOR_TOO_WIDE,
            Self::PrivilegedClient => trust::PRIVILEGED_CLIENT,
            Self::UnknownHelmUser => trust::UNKNOWN_HELM_USER,
            Self::ManyCredentials => trust::MANY_CREDENTIALS,
            Self::OwnClientsLockedOut => trust::OWN_CLIENTS_LOCKED_OUT,
            Self::OthersRoot => trust::OTHERS_ROOT,
            Self::ForeignBlock => trust::FOREIGN_BLOCK,
            Self::BlockUnseen => trust::BLOCK_UNSEEN,
            Self::KeyInMesh => trust::KEY_IN_MESH,
            Self::FaultPassed => trust::FAULT_PASSED,
            Self::HostLeftOut => trust::HOST_LEFT_OUT,
            Self::NoSuchCluster => references::NO_SUCH_CLUSTER,
            Self::LinkToItself => references::LINK_TO_ITSELF,
            Self::NoSuchCode => references::NO_SUCH_CODE,
            Self::AcceptsNothing => references::ACCEPTS_NOTHING,
            Self::NotAcceptable => references::NOT_ACCEPTABLE,
            Self::DuplicateMember => references::DUPLICATE_MEMBER,
            Self::ConfigDir => references::CONFIG_DIR,
            Self::LinkTwice => references::LINK_TWICE,
            Self::BadRuntime => references::BAD_RUNTIME,
            Self::Unlinked => references::UNLINKED,
            Self::OverrideUnused => references::OVERRIDE_UNUSED,
            Self::HostnameTwice => references::HOSTNAME_TWICE,
            Self::NowhereToWrite => references::NOWHERE_TO_WRITE,
            Self::OneAddress => references::ONE_ADDRESS,
            Self::AuthorityMissing => promises::AUTHORITY_MISSING,
            Self::ClusterLeaves => promises::CLUSTER_LEAVES,
            Self::IdentityChanged => promises::IDENTITY_CHANGED,
            Self::AuthorityChanged => promises::AUTHORITY_CHANGED,
            Self::LinkLost => promises::LINK_LOST,
            Self::OtherMesh => promises::OTHER_MESH,
            Self::RenewalDue => promises::RENEWAL_DUE,
            Self::RemovesNothing => promises::REMOVES_NOTHING,
            Self::CredentialsForgotten => promises::CREDENTIALS_FORGOTTEN,
            Self::LeafDamaged => promises::LEAF_DAMAGED,
            Self::AuthorityDamaged => promises::AUTHORITY_DAMAGED,
            Self::AuthorityKeyGone => promises::AUTHORITY_KEY_GONE,
            Self::LeafNotYetValid => promises::LEAF_NOT_YET_VALID,
            Self::AuthorityNotYetValid => promises::AUTHORITY_NOT_YET_VALID,
            Self::PeerAuthorityChanged => promises::PEER_AUTHORITY_CHANGED,
            Self::PhantomPeer => files::PHANTOM_PEER,
            Self::RefusedPeer => files::REFUSED_PEER,
            Self::OwnPeer => files::OWN_PEER,
            Self::UnseenPeer => files::UNSEEN_PEER,
            Self::Stranger => files::STRANGER,
            Self::FileMissing => files::FILE_MISSING,
            Self::OthersWrite => files::OTHERS_WRITE,
            Self::NoPeers => files::NO_PEERS,
            Self::FolderMissing => files::FOLDER_MISSING,
            Self::ConfigBroken => files::CONFIG_BROKEN,
            Self::DurationInWords => files::DURATION_IN_WORDS,
            Self::CaFileIgnored => files::CA_FILE_IGNORED,
            Self::KeyIgnored => files::KEY_IGNORED,
            Self::NoAnchors => files::NO_ANCHORS,
            Self::NoClientCertificate => files::NO_CLIENT_CERTIFICATE,
            Self::WithoutTls => files::WITHOUT_TLS,
            Self::PasswordFirst => files::PASSWORD_FIRST,
            Self::RelativePath => files::RELATIVE_PATH,
            Self::AutoSync => files::AUTO_SYNC,
            Self::OverrideUnread => files::OVERRIDE_UNREAD,
            Self::NotValidNow => files::NOT_VALID_NOW,
            Self::EndsSoon => files::ENDS_SOON,
            Self::WrongUsage => files::WRONG_USAGE,
            Self::ChainBroken => files::CHAIN_BROKEN,
            Self::WeakCertificate => files::WEAK_CERTIFICATE,
            Self::ArchiveDamaged => files::ARCHIVE_DAMAGED,
            Self::NotCanonical => files::NOT_CANONICAL,
            Self::BytesBeside => files::BYTES_BESIDE,
            Self::HostileEntry => files::HOSTILE_ENTRY,
            Self::TooMuch => files::TOO_MUCH,
            Self::SumWrong => files::SUM_WRONG,
            Self::SumMissing => files::SUM_MISSING,
            Self::ManifestWrong => files::MANIFEST_WRONG,
            Self::OptionsDiffer => files::OPTIONS_DIFFER,
            Self::LinkMissing => files::LINK_MISSING,
            Self::LinkExtra => files::LINK_EXTRA,
            Self::LinkStale => files::LINK_STALE,
            Self::CaFileRefused => files::CA_FILE_REFUSED,
            Self::TrustsNothing => files::TRUSTS_NOTHING,
            Self::ChainUnreadable => files::CHAIN_UNREADABLE,
            Self::AnchorsChanged => files::ANCHORS_CHANGED,
            Self::CertificateRefused => files::CERTIFICATE_REFUSED,
            Self::LinkUnjudged => files::LINK_UNJUDGED,
            Self::NameUnknown => links::NAME_UNKNOWN,
            Self::ConnectionRefused => links::CONNECTION_REFUSED,
            Self::NoAnswer => links::NO_ANSWER,
            Self::NoTls => links::NO_TLS,
            Self::ServerUntrusted => links::SERVER_UNTRUSTED,
            Self::ServerName => links::SERVER_NAME,
            Self::ServerNotValidNow => links::SERVER_NOT_VALID_NOW,
            Self::ServerUnfit => links::SERVER_UNFIT,
            Self::ClientNotValidNow => links::CLIENT_NOT_VALID_NOW,
            Self::ClientUntrusted => links::CLIENT_UNTRUSTED,
            Self::ClientMissing => links::CLIENT_MISSING,
            Self::PermissionDenied => links::PERMISSION_DENIED,
            Self::HeartbeatOneKey => links::HEARTBEAT_ONE_KEY,
            Self::RangeDenied => links::RANGE_DENIED,
            Self::ClusterConfigMissing => links::CLUSTER_CONFIG_MISSING,
            Self::ClusterConfigWrong => links::CLUSTER_CONFIG_WRONG,
            Self::CanariesMissing => links::CANARIES_MISSING,
            Self::HeartbeatStale => links::HEARTBEAT_STALE,
            Self::SeveralEtcds => links::SEVERAL_ETCDS,
            Self::NotEtcd => links::NOT_ETCD,
            Self::EtcdUnwell => links::ETCD_UNWELL,
            Self::ClockDiffers => links::CLOCK_DIFFERS,
            Self::SlowLink => links::SLOW_LINK,
            Self::LinkWentAway => links::LINK_WENT_AWAY,
            Self::NothingToProbe => links::NOTHING_TO_PROBE,
            Self::CannotTry => links::CANNOT_TRY,
            Self::HeartbeatUnknown => links::HEARTBEAT_UNKNOWN,
            Self::NothingInCommon => links::NOTHING_IN_COMMON,
            Self::NoCertificateAsked => links::NO_CERTIFICATE_ASKED,
            Self::LargePacketsLost => links::LARGE_PACKETS_LOST,
            Self::ProxyWatches => links::PROXY_WATCHES,
        }
    }
}
