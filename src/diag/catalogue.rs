//! The catalogue: each code is declared here, once. Its page is `docs/codes/ID.md`.
//!
//! Codes are never given another meaning, and their ids are never used again. A message is written where its rule is: search for the
//! variant of [`Code`].

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
        "nothing else can be checked until this is fixed";
    UnknownField = "CM0002" error, "unknown field",
        "a misspelt field would silently do nothing";
    DuplicateKey = "CM0003" error, "a duplicate key",
        "parsers differ on which of the two counts";
    WrongType = "CM0004" error, "a value of the wrong type",
        "meshbundle does not convert one type to another";
    MissingField = "CM0005" error, "a required field is missing",
        "there is no safe default for it";
    UnknownValue = "CM0006" error, "an unknown value",
        "the field has a fixed set of values";
    BadDuration = "CM0007" error, "not a duration",
        "durations are `10y`, `90d` or `12h`; a year has 365 days";
    UnsafePath = "CM0008" error, "an unusable path or name",
        "it would lead out of its folder, or break a file that contains it";

    // 01xx: names, ids and versions.
    ClusterName = "CM0101" error, "not a cluster name",
        "agents from 1.17 on do not start with such a name, and do not connect to such a cluster (pkg/clustermesh/types/types.go)";
    ReservedName = "CM0102" error, "the cluster name `default` is reserved",
        "agents refuse to start with it when an id is set (pkg/clustermesh/types/option.go)";
    DuplicateName = "CM0103" error, "two clusters with the same name",
        "the name of a cluster is its file name and its etcd key prefix";
    ClusterId = "CM0104" error, "an invalid cluster id",
        "0 turns the mesh off, and agents reject ids above the mesh's maximum (pkg/clustermesh/types/types.go)";
    DuplicateId = "CM0105" error, "two clusters with the same id",
        "agents reject the second one that they see: `clusterID is already used`";
    MaxConnectedClusters = "CM0106" error, "an invalid maxConnectedClusters",
        "it is 255, or 511 from 1.15 on, and the same in the whole mesh: it decides how many bits of an identity name the cluster";
    UnsupportedVersion = "CM0107" error, "a Cilium version that is not supported",
        "agents before 1.14 reload files and verify certificates by other rules";
    NewerVersion = "CM0108" warning, "a Cilium version newer than those that meshbundle knows",
        "its options and rules may have changed";
    NodeName = "CM0109" error, "not a node name",
        "it becomes the name of folders, archives and certificates, so it must be a DNS label (RFC 1123)";
    DuplicateNode = "CM0110" error, "two nodes of a cluster with the same name",
        "one archive would overwrite the other";
    NodeRange = "CM0111" error, "not a node range",
        "ranges are written as in Ansible: `edge[01:40]`";
    VersionLacksOption = "CM0112" error, "an option that this Cilium version does not know",
        "an agent does not start with a flag that it does not know";
    EniId = "CM0113" debatable, "an id that this datapath mishandles",
        "bit 7 of the id collides with a packet mark of the ENI, AlibabaCloud and aws-cni datapaths (cilium/cilium#21330)";
    NodeNameShared = "CM0114" debatable, "the same node name in two clusters with WireGuard",
        "agents before 1.14 store WireGuard keys under the node name without its cluster, so one key replaces the other (cilium/cilium#24785)";
    VersionSkew = "CM0115" debatable, "versions too far apart on a link",
        "Cilium supports one minor version of difference between linked clusters (network/clustermesh/setup.rst in its documentation)";
    PolicyMeaning = "CM0116" warning, "policies that differ in meaning between clusters",
        "a policy that names no cluster selects every cluster up to 1.18, and only the local cluster from 1.19 on";
    SettingIgnored = "CM0117" warning, "a setting that this version ignores",
        "agents of this version behave as if it were not set";
    WithoutKubernetes = "CM0118" warning, "identities that remote agents drop",
        "since 1.16 agents drop identities without the label `k8s:io.cilium.k8s.policy.cluster`, which only Kubernetes sets";
    DockerPluginRemoved = "CM0119" warning, "agents to which Docker cannot attach containers",
        "up to 1.19 `cilium-docker` attached Docker's containers to an agent without Kubernetes; from 1.20 on there is only `cilium-cni` (cilium/cilium#46489)";
    NameNotText = "CM0120" warning, "a cluster name that YAML does not read as text",
        "Cilium's chart writes names of clusters without quotes, and Kubernetes reads YAML 1.1: `no` becomes `false`, `010` becomes `8`";

    // 02xx: addresses.
    BadCidr = "CM0201" error, "not a CIDR",
        "ranges are written as `10.60.0.0/16` or `fd00:60::/48`";
    BadAddress = "CM0202" error, "not an IP address",
        "addresses become SANs and hosts entries";
    PodCidrOverlap = "CM0203" debatable, "pods of two clusters share addresses",
        "agents keep one owner for each address: traffic and policy follow the cluster that announced it last";
    PodNodeOverlap = "CM0204" debatable, "pods and nodes share addresses",
        "agents keep one owner for each address, and the route to the pods takes the nodes' traffic";
    ServiceCidrOverlap = "CM0205" warning, "services share addresses with another cluster",
        "Cilium allows it, but such a ClusterIP can never be reached from the other cluster";
    ServiceInside = "CM0206" debatable, "services share addresses with pods or nodes of their cluster",
        "a pod or node with the address of a service cannot be reached: the service takes its traffic";
    DefaultPool = "CM0207" warning, "two clusters may share the default pool",
        "for a cluster without ranges `cluster-pool` allocates from 10.0.0.0/8 (clusterPoolIPv4PodCIDRList in Helm's values)";
    HostBits = "CM0208" transient, "a range with host bits set",
        "either the address or the prefix length is not what was meant";
    NodeAddressTwice = "CM0209" debatable, "two nodes with the same address",
        "node addresses must be unique in the whole mesh: tunnels and health checks use them";
    NodeOutside = "CM0210" warning, "a node outside its cluster's ranges",
        "one of the two is wrong, and firewall rules are made for the ranges";
    NativeRoutingUncovered = "CM0211" warning, "native routing that does not cover all pods",
        "traffic to pods outside the native routing CIDR is masqueraded, so policies see a node instead of a pod";
    FamilyMissing = "CM0212" warning, "an address family that one side of a link lacks",
        "pods of that family can reach no pod on the other side";
    DatapathDiffers = "CM0213" debatable, "different datapaths on a link",
        "all clusters of a mesh must forward packets in the same way: each side drops what arrives in another way";
    EncryptionDiffers = "CM0214" debatable, "different encryption on a link",
        "encryption must be the same in all clusters of a mesh: mixed modes are not supported";

    // 03xx: endpoints.
    NoEndpoints = "CM0301" error blocks, "no endpoints",
        "agents report `no available endpoints`";
    BadEndpoint = "CM0302" error, "an incomplete endpoint",
        "etcd's client adds neither scheme nor port, and agents wait without a message";
    // One decision on TLS for the whole list, by its first endpoint after it was shuffled (`shuffleEndpoints` in
    // pkg/kvstore/etcd.go of cilium/cilium).
    MixedSchemes = "CM0303" error blocks, "http and https in one list",
        "the agent shuffles the list and takes its TLS settings from the first endpoint, so the link works at random";
    BadHost = "CM0304" error, "not a host name",
        "it becomes a SAN, a hosts entry and a dial target";
    SharedEndpoint = "CM0305" debatable, "one endpoint for two clusters",
        "an etcd holds one cluster: agents would not find the other's `cilium/cluster-config` in it";
    EndpointTwice = "CM0306" transient, "a duplicate endpoint",
        "one of the two may be a typing error for a member that the list lacks";
    AliasHidesHosts = "CM0307" warning, "aliases for agents that do not read them",
        "agents read `cilium-host-aliases` from 1.20 on; before, the name must be in the hosts file that the agent sees";
    NameUnresolved = "CM0308" warning, "a name that does not resolve outside Kubernetes",
        "only Kubernetes knows the name, and agents wait for it without a message";
    AliasUnused = "CM0309" transient, "an alias that no endpoint uses",
        "the endpoint probably uses another name";
    LocalEndpoint = "CM0310" warning, "an endpoint that is another machine on every node",
        "with loopback, unspecified and link-local addresses every agent dials its own host or link";
    OtherEtcdsMember = "CM0311" debatable, "endpoints of different etcds in one list",
        "since 1.16 agents pin the id of the etcd cluster that they reach, and reconnect endlessly when it changes";
    FrontAddress = "CM0312" error, "an address where a balancer routes by name",
        "agents send no SNI for an address, so the balancer does not know which etcd is meant";
    FrontCertificate = "CM0313" error, "a balancer whose certificate is missing, unfit or unused",
        "where a balancer terminates TLS, agents see its certificate and never a member's; where it passes TLS through, they never see the balancer's";
    FrontOneUser = "CM0314" warning, "a balancer that makes all readers one user",
        "a balancer that re-encrypts presents its own certificate to etcd: all readers have its rights, and none can be locked out alone";
    FrontPerReader = "CM0315" error, "names per reader behind a balancer that terminates TLS",
        "etcd never sees the readers' certificates, so users with their names are denied or never used";
    EndpointNobodys = "CM0316" warning, "an endpoint that is neither a member nor a balancer",
        "the mesh does not say what answers there: it may be a typing error, or a balancer, which has rules of its own";

    // 04xx: certificates and trust.
    NoSuchAuthority = "CM0401" error, "no such CA",
        "there is nothing to sign with or to trust";
    AuthorityCannotSign = "CM0402" error, "a CA without its key is asked to sign",
        "only its certificate was provided";
    CommonName = "CM0403" error, "an unusable common name",
        "the common name of a client is its etcd user: X.509 allows 64 characters, and some users may do everything";
    LinkUnproven = "CM0404" error, "a link that cannot work",
        "one end would reject the other's certificate, and agents report nothing about it for 15 minutes";
    ServersUnknown = "CM0405" warning, "a link that cannot be proven",
        "whether agents accept its servers is known only once they connect";
    AuthorityReachesNothing = "CM0406" error, "a CA made by meshbundle that reaches no etcd",
        "an etcd whose members get no files from meshbundle would never trust it";
    FileUnreadable = "CM0407" error blocks, "a file that cannot be read",
        "the mesh names it";
    NotACertificate = "CM0408" error blocks, "not a certificate",
        "the file holds something else, or a damaged certificate";
    Lifetimes = "CM0409" error, "lifetimes that do not fit together",
        "a leaf must expire before its CA, and must be renewed before it expires";
    AuthorityUnfit = "CM0410" error, "a CA that Go does not accept",
        "agents and etcd verify with crypto/x509: CA flag, keyCertSign, path length, dates";
    AuthorityEndsFirst = "CM0411" warning, "a CA that expires before what it would sign",
        "a leaf expires before its CA: its lifetime is cut";
    AuthorityEndsSoon = "CM0412" warning, "a CA that expires soon",
        "when it expires, every link that trusts it fails at once";
    CertificateEndsSoon = "CM0413" warning, "a provided certificate that expires soon",
        "meshbundle cannot renew it, and agents report nothing about it for 15 minutes";
    WeakAuthority = "CM0414" warning, "a weak CA",
        "Go rejects SHA-1 signatures, and RSA below 2048 bits can be broken";
    KeyMismatch = "CM0415" error blocks, "a key that belongs to another certificate",
        "what is signed with this key does not fit the certificate, and is rejected everywhere";
    NotAKey = "CM0416" error blocks, "not a private key",
        "the file holds something else, or a key in a format that cannot be read";
    SubjectClash = "CM0417" warning, "two trusted CAs with the same subject",
        "verifiers look up issuers by subject, and differ in which of the two they try first";
    KeyExposed = "CM0418" warning, "a key that others can read",
        "anyone who has it can sign, or connect, as its owner";
    AnchorTooWide = "CM0419" warning, "a trusted CA that admits more clients than it should",
        "an etcd accepts every client whose certificate chains to a CA that it trusts: with the root of an intermediate, also clients of the other intermediates";
    PrivilegedClient = "CM0420" warning, "a credential that may do everything",
        "the common name is the etcd user, and agents of other clusters need only read a few ranges";
    UnknownHelmUser = "CM0421" warning, "a user that a Helm cluster does not know",
        "the etcd that Helm makes has the users `remote-<cluster>`, and `remote` unless its authMode is `cluster-strict` (1.21); any other gets `permission denied`";
    ManyCredentials = "CM0422" warning, "very many credentials",
        "`{node}` makes one for each node of each reader, and each is an etcd user to create and to renew";
    OwnClientsLockedOut = "CM0423" warning, "local clients that would be locked out",
        "a member accepts only clients that a CA in its `client-ca.crt` has signed";
    OthersRoot = "CM0424" warning, "an administrator whom other etcds would take for theirs",
        "every etcd's administrator is called `root`, and an etcd accepts every certificate of a CA that it trusts";
    ForeignBlock = "CM0425" transient, "a CA file that contains something else",
        "meshbundle skips it; etcd and agents take every block of a `trusted-ca-file` for a certificate, and could not load this file";
    BlockUnseen = "CM0426" transient, "a block that Go does not see",
        "Go's `encoding/pem` skips what is not exactly a block, without an error: to etcd and agents it does not exist";
    KeyInMesh = "CM0427" transient, "a private key in the mesh",
        "the mesh is read, copied and kept under version control by people who need no key";
    FaultPassed = "CM0428" warning, "a certificate with a fault that Go tolerates",
        "a handshake by Go's rules can succeed nevertheless; other programs, or a later change, may fail on it";
    HostLeftOut = "CM0429" warning, "a host that a server certificate lacks",
        "Go compares the host that it dials with the SANs of the server's certificate, and with nothing else";

    // 05xx: references and delivery.
    NoSuchCluster = "CM0501" error, "no such cluster",
        "a link or an override names it";
    LinkToItself = "CM0502" error, "a link from a cluster to itself",
        "agents skip the file with the name of their own cluster";
    NoSuchCode = "CM0503" error, "no such code",
        "`accept` names it";
    AcceptsNothing = "CM0504" transient, "`accept` matches nothing",
        "the finding that it was for is gone, and it would hide the next one";
    NotAcceptable = "CM0505" error, "a finding that cannot be accepted",
        "it is about files that would be wrong, not about the owner's network";
    DuplicateMember = "CM0506" error, "two members with the same name",
        "one archive would overwrite the other";
    ConfigDir = "CM0507" error, "an unusable configDir",
        "agents take every file in it that contains `endpoints:` for a cluster, so nothing else may be in it";
    LinkTwice = "CM0508" transient, "a duplicate link",
        "a pair means both directions, so the second one has no effect";
    BadRuntime = "CM0509" error, "an unusable runtime",
        "its words become names of files and keys";
    Unlinked = "CM0510" warning, "a cluster without links",
        "it reads no cluster, and no cluster reads it";
    OverrideUnused = "CM0511" transient, "endpoints for a cluster that does not read them",
        "the entry has no effect";
    HostnameTwice = "CM0512" error, "two nodes of a cluster with the same host name",
        "installers compare the host of a bundle with the machine: both nodes would accept either bundle";
    NowhereToWrite = "CM0513" error, "files without a bundle",
        "no bundle of this cluster would contain the files that it asks for";
    OneAddress = "CM0514" warning, "a name with several addresses under docker-compose",
        "when docker-compose 1 merges `extra_hosts` of two files, it keeps the last address of each name";
    HalfLink = "CM0515" warning, "half a link",
        "each direction of a link needs files of its own, and a cluster whose runtime is `external` gets none from meshbundle";
    NewAtEachSync = "CM0516" debatable, "a CA that is made anew at each sync",
        "the chart's templates keep a CA only by looking it up in the cluster; GitOps tools render without one";
    SameNodePort = "CM0517" warning, "the same NodePort in two clusters",
        "with kube-proxy replacement, agents up to 1.18 serve their own NodePort at any address (cilium/cilium#24692)";
    ValuesUnusable = "CM0518" error blocks, "values that cannot be merged",
        "meshbundle changes only text that it can compare with the old one afterwards";
    ValuesIdentity = "CM0519" error, "values of another cluster",
        "a running cluster would get another name or id: all its workloads would have to restart, and remotes would reject it meanwhile";
    ValuesDisagree = "CM0520" warning, "values that the mesh contradicts",
        "meshbundle judges links by the mesh, and the release runs by its values";
    ListedClusterBroken = "CM0521" warning, "a remote cluster that the chart writes wrongly",
        "the chart puts address and port together without a look at them, and agents cannot dial the result";
    NoFailurePolicy = "CM0522" warning, "a HelmChartConfig without a failurePolicy",
        "its default, `reinstall`, replaces the chart's: after a failed upgrade helm-controller uninstalls Cilium, and installs it anew";
    ValuesElsewhere = "CM0523" warning, "values that are set elsewhere, too",
        "what wins over the merged values is not in the file, so nothing here can see it";
    HubbleAuthority = "CM0524" warning, "a CA that Helm makes beside the provided certificates",
        "Helm makes the certificates of Hubble unless the release says otherwise, and their CA becomes the Secret cilium-ca";
    KeyInValues = "CM0525" warning, "a private key in values that a GitOps tool reads",
        "values are in git and in the release, in clear";
    ServicePort = "CM0526" warning, "a port that the Service does not have",
        "clustermesh-apiserver is reached at the port of its Service, or of the nodes";
    SecretSize = "CM0527" warning, "a Secret that is too large",
        "the API server rejects a Secret with more than 1 MiB, and client-side apply an object with more than 262,144 bytes";
    OnlyAtUpgrades = "CM0528" warning, "certificates that only an upgrade renews",
        "from 1.20 on, the chart's certificates are valid for 365 days, and Helm's templates make new ones only when Helm runs";

    // 06xx: what a change would break.
    AuthorityMissing = "CM0601" error, "a CA that does not exist yet",
        "meshbundle makes a CA only where it is asked to";
    ClusterLeaves = "CM0602" error, "a cluster that was issued is no longer in the mesh",
        "meshbundle removes a link only when it is asked to: agents would drain all nodes and services of that cluster";
    IdentityChanged = "CM0603" error, "the name or id of a cluster that was issued has changed",
        "all workloads of a running cluster must restart after it, and its remotes reject it meanwhile";
    AuthorityChanged = "CM0604" error, "a CA that installed files need would be forgotten",
        "installed files need the CA that they have, until receipts show that they were replaced";
    LinkLost = "CM0605" error, "a link that was issued is no longer in the mesh",
        "meshbundle removes a link only when it is asked to: agents would drain all nodes and services of that cluster";
    OtherMesh = "CM0606" error, "the state belongs to another mesh",
        "its CAs and identities are not those of this mesh";
    RenewalDue = "CM0607" transient, "certificates that expire soon",
        "they are kept until you pass `--renew`";
    RemovesNothing = "CM0608" error, "`--remove` removes nothing",
        "a typing error would go unnoticed until the day it matches something";
    CredentialsForgotten = "CM0609" error, "credentials that were issued would be forgotten",
        "clients still present them: they would not be renewed, and the key of an etcd's administrator would be lost";
    LeafDamaged = "CM0610" error, "a certificate of the state is missing or damaged",
        "an archive with it would replace a good one, and agents or etcd would reject it";
    AuthorityDamaged = "CM0611" error, "a CA of the state is missing or damaged",
        "everything that was shipped trusts this CA; what is signed without it is rejected everywhere";
    AuthorityKeyGone = "CM0612" transient, "the key of a CA is missing or damaged",
        "this run signs nothing with it, but the next certificate that it must sign cannot be issued";
    LeafNotYetValid = "CM0613" error, "certificates that are not valid yet",
        "agents and etcd reject them until then, as they reject expired ones";
    AuthorityNotYetValid = "CM0614" error, "a CA that is not valid yet",
        "agents and etcd reject everything that it has signed until then";
    AuthorityNearEnd = "CM0616" transient, "a CA made here that expires soon",
        "to replace it takes three roll-outs, and `--renew` cannot make a certificate last longer than its CA";
    AuthorityEnded = "CM0617" error, "a CA made here that has expired",
        "agents and etcds reject everything that it signed, and everything that it would sign now";
    SelectsNothing = "CM0618" error, "`--only` or `--without` selects nothing",
        "a typing error would go unnoticed until the certificate that was meant expires";
    HorizonTooFar = "CM0619" transient, "certificates that expire before the end of `--horizon`",
        "new certificates last no longer than `validity` and their CA";
    IdentityTaken = "CM0620" error, "the name or id of a cluster that left may still be in use",
        "agents that know both would take identities of one cluster for those of the other, or reject one of the two";
    RestoredUnrecorded = "CM0621" error, "a restored state that does not know what is installed",
        "runs after the backup may have delivered other users, endpoints and CAs than the backup knows";
    RotationRefused = "CM0625" error, "a step of a rotation that cannot be taken",
        "ends that do not trust a CA reject what it signs, and ends that trust it no longer reject what it signed";
    RotationBroken = "CM0626" error, "a mesh that does not fit a rotation under way",
        "the CAs of a rotation and who trusts them stay as they are until it is over, so that each step can be taken back";

    // 07xx: clustermesh directories, bundles and archives.
    PhantomPeer = "CM0701" error, "a file that agents take for a cluster",
        "every file whose bytes contain `endpoints:` is a cluster with the name of the file (pkg/clustermesh/common/config.go)";
    RefusedPeer = "CM0702" error blocks, "a remote cluster whose name agents reject",
        "the name of the file is the name of the cluster, and agents from 1.17 on connect only to valid names";
    OwnPeer = "CM0703" transient, "a config for the agents' own cluster",
        "agents skip the file with the name of their own cluster";
    UnseenPeer = "CM0704" error, "a config that agents do not see",
        "a file counts only if its bytes contain `endpoints:`, without a quote or space inside (pkg/clustermesh/common/config.go)";
    Stranger = "CM0705" transient, "a file that no link uses",
        "only configs and the files that they name belong in a folder that agents watch";
    FileMissing = "CM0706" error blocks, "a file that a config names is missing",
        "agents wait for it, try again every 5 s, and log it at level info only (newClient in pkg/kvstore/etcd.go)";
    OthersWrite = "CM0707" transient, "a file that others can write",
        "anyone who can write it decides where agents connect, and whom they trust";
    NoPeers = "CM0708" transient, "a clustermesh directory without a config",
        "its agents connect to no cluster";
    FolderMissing = "CM0709" error, "the clustermesh directory does not exist",
        "agents do not start without the directory that `clustermesh-config` names (pkg/clustermesh/common/clustermesh.go)";
    ConfigBroken = "CM0711" error blocks, "a config that agents cannot read",
        "they try again endlessly, with a warning that names no line";
    DurationInWords = "CM0712" error blocks, "a duration with a unit",
        "etcd's client reads durations as whole nanoseconds: `5s` makes it reject the whole file (client/v3/yaml)";
    CaFileIgnored = "CM0713" error blocks, "`ca-file` is ignored",
        "agents from 1.17 on know only `trusted-ca-file` (commit f101330bbbd in cilium/cilium), and silently trust the system's roots";
    KeyIgnored = "CM0714" transient, "a key that etcd's client ignores",
        "the client skips keys that it does not know, without a message";
    NoAnchors = "CM0715" error, "a config without a trusted CA",
        "without `trusted-ca-file` agents trust the system's roots, which have not signed an etcd of a mesh";
    NoClientCertificate = "CM0716" error, "a config without a client certificate",
        "`cert-file` and `key-file` count only together (client/v3/yaml), and an etcd of a mesh knows its readers by certificate";
    WithoutTls = "CM0717" transient, "a link that TLS does not protect",
        "anyone on the path can read and write what agents believe about the other cluster";
    PasswordFirst = "CM0718" transient, "a password that takes precedence over the certificate",
        "a token of `username` and `password` counts before the certificate's common name (etcd's CHANGELOG-3.3)";
    RelativePath = "CM0719" transient, "a path that depends on where the agent was started",
        "relative paths start at the agent's working directory";
    AutoSync = "CM0720" transient, "an option that replaces the listed endpoints",
        "with `auto-sync-interval` the client dials the addresses that the members advertise, not the listed ones";
    OverrideUnread = "CM0721" transient, "an override that docker-compose does not read",
        "without it agents start with no name, no id and no clustermesh directory, and docker-compose reports nothing";
    NotValidNow = "CM0731" error, "a certificate that is not valid now",
        "the other end rejects it, and agents report nothing about it for 15 minutes";
    EndsSoon = "CM0732" transient, "a certificate that expires soon",
        "once it has expired, every new connection with it fails";
    WrongUsage = "CM0733" error, "a certificate for another use",
        "extended key usages are binding (RFC 5280 4.2.1.12): Go rejects the chain";
    ChainBroken = "CM0734" transient, "certificates that form no chain",
        "whether the other end finds a chain depends on what it trusts: Go tries every certificate that is sent, in any order";
    WeakCertificate = "CM0735" transient, "a weak certificate",
        "Go rejects SHA-1 signatures, and RSA below 2048 bits can be broken";
    ArchiveDamaged = "CM0741" error hostile, "a damaged archive",
        "its contents may not be what was written";
    NotCanonical = "CM0742" error, "an archive that meshbundle would write differently",
        "the same mesh and state give the same bytes: an archive that differs was changed, or packed by another program";
    BytesBeside = "CM0743" error hostile, "bytes before or after the archive",
        "readers disagree about them: some read on, some stop, some reject the archive";
    HostileEntry = "CM0744" error hostile, "an entry that does not belong in a bundle",
        "if a careless tool unpacks it, files are written, linked or hidden somewhere else";
    TooMuch = "CM0745" error hostile, "a bundle or a config that is too large",
        "it would fill memory or disk";
    SumWrong = "CM0746" error, "a file that does not match SHA256SUMS",
        "it was damaged or changed after the bundle was made";
    SumMissing = "CM0747" error, "SHA256SUMS does not list the files of the bundle",
        "a file that no sum covers can be anything";
    ManifestWrong = "CM0748" error, "a manifest that does not match its bundle",
        "installers rely on the manifest";
    OptionsDiffer = "CM0749" error, "options that contradict one another",
        "which of them an agent gets depends on how it is started";
    LinkMissing = "CM0751" error, "a link without a config",
        "its agents never learn of that cluster";
    LinkExtra = "CM0752" error, "a link that the mesh does not have",
        "its agents stay connected to a cluster that does not expect them";
    LinkStale = "CM0753" error, "a link that differs from the mesh",
        "its agents dial, or expect, what no longer exists";
    CaFileRefused = "CM0756" error blocks, "a CA file that etcd and agents cannot load",
        "they take every block of it for a certificate: with another block, an etcd does not start, and agents do not connect";
    TrustsNothing = "CM0757" error blocks, "a CA file without a certificate",
        "etcd's code accepts the file and trusts nothing: every handshake fails, and no log names the file";
    ChainUnreadable = "CM0758" error, "a certificate that the other end cannot read",
        "a program parses only the first certificate of its file and sends the rest as it is; the other end then breaks off the handshake";
    AnchorsChanged = "CM0760" transient, "CAs that running agents have not read",
        "agents read their CA file when they connect, and connect again only when the bytes of the config change";
    CertificateRefused = "CM0761" error, "a certificate that Go rejects whichever CA signed it",
        "crypto/x509 and crypto/tls reject it before they look for its CA";
    LinkUnjudged = "CM0762" transient, "a link that meshbundle cannot judge",
        "Go can check this signature, and meshbundle cannot: the link may well work";
    SecretRefused = "CM0763" error, "a Secret that Kubernetes rejects",
        "kubectl or the API server rejects the whole Secret, so containers keep what they have mounted before, or nothing";
    SecretKeyMisread = "CM0764" error, "a key of a Secret that YAML does not read as text",
        "kubectl and Helm read YAML 1.1: `no`, `on` or `010` without quotes becomes `false`, `true` or `8` (sigs.k8s.io/yaml)";
    SecretIdle = "CM0765" transient, "a Secret without effect",
        "Cilium's chart mounts Secrets by fixed names, and a name that is missing is no error (`optional: true`)";
    SecretEncodedTwice = "CM0766" error, "a value of a Secret that is encoded twice",
        "Kubernetes decodes `data` once and `stringData` never: the mounted file is base64";
    Revoked = "CM0767" error, "a certificate that was revoked",
        "its key leaked: etcds are to refuse it, and somebody else may have it";
    RevocationListUnusable = "CM0768" error, "a revocation list that etcd cannot read",
        "etcd starts without a word, and refuses every client";

    // 08xx: live links.
    NameUnknown = "CM0801" error, "a name that does not resolve",
        "agents try again endlessly, and report nothing for 15 minutes";
    ConnectionRefused = "CM0802" error, "nothing listens there",
        "the host answers, but rejects the connection to this port";
    NoAnswer = "CM0803" error, "no answer in time",
        "a firewall drops the packets, the address is wrong, or the host is down";
    NoTls = "CM0804" error, "no TLS at the endpoint",
        "the endpoint says `https`, and the server there speaks something else";
    ServerUntrusted = "CM0805" error, "a server that no trusted CA has signed",
        "agents break off the handshake and log nothing";
    ServerName = "CM0806" error, "a server certificate for another host",
        "Go compares the host of the endpoint with the certificate's SANs, and with nothing else";
    ServerNotValidNow = "CM0807" error, "a server certificate that is not valid now",
        "agents break off the handshake and log nothing";
    ServerUnfit = "CM0808" error, "a server certificate that Go rejects",
        "agents break off the handshake and log nothing";
    ClientNotValidNow = "CM0809" error, "a client certificate that is not valid now",
        "etcd rejects it; with TLS 1.3 the client learns of it only after its handshake is done";
    ClientUntrusted = "CM0810" error, "a client certificate that the etcd rejects",
        "etcd accepts only certificates that chain to its `trusted-ca-file`";
    ClientMissing = "CM0811" error, "an etcd that asks for a certificate, and a config without one",
        "etcd runs with `client-cert-auth`";
    PermissionDenied = "CM0812" error, "etcd denies everything",
        "etcd gives the same answer for a user that it does not know and for one without a role";
    HeartbeatOneKey = "CM0813" error, "the heartbeat can be read as a single key only",
        "agents list it as a prefix (pkg/kvstore/etcd.go): etcd denies that to a grant of the single key";
    RangeDenied = "CM0814" error, "a range that agents need is denied",
        "a link is ready only when nodes, services, identities and addresses have all been listed";
    ClusterConfigMissing = "CM0815" error, "the cluster-config is missing",
        "since 1.16 agents wait endlessly for `cilium/cluster-config/<name>` (commit 92b02a45966 in cilium/cilium)";
    ClusterConfigWrong = "CM0816" error, "a wrong cluster-config",
        "agents reject a cluster whose id is 0, taken, or too large for them (pkg/clustermesh/types/types.go)";
    CanariesMissing = "CM0817" error, "announced canaries do not exist",
        "with `syncedCanaries` agents wait for `cilium/synced/<name>/…` before the link is ready";
    HeartbeatStale = "CM0818" error, "no heartbeat",
        "agents that see no event for two minutes close the connection, connect again, and so on (pkg/kvstore/etcd.go)";
    SeveralEtcds = "CM0819" error, "endpoints of different etcds in one config",
        "since 1.16 agents pin the id of the etcd cluster that they reach, and reconnect endlessly when it changes";
    NotEtcd = "CM0820" error, "a server that is not an etcd",
        "TLS works, but the server does not speak etcd's gRPC";
    EtcdUnwell = "CM0821" error, "an etcd that does not serve",
        "without a leader nothing can be read";
    ClockDiffers = "CM0822" transient, "clocks that differ",
        "each end compares certificates with its own clock";
    SlowLink = "CM0823" transient, "a slow link",
        "agents give a status check 10 s and etcd's keepalive 25 s: what is slow now breaks under load";
    LinkWentAway = "CM0824" error, "a link that is no longer ready",
        "agents keep what they know of the cluster, and learn of no change";
    NothingToProbe = "CM0825" error, "a link that cannot be tried",
        "a file that the agent needs is missing or broken on this side";
    CannotTry = "CM0826" error, "undetermined: meshbundle cannot try it",
        "agents use Go's TLS, which supports a little more than meshbundle: neither the etcd nor the config is known to be wrong";
    HeartbeatUnknown = "CM0830" error, "a heartbeat that cannot be judged yet",
        "its writer may have another clock, or may have stopped: agents rely on events only";
    NothingInCommon = "CM0831" error, "no TLS version or cipher suite in common",
        "agents offer TLS 1.2 and 1.3, with those cipher suites of Go that HTTP/2 allows";
    NoCertificateAsked = "CM0832" transient, "an etcd that asks for no client certificate",
        "it cannot know who connects: any client that reaches it can read, and where authentication is off, write";
    LargePacketsLost = "CM0833" error, "large packets are lost on the way",
        "a tunnel or a firewall passes less than this node's MTU and reports nothing: agents connect, and never get what they list";
    ProxyWatches = "CM0834" error, "a proxy that answers watches itself",
        "agents check the id of the etcd cluster in every answer; a second agent behind the proxy gets one without it, and reconnects again and again";

    // 09xx: receipts of what is installed, and the files of the state.
    ReceiptUnreadable = "CM0901" error, "a receipt that cannot be read",
        "a receipt that was cut off or changed says nothing about its target";
    ReceiptOfOtherMesh = "CM0902" error, "a receipt of another mesh or state",
        "generations of another state count other bundles";
    ReceiptUnknown = "CM0903" error, "a receipt of something that this state has not written",
        "what is installed there is not known here, so no later change can take it into account";
    ReceiptsContradict = "CM0904" transient, "receipts that contradict each other",
        "a copied machine or a restored disk counts as its original did: what is installed is not known";
    StateExposed = "CM0911" error, "a file of the state that others may read or own",
        "it holds keys, and what others may write is not to be trusted";
    StateStray = "CM0912" transient, "a file in the state that does not belong to it",
        "it may be a copy of a key, and no run renews, encrypts or removes it";
    StateRecordDamaged = "CM0913" error, "a record of the state that cannot be read",
        "runs stop until it can be read: it says what is installed, or to whom CA keys are encrypted";
    KeyInClear = "CM0914" transient, "a CA key in clear where the others are encrypted",
        "a thief of the disk or of a backup can sign with it";
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
