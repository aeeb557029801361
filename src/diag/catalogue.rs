//! The catalogue: each code is declared here, once. Its page is `docs/codes/ID.md`.
//!
//! Codes are never given another meaning, and their ids are never used again.

use super::Severity;

/// What the catalogue says about a code.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueEntry {
    /// `CM0101` and so on.
    pub id: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// Whether `accept` may silence it: never for what makes files wrong.
    pub acceptable: bool,
    /// What it means, in a few words.
    pub title: &'static str,
    /// Why Cilium, etcd or the owner cares.
    pub why: &'static str,
    /// Whether an error keeps agents from dialling at all, from trusting any server, or lets them connect only at random. Other
    /// errors show at the other end.
    pub blocks_reading: bool,
    /// Whether the archive may have been made to do harm: nothing in it is used.
    pub hostile_input: bool,
    /// The page about it, in Markdown: what it means, why Cilium or etcd cares, wrong and right.
    pub page: &'static str,
}

/// The words of the table below.
impl CatalogueEntry {
    const fn new(id: &'static str, severity: Severity, title: &'static str, why: &'static str, page: &'static str) -> Self {
        Self { id, severity, acceptable: false, title, why, blocks_reading: false, hostile_input: false, page }
    }

    /// Files would be wrong, or an agent or an etcd would refuse.
    const fn error(id: &'static str, title: &'static str, why: &'static str, page: &'static str) -> Self {
        Self::new(id, Severity::Error, title, why, page)
    }

    /// An error about the owner's network, which the owner knows better.
    const fn debatable(id: &'static str, title: &'static str, why: &'static str, page: &'static str) -> Self {
        Self { acceptable: true, ..Self::error(id, title, why, page) }
    }

    /// Works, and deserves a look.
    const fn warning(id: &'static str, title: &'static str, why: &'static str, page: &'static str) -> Self {
        Self { acceptable: true, ..Self::transient(id, title, why, page) }
    }

    /// A warning that goes away once it is heeded, so that accepting it would only hide the next one.
    const fn transient(id: &'static str, title: &'static str, why: &'static str, page: &'static str) -> Self {
        Self::new(id, Severity::Warning, title, why, page)
    }

    const fn blocks(self) -> Self {
        Self { blocks_reading: true, ..self }
    }

    const fn hostile(self) -> Self {
        Self { hostile_input: true, ..self }
    }
}

/// Makes the enum, its list and its entries from one table, so that a code cannot be in one and not in the others.
macro_rules! codes {
    ($($name:ident = $id:literal $class:ident $($flag:ident)*, $title:literal, $why:literal;)*) => {
        /// The kind of a finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $id, "`")] $name,)*
        }

        /// Every code, in the order of the catalogue.
        pub const CATALOGUE: &[Code] = &[$(Code::$name),*];

        impl Code {
            /// The catalogue's entry.
            pub const fn entry(self) -> CatalogueEntry {
                match self {
                    $(Self::$name => {
                        let page = include_str!(concat!("../../docs/codes/", $id, ".md"));
                        CatalogueEntry::$class($id, $title, $why, page)$(.$flag())*
                    })*
                }
            }
        }
    };
}

codes! {
    // 00xx: the form of a file.
    Syntax = "CM0001" error, "the file is not YAML",
        "nothing else can be checked before this is mended";
    UnknownField = "CM0002" error, "unknown field",
        "a misspelt field would silently do nothing";
    DuplicateKey = "CM0003" error, "a key stands twice",
        "which of the two counts differs by parser";
    WrongType = "CM0004" error, "a value of the wrong type",
        "it cannot be meant";
    MissingField = "CM0005" error, "a required field is missing",
        "there is no safe guess for it";
    UnknownValue = "CM0006" error, "a word that is not one of the known ones",
        "it cannot be meant";
    BadDuration = "CM0007" error, "not a duration",
        "durations are `10y`, `90d` or `12h`; a year has 365 days";
    UnsafePath = "CM0008" error, "not a usable path or name",
        "it would leave its folder, or break a file that it is written into";

    // 01xx: names, ids and versions.
    ClusterName = "CM0101" error, "not a cluster name",
        "agents from 1.17 on do not start with it, and do not connect to it (pkg/clustermesh/types/types.go)";
    ReservedName = "CM0102" error, "the cluster name `default` is reserved",
        "agents refuse to start with it when an id is set (pkg/clustermesh/types/option.go)";
    DuplicateName = "CM0103" error, "two clusters with one name",
        "the name is the file name and the etcd key prefix of a cluster";
    ClusterId = "CM0104" error, "not a usable cluster id",
        "0 turns the mesh off, ids above the mesh's maximum are refused (pkg/clustermesh/types/types.go)";
    DuplicateId = "CM0105" error, "two clusters with one id",
        "agents refuse the second one that they see: `clusterID is already used`";
    MaxConnectedClusters = "CM0106" error, "not a usable maxConnectedClusters",
        "it is 255, or 511 from 1.15 on, and the same in the whole mesh: it decides how many bits of an identity name the cluster";
    UnsupportedVersion = "CM0107" error, "a Cilium version that is not supported",
        "before 1.14 agents reload and trust by other rules";
    NewerVersion = "CM0108" warning, "a Cilium version newer than the newest release known here",
        "its options and rules may have changed";
    NodeName = "CM0109" error, "not a node name",
        "it names folders, archives and certificates: a DNS label (RFC 1123)";
    DuplicateNode = "CM0110" error, "two nodes with one name in a cluster",
        "one archive would replace the other";
    NodeRange = "CM0111" error, "not a node range",
        "ranges are written as Ansible has them: `edge[01:40]`";
    VersionLacksOption = "CM0112" error, "an option that this Cilium version does not know",
        "an unknown flag on the command line kills the agent";
    EniId = "CM0113" debatable, "an id that this datapath mishandles",
        "bit 7 of the id collides with a mark of ENI, AlibabaCloud and aws-cni datapaths (cilium/cilium#21330)";
    NodeNameShared = "CM0114" debatable, "one node name in two clusters with WireGuard",
        "agents before 1.14 keep WireGuard keys by the node's bare name: one replaces the other (cilium/cilium#24785)";
    VersionSkew = "CM0115" debatable, "versions too far apart on a link",
        "Cilium supports one minor version of difference between linked clusters (network/clustermesh/setup.rst in its documentation)";
    PolicyMeaning = "CM0116" warning, "policies that mean something else in some clusters",
        "a policy that names no cluster selects every cluster up to 1.18, and only the own one from 1.19 on";
    SettingIgnored = "CM0117" warning, "a setting that this version ignores",
        "its agents behave as if it were not there";
    WithoutKubernetes = "CM0118" warning, "identities that peers drop",
        "since 1.16 agents drop identities without the label `k8s:io.cilium.k8s.policy.cluster`, which only Kubernetes sets";
    DockerPluginRemoved = "CM0119" warning, "agents to which Docker attaches no containers",
        "up to 1.19 `cilium-docker` attached Docker's containers to an agent without Kubernetes; from 1.20 on only `cilium-cni` is left (cilium/cilium#46489)";

    // 02xx: addresses.
    BadCidr = "CM0201" error, "not a CIDR",
        "ranges are written as `10.60.0.0/16` or `fd00:60::/48`";
    BadAddress = "CM0202" error, "not an IP address",
        "addresses become SANs and hosts entries";
    PodCidrOverlap = "CM0203" debatable, "pods of two clusters share addresses",
        "agents keep one owner for an address: traffic and policy go to whichever cluster was heard of last";
    PodNodeOverlap = "CM0204" debatable, "pods and nodes share addresses",
        "agents keep one owner for an address, and the route to the pods takes the nodes' traffic";
    ServiceCidrOverlap = "CM0205" warning, "services share addresses with another cluster",
        "Cilium does not mind, but such a ClusterIP can never be reached from the other cluster";
    ServiceInside = "CM0206" debatable, "services share addresses with their own pods or nodes",
        "a pod or node with the address of a service cannot be reached: the service takes its traffic";
    DefaultPool = "CM0207" warning, "two clusters may share the default pool",
        "without a range of its own, `cluster-pool` hands out 10.0.0.0/8 (clusterPoolIPv4PodCIDRList in Helm's values)";
    HostBits = "CM0208" transient, "a range that starts inside itself",
        "one of address and length is not what was meant";
    NodeAddressTwice = "CM0209" debatable, "two nodes with one address",
        "nodes must have addresses of their own over the whole mesh: tunnels and health checks go by them";
    NodeOutside = "CM0210" warning, "a node outside its cluster's ranges",
        "one of the two is wrong, and firewalls go by the ranges";
    NativeRoutingUncovered = "CM0211" warning, "native routing that does not cover all pods",
        "traffic to pods outside the native routing CIDR is masqueraded, so their policies see a node and not a pod";
    FamilyMissing = "CM0212" warning, "an address family that one side of a link lacks",
        "pods of that family have nobody to talk to at the other side";
    DatapathDiffers = "CM0213" debatable, "datapaths that differ over a link",
        "all clusters of a mesh must move packets the same way: the other side drops what comes another way";
    EncryptionDiffers = "CM0214" debatable, "encryption that differs over a link",
        "encryption must be the same in all clusters of a mesh: mixed modes are not supported";

    // 03xx: endpoints.
    NoEndpoints = "CM0301" error blocks, "no endpoints",
        "agents answer `no available endpoints`";
    BadEndpoint = "CM0302" error, "not a full endpoint",
        "etcd's client takes it as it stands, adds neither scheme nor port, and agents wait without a word";
    // One decision on TLS for the whole list, by its first endpoint after it was shuffled (`shuffleEndpoints` in
    // pkg/kvstore/etcd.go of cilium/cilium).
    MixedSchemes = "CM0303" error blocks, "http and https in one list",
        "the agent shuffles the list and takes its TLS settings from the first: it works at random";
    BadHost = "CM0304" error, "not a host name",
        "it becomes a SAN, a hosts entry and a dial target";
    SharedEndpoint = "CM0305" debatable, "one endpoint for two clusters",
        "an etcd holds one cluster: agents would look in it for the other's `cilium/cluster-config` in vain";
    EndpointTwice = "CM0306" transient, "an endpoint that stands twice",
        "a typing error hides a member that is not listed";
    AliasHidesHosts = "CM0307" warning, "aliases for agents that do not read them",
        "`cilium-host-aliases` is known from 1.20 on; before, the name must stand in the hosts file that the agent sees";
    NameUnresolved = "CM0308" warning, "a name that nobody resolves",
        "outside Kubernetes no DNS knows it, and agents wait for it without a word";
    AliasUnused = "CM0309" transient, "an alias that no endpoint uses",
        "the name in the endpoint is probably another one";
    LocalEndpoint = "CM0310" warning, "an endpoint that is another machine on every node",
        "loopback, unspecified and link-local addresses lead every agent to its own host or link";
    OtherEtcdsMember = "CM0311" debatable, "endpoints of different etcds in one list",
        "agents pin the id of the etcd cluster that they reach, and reconnect for ever when it changes (since 1.16)";
    FrontAddress = "CM0312" error, "an address where a balancer routes by name",
        "for an address agents send no SNI, so the balancer does not know which etcd is meant";
    FrontCertificate = "CM0313" error, "a balancer whose certificate is not known, or does not count",
        "where a balancer ends TLS, agents see its certificate and never a member's; where it does not, they never see its own";
    FrontOneUser = "CM0314" warning, "a balancer that makes all readers one user",
        "etcd sees the certificate of the balancer that begins TLS again: all readers have its rights, and none can be shut out alone";
    FrontPerReader = "CM0315" error, "names per reader behind a balancer that ends TLS",
        "etcd never sees the readers' certificates, so users by their names are denied or never used";
    EndpointNobodys = "CM0316" warning, "an endpoint that is no member and no balancer",
        "nothing says what answers there: a typing error, or a balancer that has rules of its own";

    // 04xx: certificates and trust.
    NoSuchAuthority = "CM0401" error, "no such authority",
        "there is nothing to sign with or to trust";
    AuthorityCannotSign = "CM0402" error, "an authority that only trusts is asked to sign",
        "its key was not brought along";
    CommonName = "CM0403" error, "not a usable common name",
        "the common name of a client is its etcd user: X.509 allows 64 characters, and some users may do everything";
    LinkUnproven = "CM0404" error, "a link that cannot work",
        "one end would refuse the other's certificate, and agents stay silent about it for 15 minutes";
    ServersUnknown = "CM0405" warning, "a link that cannot be proven",
        "whether agents would accept its servers shows only once they dial";
    AuthorityReachesNothing = "CM0406" error, "an authority made here that reaches no etcd",
        "an etcd without members from here would never hear of it";
    FileUnreadable = "CM0407" error blocks, "a file that cannot be read",
        "the mesh names it";
    NotACertificate = "CM0408" error blocks, "not a certificate",
        "the file holds something else, or a damaged certificate";
    Lifetimes = "CM0409" error, "lifetimes that do not fit together",
        "a leaf ends before its authority, and is renewed before it ends";
    AuthorityUnfit = "CM0410" error, "an authority that Go does not accept",
        "agents and etcd verify with crypto/x509: CA flag, keyCertSign, path length, dates";
    AuthorityEndsFirst = "CM0411" warning, "an authority that ends before what it would sign",
        "a leaf ends before its authority: its lifetime is cut";
    AuthorityEndsSoon = "CM0412" warning, "an authority that ends soon",
        "when it ends, every link that anchors on it ends at once";
    CertificateEndsSoon = "CM0413" warning, "a certificate from elsewhere that ends soon",
        "meshbundle cannot renew it, and agents stay silent about it for 15 minutes";
    WeakAuthority = "CM0414" warning, "an authority that is weak",
        "Go refuses SHA-1 signatures, and RSA below 2048 bits can be broken";
    KeyMismatch = "CM0415" error blocks, "a key that belongs to another certificate",
        "nobody would accept what it signs, or shows";
    NotAKey = "CM0416" error blocks, "not a private key",
        "the file holds something else, or a form that cannot be read";
    SubjectClash = "CM0417" warning, "two anchors with one subject",
        "issuers are looked up by subject: which of the two is tried first differs by implementation";
    KeyExposed = "CM0418" warning, "a key that others can read",
        "whoever has it can sign, or dial, as its owner";
    AnchorTooWide = "CM0419" warning, "an anchor that lets in more than it should",
        "an etcd lets in whatever chains to its anchors: an intermediate's root lets in its siblings' clients, too";
    PrivilegedClient = "CM0420" warning, "a credential that may do everything",
        "the common name is the etcd user, and agents of other clusters need only read a few ranges";
    UnknownHelmUser = "CM0421" warning, "a user that a Helm cluster does not know",
        "the etcd that Helm makes has the users `remote-<cluster>`, and `remote` unless its authMode is `cluster-strict` (1.21); any other gets `permission denied`";
    ManyCredentials = "CM0422" warning, "very many credentials",
        "`{node}` makes one for each node of each reader, and each is an etcd user to be made and renewed";
    OwnClientsLockedOut = "CM0423" warning, "own clients that would be locked out",
        "a member lets in whom the authorities in its `client-ca.crt` have signed, and nobody else";
    OthersRoot = "CM0424" warning, "an administrator that other etcds would take for theirs",
        "every etcd's administrator is called `root`, and an etcd lets in whomever an authority has signed that it trusts";
    ForeignBlock = "CM0425" transient, "a CA's file with something else in it",
        "meshbundle skips it; etcd and agents take every block of a `trusted-ca-file` for a certificate, and could not load this file";
    BlockUnseen = "CM0426" transient, "a block that Go does not see",
        "Go's `encoding/pem` passes over what is not exactly a block, without an error: to etcd and agents it is not there";
    KeyInMesh = "CM0427" transient, "a private key in the mesh",
        "the mesh is read, copied and kept under version control by people who need no key";
    FaultPassed = "CM0428" warning, "a certificate with a fault that Go passes over",
        "a handshake by Go's rules can succeed all the same; other programs, or the next change, may stumble over it";
    HostLeftOut = "CM0429" warning, "a host that a server certificate leaves out",
        "Go compares the host that it dials with the SANs of the certificate that it meets there, and with nothing else";

    // 05xx: references and delivery.
    NoSuchCluster = "CM0501" error, "no such cluster",
        "a link or an override names it";
    LinkToItself = "CM0502" error, "a link of a cluster to itself",
        "agents skip the file that has their own cluster's name";
    NoSuchCode = "CM0503" error, "no such code",
        "`accept` names it";
    AcceptsNothing = "CM0504" transient, "`accept` matches nothing",
        "what it was for is gone, and it would hide the next one";
    NotAcceptable = "CM0505" error, "a finding that cannot be accepted",
        "it is about files that would be wrong, not about the owner's network";
    DuplicateMember = "CM0506" error, "two members with one name",
        "one archive would replace the other";
    ConfigDir = "CM0507" error, "not a usable configDir",
        "only peer files may stand in it, and nothing else may live there";
    LinkTwice = "CM0508" transient, "a link that stands twice",
        "a pair means both directions: the second says nothing";
    BadRuntime = "CM0509" error, "not a usable runtime",
        "its words become file names and keys";
    Unlinked = "CM0510" warning, "a cluster without links",
        "nobody reads it and it reads nobody";
    OverrideUnused = "CM0511" transient, "endpoints for a cluster that does not read them",
        "the entry does nothing";
    HostnameTwice = "CM0512" error, "two nodes of a cluster with one host name",
        "a bundle is known by the host that it is for: it would be taken for the other's";
    NowhereToWrite = "CM0513" error, "files without a bundle",
        "it asks for files, and no bundle of this cluster would hold them";
    OneAddress = "CM0514" warning, "a name with several addresses under docker-compose",
        "when it merges `extra_hosts` of two files, docker-compose 1 keeps the last address of each name";

    // 06xx: what a change would break.
    AuthorityMissing = "CM0601" error, "an authority that nobody has",
        "meshbundle never makes an authority unless told so";
    ClusterLeaves = "CM0602" error, "a cluster that was issued is gone from the mesh",
        "meshbundle never removes a link unless told so: agents would drain all nodes and services of that cluster";
    IdentityChanged = "CM0603" error, "the name or id of a cluster that was issued has changed",
        "all workloads of a running cluster must restart after it, and its peers refuse it meanwhile";
    AuthorityChanged = "CM0604" error, "trust would change in one step",
        "until every end has the new files, ends with old and new files would refuse each other";
    LinkLost = "CM0605" error, "a link that was issued is gone from the mesh",
        "meshbundle never removes a link unless told so: agents would drain all nodes and services of that cluster";
    OtherMesh = "CM0606" error, "the state belongs to another mesh",
        "its authorities and identities are not this mesh's";
    RenewalDue = "CM0607" transient, "certificates that end soon",
        "they are kept until you say `--renew`";
    RemovesNothing = "CM0608" error, "`--remove` removes nothing",
        "a typing error would go unseen until the day it fits";
    CredentialsForgotten = "CM0609" error, "credentials that were issued would be forgotten",
        "their users still show them: nobody would renew them, and the key of an etcd's administrator would be lost";
    LeafDamaged = "CM0610" error, "a certificate of the state is missing or damaged",
        "an archive with it would replace a good one, and agents or etcd would refuse it";
    AuthorityDamaged = "CM0611" error, "a CA of the state is missing or damaged",
        "everything that was shipped trusts this CA; what is signed without it is refused everywhere";
    AuthorityKeyGone = "CM0612" transient, "the key of a CA is missing or damaged",
        "nothing has to be signed with it in this run; the next certificate that it must sign cannot be issued";
    LeafNotYetValid = "CM0613" error, "certificates that are not valid yet",
        "agents and etcd refuse them until then, as they refuse expired ones";
    AuthorityNotYetValid = "CM0614" error, "a CA that is not valid yet",
        "agents and etcd refuse everything that it has signed until then";
    PeerAuthorityChanged = "CM0615" error, "the CA of an etcd's peers would change",
        "members with old and new files refuse each other while they restart, and the etcd loses its quorum";

    // 07xx: clustermesh directories, bundles and archives.
    PhantomPeer = "CM0701" error, "a file that agents take for a cluster",
        "every file whose bytes contain `endpoints:` is a cluster called like the file (pkg/clustermesh/common/config.go)";
    RefusedPeer = "CM0702" error blocks, "a peer whose name agents refuse",
        "the name of the file is the name of the cluster, and agents from 1.17 on connect to proper names only";
    OwnPeer = "CM0703" transient, "a config for the agents' own cluster",
        "agents skip the file that is called like their own cluster";
    UnseenPeer = "CM0704" error, "a config that agents do not see",
        "a file counts only if its bytes contain `endpoints:`, with no quote or space between (pkg/clustermesh/common/config.go)";
    Stranger = "CM0705" transient, "a file that no link uses",
        "only configs and what they name belong into a folder that agents watch";
    FileMissing = "CM0706" error blocks, "a file that a config names is not there",
        "agents wait for it, try again every 5 s, and say so at level info only (newClient in pkg/kvstore/etcd.go)";
    OthersWrite = "CM0707" transient, "a file that others can write",
        "whoever writes it decides whom agents connect to, and whom they trust";
    NoPeers = "CM0708" transient, "a folder without a peer",
        "its agents are connected to no cluster";
    FolderMissing = "CM0709" error, "the folder of peers is not there",
        "agents do not start without the folder that `clustermesh-config` names (pkg/clustermesh/common/clustermesh.go)";
    ConfigBroken = "CM0711" error blocks, "a config that agents cannot read",
        "they try again for ever, with a warning that names no line";
    DurationInWords = "CM0712" error blocks, "a duration in words",
        "etcd's client reads durations as whole nanoseconds: `5s` makes it refuse the whole file (client/v3/yaml)";
    CaFileIgnored = "CM0713" error blocks, "`ca-file` is ignored",
        "agents from 1.17 on know only `trusted-ca-file` (commit f101330bbbd in cilium/cilium), and trust the system's roots without a word";
    KeyIgnored = "CM0714" transient, "a key that nobody reads",
        "etcd's client passes over keys that it does not know, without a word";
    NoAnchors = "CM0715" error, "a config without an anchor",
        "without `trusted-ca-file` the system's roots are trusted, and they have not signed an etcd of a mesh";
    NoClientCertificate = "CM0716" error, "a config without a client certificate",
        "`cert-file` and `key-file` count only together (client/v3/yaml), and an etcd of a mesh knows its readers by certificate";
    WithoutTls = "CM0717" transient, "a link without the protection of TLS",
        "whoever stands between reads and writes what agents believe of the other cluster";
    PasswordFirst = "CM0718" transient, "a password that outranks the certificate",
        "a token of `username` and `password` counts before the certificate's common name (etcd's CHANGELOG-3.3)";
    RelativePath = "CM0719" transient, "a path that depends on where the agent was started",
        "relative paths start at the agent's working directory";
    AutoSync = "CM0720" transient, "an option that follows addresses out of the mesh",
        "`auto-sync-interval` makes the client dial whatever addresses the members advertise, not the ones that are listed";
    OverrideUnread = "CM0721" transient, "an override that compose does not read",
        "without it agents are started with no name, no id and no folder of peers, and compose says nothing";
    NotValidNow = "CM0731" error, "a certificate that is not valid now",
        "the other end refuses it, and agents stay silent about it for 15 minutes";
    EndsSoon = "CM0732" transient, "a certificate that ends soon",
        "once it has ended, no new connection is made with it";
    WrongUsage = "CM0733" error, "a certificate for another use",
        "extended key usages are binding (RFC 5280 4.2.1.12): Go refuses the chain";
    ChainBroken = "CM0734" transient, "certificates that make no chain",
        "whether the other end finds a chain depends on what it trusts: Go tries every certificate that is sent, in any order";
    WeakCertificate = "CM0735" transient, "a certificate that is weak",
        "Go refuses SHA-1 signatures, and RSA below 2048 bits can be broken";
    ArchiveDamaged = "CM0741" error hostile, "a damaged archive",
        "what is in it cannot be trusted to be what was written";
    NotCanonical = "CM0742" error, "an archive that was written otherwise",
        "the same mesh and state give the same bytes: whatever differs was changed, or packed by something else";
    BytesBeside = "CM0743" error hostile, "bytes before or after the archive",
        "readers disagree on what they are: some read on, some stop, some refuse";
    HostileEntry = "CM0744" error hostile, "an entry that has no place in a bundle",
        "unpacked by a careless tool it would write, link or hide somewhere else";
    TooMuch = "CM0745" error hostile, "a bundle or a config that is too large",
        "it would fill memory or disk";
    SumWrong = "CM0746" error, "a file that is not what SHA256SUMS says",
        "it was damaged or changed after the bundle was made";
    SumMissing = "CM0747" error, "SHA256SUMS and the files do not list the same",
        "a file that no sum covers can be anything";
    ManifestWrong = "CM0748" error, "a manifest that does not fit its bundle",
        "installers go by the manifest";
    OptionsDiffer = "CM0749" error, "options that contradict one another",
        "which of the forms an agent gets depends on how it is started";
    LinkMissing = "CM0751" error, "a link of the mesh that the bundle lacks",
        "its agents never hear of that cluster";
    LinkExtra = "CM0752" error, "a link that the mesh does not have",
        "its agents go on talking to a cluster that nobody expects there";
    LinkStale = "CM0753" error, "a link that says other than the mesh",
        "its agents dial, or expect, what is no longer there";
    CaFileRefused = "CM0756" error blocks, "a CA file that etcd and agents cannot load",
        "they take every block of it for a certificate: with one that is none, an etcd does not start, and agents do not connect";
    TrustsNothing = "CM0757" error blocks, "a CA file without a certificate",
        "etcd's code finds no error in that, and trusts nothing: every handshake fails, and the file is not named in any log";
    ChainUnreadable = "CM0758" error, "a certificate that the other end cannot read",
        "only the first certificate of a file is parsed by its holder; the rest is sent as it is, and the other end ends the handshake";
    AnchorsChanged = "CM0760" transient, "CAs that running agents have not read",
        "agents read their CA file when they connect, and connect again only when the bytes of the config change";
    CertificateRefused = "CM0761" error, "a certificate that Go refuses whatever signs it",
        "crypto/x509 and crypto/tls reject it before they look for its CA";
    LinkUnjudged = "CM0762" transient, "a link that this program cannot judge",
        "Go can check this signature, and this program cannot: the link may well work";

    // 08xx: live links.
    NameUnknown = "CM0801" error, "a name that does not resolve",
        "agents try again for ever, and say nothing for 15 minutes";
    ConnectionRefused = "CM0802" error, "nothing listens there",
        "the host answers, but no etcd has that port";
    NoAnswer = "CM0803" error, "no answer in time",
        "a firewall drops the packets, the address is wrong, or the host is down";
    NoTls = "CM0804" error, "no TLS behind the endpoint",
        "the endpoint says `https`, and whoever listens there speaks something else";
    ServerUntrusted = "CM0805" error, "a server that the anchors do not vouch for",
        "agents break off the handshake and log nothing";
    ServerName = "CM0806" error, "a server certificate for another host",
        "Go compares the host of the endpoint with the certificate's SANs, and with nothing else";
    ServerNotValidNow = "CM0807" error, "a server certificate that is not valid now",
        "agents break off the handshake and log nothing";
    ServerUnfit = "CM0808" error, "a server certificate that Go refuses",
        "agents break off the handshake and log nothing";
    ClientNotValidNow = "CM0809" error, "a client certificate that is not valid now",
        "etcd refuses it; with TLS 1.3 the client hears of it only after its handshake is done";
    ClientUntrusted = "CM0810" error, "a client certificate that the etcd refuses",
        "etcd lets in whatever chains to its `trusted-ca-file`, and nothing else";
    ClientMissing = "CM0811" error, "an etcd that asks for a certificate, and a config without one",
        "etcd runs with `client-cert-auth`";
    PermissionDenied = "CM0812" error, "etcd denies everything",
        "etcd says the same of a user that it does not know and of one without a role";
    HeartbeatOneKey = "CM0813" error, "the heartbeat may be read as one key only",
        "agents list it as a prefix (pkg/kvstore/etcd.go): a grant of the single key is refused";
    RangeDenied = "CM0814" error, "a range that agents need is denied",
        "a link is ready only when nodes, services, identities and addresses have all been listed";
    ClusterConfigMissing = "CM0815" error, "the cluster does not announce itself",
        "since 1.16 agents wait for `cilium/cluster-config/<name>`, for ever (commit 92b02a45966 in cilium/cilium)";
    ClusterConfigWrong = "CM0816" error, "the cluster announces something else",
        "agents refuse a peer whose id is 0, taken, or too large for them (pkg/clustermesh/types/types.go)";
    CanariesMissing = "CM0817" error, "the cluster announces canaries that are not there",
        "with `syncedCanaries` agents wait for `cilium/synced/<name>/…` before the link is ready";
    HeartbeatStale = "CM0818" error, "no heartbeat",
        "without an event for two minutes agents tear the link down, connect again, and so on (pkg/kvstore/etcd.go)";
    SeveralEtcds = "CM0819" error, "endpoints of different etcds in one config",
        "agents pin the id of the etcd cluster that they reach, and reconnect for ever when it changes (since 1.16)";
    NotEtcd = "CM0820" error, "something else than etcd",
        "TLS is fine, but what answers does not speak etcd's gRPC";
    EtcdUnwell = "CM0821" error, "an etcd that does not serve",
        "without a leader nothing can be read";
    ClockDiffers = "CM0822" transient, "clocks that differ",
        "certificates start and end by the clock of whoever looks at them";
    SlowLink = "CM0823" transient, "a slow link",
        "agents give a status check 10 s and etcd's keepalive 25 s: what is slow now breaks under load";
    LinkWentAway = "CM0824" error, "a link that was ready and is not any more",
        "agents keep what they knew of the cluster, and hear of no change";
    NothingToProbe = "CM0825" error, "a link that cannot be tried",
        "what the agent would need is missing or broken on this side already";
    CannotTry = "CM0826" error, "undetermined: this program cannot try it",
        "agents use Go's TLS, which supports a little more than this program: neither the etcd nor the config is known to be wrong";
    HeartbeatUnknown = "CM0830" error, "a heartbeat of which nothing is known yet",
        "it may be written by a clock that differs, or have stopped a moment ago: agents go by events only";
    NothingInCommon = "CM0831" error, "nothing in common in TLS",
        "agents offer TLS 1.2 and 1.3, with what HTTP/2 allows of Go's cipher suites";
    NoCertificateAsked = "CM0832" transient, "an etcd that asks for no client certificate",
        "it cannot know who connects: any client that reaches it reads, and where authentication is off, writes";
    LargePacketsLost = "CM0833" error, "large packets are lost on the way",
        "a tunnel or a firewall takes less than this node's MTU and reports nothing: agents connect, and never get what they list";
    ProxyWatches = "CM0834" error, "a proxy that answers watches in its own name",
        "agents go by the id of the etcd cluster in every answer; a second agent behind the proxy gets one without it, and reconnects again and again";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CATALOGUE;

    #[test]
    fn codes_are_unique_and_in_order() {
        let ids: Vec<_> = CATALOGUE.iter().map(|code| code.as_str()).collect();
        let sorted: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids, sorted.into_iter().collect::<Vec<_>>());
    }
}
