//! The catalogue: of every code its severity, whether it may be accepted, and why it exists.
//!
//! The whole story of a code, with the wrong and the right, is in `docs/codes/`; here is what its findings need.

use super::{Code, Severity};

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

/// An error that may be accepted: it is about the owner's network, which the owner knows better.
const fn mine(id: &'static str, title: &'static str, why: &'static str) -> Entry {
    Entry { acceptable: true, ..error(id, title, why) }
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
                "agents from 1.17 on do not start with it, and do not connect to it (pkg/clustermesh/types/types.go)",
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
                "0 turns the mesh off, ids above the mesh's maximum are refused (pkg/clustermesh/types/types.go)",
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

            Self::EniId => mine(
                "CM0113",
                "an id that this datapath mishandles",
                "bit 7 of the id collides with a mark of ENI, AlibabaCloud and aws-cni datapaths (cilium/cilium#21330)",
            ),
            Self::NodeNameShared => mine(
                "CM0114",
                "one node name in two clusters with WireGuard",
                "agents before 1.14 keep WireGuard keys by the node's bare name: one replaces the other (cilium/cilium#24785)",
            ),
            Self::VersionSkew => mine(
                "CM0115",
                "versions too far apart on a link",
                "Cilium supports one minor version of difference between linked clusters (network/clustermesh/setup.rst in its documentation)",
            ),
            Self::PolicyMeaning => warning(
                "CM0116",
                "policies that mean something else in some clusters",
                "a policy that names no cluster selects every cluster up to 1.18, and only the own one from 1.19 on",
            ),
            Self::SettingIgnored => {
                warning("CM0117", "a setting that this version ignores", "its agents behave as if it were not there")
            }
            Self::WithoutKubernetes => warning(
                "CM0118",
                "identities that peers drop",
                "since 1.16 agents drop identities without the label `k8s:io.cilium.k8s.policy.cluster`, which only Kubernetes sets",
            ),
            Self::BadCidr => error("CM0201", "not a CIDR", "ranges are written as `10.60.0.0/16` or `fd00:60::/48`"),
            Self::BadAddress => error("CM0202", "not an IP address", "addresses become SANs and hosts entries"),

            Self::PodCidrOverlap => mine(
                "CM0203",
                "pods of two clusters share addresses",
                "agents keep one owner for an address: traffic and policy go to whichever cluster was heard of last",
            ),
            Self::PodNodeOverlap => mine(
                "CM0204",
                "pods and nodes share addresses",
                "agents keep one owner for an address, and the route to the pods takes the nodes' traffic",
            ),
            Self::ServiceCidrOverlap => warning(
                "CM0205",
                "services share addresses with another cluster",
                "Cilium does not mind, but such a ClusterIP can never be reached from the other cluster",
            ),
            Self::ServiceInside => mine(
                "CM0206",
                "services share addresses with their own pods or nodes",
                "a pod or node with the address of a service cannot be reached: the service takes its traffic",
            ),
            Self::DefaultPool => warning(
                "CM0207",
                "two clusters may share the default pool",
                "without a range of its own, `cluster-pool` hands out 10.0.0.0/8 (clusterPoolIPv4PodCIDRList in Helm's values)",
            ),
            Self::HostBits => {
                told("CM0208", "a range that starts inside itself", "one of address and length is not what was meant")
            }
            Self::NodeAddressTwice => mine(
                "CM0209",
                "two nodes with one address",
                "nodes must have addresses of their own over the whole mesh: tunnels and health checks go by them",
            ),
            Self::NodeOutside => warning(
                "CM0210",
                "a node outside its cluster's ranges",
                "one of the two is wrong, and firewalls go by the ranges",
            ),
            Self::NativeRoutingUncovered => warning(
                "CM0211",
                "native routing that does not cover all pods",
                "traffic to pods outside the native routing CIDR is masqueraded, so their policies see a node and not a pod",
            ),
            Self::FamilyMissing => warning(
                "CM0212",
                "an address family that one side of a link lacks",
                "pods of that family have nobody to talk to at the other side",
            ),
            Self::DatapathDiffers => mine(
                "CM0213",
                "datapaths that differ over a link",
                "all clusters of a mesh must move packets the same way: the other side drops what comes another way",
            ),
            Self::EncryptionDiffers => mine(
                "CM0214",
                "encryption that differs over a link",
                "encryption must be the same in all clusters of a mesh: mixed modes are not supported",
            ),
            Self::NoEndpoints => error("CM0301", "no endpoints", "agents answer `no available endpoints`"),
            Self::BadEndpoint => error(
                "CM0302",
                "not a full endpoint",
                "etcd's client takes it as it stands, adds neither scheme nor port, and agents wait without a word",
            ),
            Self::MixedSchemes => error(
                "CM0303",
                "http and https in one list",
                "the agent shuffles the list and takes its TLS settings from the first: it works at random",
            ),
            Self::BadHost => error("CM0304", "not a host name", "it becomes a SAN, a hosts entry and a dial target"),

            Self::SharedEndpoint => mine(
                "CM0305",
                "one endpoint for two clusters",
                "an etcd holds one cluster: agents would look in it for the other's `cilium/cluster-config` in vain",
            ),
            Self::EndpointTwice => {
                told("CM0306", "an endpoint that stands twice", "a typing error hides a member that is not listed")
            }
            Self::AliasHidesHosts => warning(
                "CM0307",
                "aliases for agents that do not read them",
                "`cilium-host-aliases` is known from 1.20 on; before, the name must stand in the hosts file that the agent sees",
            ),
            Self::NameUnresolved => warning(
                "CM0308",
                "a name that nobody resolves",
                "outside Kubernetes no DNS knows it, and agents wait for it without a word",
            ),
            Self::AliasUnused => {
                told("CM0309", "an alias that no endpoint uses", "the name in the endpoint is probably another one")
            }
            Self::LocalEndpoint => warning(
                "CM0310",
                "an endpoint that is another machine on every node",
                "loopback, unspecified and link-local addresses lead every agent to its own host or link",
            ),
            Self::OtherEtcdsMember => mine(
                "CM0311",
                "endpoints of different etcds in one list",
                "agents pin the id of the etcd cluster that they reach, and reconnect for ever when it changes (since 1.16)",
            ),
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
            Self::ServersUnknown => warning(
                "CM0405",
                "a link that cannot be proven",
                "whether agents would accept its servers shows only once they dial",
            ),
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

            Self::AuthorityEndsFirst => warning(
                "CM0411",
                "an authority that ends before what it would sign",
                "a leaf ends before its authority: its lifetime is cut",
            ),
            Self::AuthorityEndsSoon => {
                warning("CM0412", "an authority that ends soon", "when it ends, every link that anchors on it ends at once")
            }
            Self::CertificateEndsSoon => warning(
                "CM0413",
                "a certificate from elsewhere that ends soon",
                "meshbundle cannot renew it, and agents stay silent about it for 15 minutes",
            ),
            Self::WeakAuthority => warning(
                "CM0414",
                "an authority that is weak",
                "Go refuses SHA-1 signatures, and RSA below 2048 bits can be broken",
            ),
            Self::KeyMismatch => {
                error("CM0415", "a key that belongs to another certificate", "nobody would accept what it signs, or shows")
            }
            Self::NotAKey => error("CM0416", "not a private key", "the file holds something else, or a form that cannot be read"),
            Self::SubjectClash => warning(
                "CM0417",
                "two anchors with one subject",
                "issuers are looked up by subject: which of the two is tried first differs by implementation",
            ),
            Self::KeyExposed => warning("CM0418", "a key that others can read", "whoever has it can sign, or dial, as its owner"),
            Self::AnchorTooWide => warning(
                "CM0419",
                "an anchor that lets in more than it should",
                "an etcd lets in whatever chains to its anchors: an intermediate's root lets in its siblings' clients, too",
            ),
            Self::PrivilegedClient => warning(
                "CM0420",
                "a credential that may do everything",
                "the common name is the etcd user, and agents of other clusters need only read a few ranges",
            ),
            Self::UnknownHelmUser => warning(
                "CM0421",
                "a user that a Helm cluster does not know",
                "the etcd that Helm makes has the users `remote` and `remote-<cluster>`; any other gets `permission denied`",
            ),
            Self::ManyCredentials => warning(
                "CM0422",
                "very many credentials",
                "`{node}` makes one for each node of each reader, and each is an etcd user to be made and renewed",
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

            Self::LinkTwice => {
                told("CM0508", "a link that stands twice", "a pair means both directions: the second says nothing")
            }
            Self::BadRuntime => error("CM0509", "not a usable runtime", "its words become file names and keys"),

            Self::Unlinked => warning("CM0510", "a cluster without links", "nobody reads it and it reads nobody"),
            Self::OverrideUnused => told("CM0511", "endpoints for a cluster that does not read them", "the entry does nothing"),
            Self::HostnameTwice => error(
                "CM0512",
                "two nodes of a cluster with one host name",
                "a bundle is known by the host that it is for: it would be taken for the other's",
            ),
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
}
