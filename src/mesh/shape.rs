//! The fields of `mesh.yaml`, in one table: name, type, whether it is required, and its description.
//!
//! The structural check and the JSON Schema both come from it, so that they cannot disagree. The value types check the form of
//! texts (names, endpoints, CIDRs).

/// The type of a value.
pub(super) enum FieldKind {
    /// Text, with a pattern for the schema if its form is simple enough for one.
    Text(Option<&'static str>),
    /// Text that people leave unquoted though it looks like a number: `1.18`.
    Version,
    /// A whole number.
    Integer,
    /// This whole number.
    Constant(i64),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of such values.
    List(&'static FieldKind),
    /// A list of at least one such value.
    Several(&'static FieldKind),
    /// A list of two such values.
    Pair(&'static FieldKind),
    /// A mapping from names that the user chooses to such values.
    Table(&'static FieldKind),
    /// A mapping with the fields of this shape.
    Object(&'static Shape),
    /// The same, but no field is required: overrides and defaults.
    Partial(&'static Shape),
    /// Partial in what is partial, an object elsewhere: `defaults` complete it field by field.
    Merged(&'static Shape),
    /// One of these kinds, whose forms differ.
    Either(&'static [FieldKind]),
}

/// A field of a mapping.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: FieldKind,
    pub(super) required: bool,
    /// Whether a field without a value is the same as no field.
    pub(super) may_be_empty: bool,
    pub(super) doc: &'static str,
}

/// A mapping with known fields.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) fields: &'static [Field],
}

const fn must(name: &'static str, kind: FieldKind, doc: &'static str) -> Field {
    Field { name, kind, required: true, may_be_empty: false, doc }
}

const fn may(name: &'static str, kind: FieldKind, doc: &'static str) -> Field {
    Field { name, kind, required: false, may_be_empty: true, doc }
}

/// A field that may be left out, but not left empty: a user who removes all its values does not mean the default.
const fn may_with_value(name: &'static str, kind: FieldKind, doc: &'static str) -> Field {
    Field { name, kind, required: false, may_be_empty: false, doc }
}

const TEXT: FieldKind = FieldKind::Text(None);
const TEXTS: FieldKind = FieldKind::List(&TEXT);
const DURATION: FieldKind = FieldKind::Text(Some("^0*[1-9][0-9]*[ydh]$"));

/// The whole file.
pub(super) static MESH: Shape = Shape {
    name: "Mesh",
    doc: "A Cilium ClusterMesh, for meshbundle.",
    fields: &[
        must("version", FieldKind::Constant(1), "Version of this format: 1."),
        must("mesh", TEXT, "Name of the mesh: also that of the state, and part of the subjects of CAs made here."),
        must("cilium", FieldKind::Object(&CILIUM), "Version and settings of the agents; a cluster may differ."),
        may("trust", FieldKind::Object(&TRUST), "CAs, key algorithm and lifetimes."),
        may_with_value(
            "links",
            FieldKind::Either(&[FieldKind::Word(&["full"]), FieldKind::Object(&HUB), FieldKind::List(&FieldKind::Pair(&TEXT))]),
            "Links: full, { hub: NAME }, or a list of pairs [a, b]; a pair means both directions.",
        ),
        may("accept", FieldKind::List(&FieldKind::Object(&ACCEPT)), "Findings that the owner accepts."),
        may(
            "defaults",
            FieldKind::Partial(&CLUSTER),
            "Any field of a cluster, for the clusters that do not set it, and can take it.",
        ),
        must("clusters", FieldKind::Several(&FieldKind::Object(&CLUSTER)), "The clusters of the mesh."),
    ],
};

static HUB: Shape = Shape {
    name: "Hub",
    doc: "Every cluster is linked to the hub and to no other.",
    fields: &[must("hub", TEXT, "Name of the cluster in the middle.")],
};

static CILIUM: Shape = Shape {
    name: "Cilium",
    doc: "Version and settings of the agents.",
    fields: &[
        must("version", FieldKind::Version, "major.minor of the agents, 1.14 to 1.20."),
        may("maxConnectedClusters", FieldKind::Integer, "255 or 511, the same for the whole mesh."),
        may(
            "policyDefaultLocalCluster",
            FieldKind::Flag,
            "Whether a policy without a cluster means the local cluster only; written only if set.",
        ),
        may("routingMode", FieldKind::Word(&["tunnel", "native"]), "Checked over the mesh, never written."),
        may("tunnelProtocol", FieldKind::Word(&["vxlan", "geneve"]), "Checked over the mesh, never written."),
        may("encryption", FieldKind::Word(&["none", "wireguard", "ipsec"]), "Checked over the mesh, never written."),
        may("ipam", TEXT, "Checked over the mesh, never written."),
        may("cniChaining", TEXT, "Checked over the mesh, never written."),
        may("kubernetes", FieldKind::Flag, "Whether the agents have a Kubernetes API; checked over the mesh, never written."),
        may("ipv4NativeRoutingCIDR", TEXT, "Checked over the mesh, never written."),
        may("ipv6NativeRoutingCIDR", TEXT, "Checked over the mesh, never written."),
    ],
};

static TRUST: Shape = Shape {
    name: "Trust",
    doc: "CAs, and lifetimes of certificates.",
    fields: &[
        may(
            "authority",
            FieldKind::Word(&["shared", "per-cluster"]),
            "For etcds that name none: one CA `mesh`, or one for each cluster, with its name.",
        ),
        may("authorities", FieldKind::Table(&FieldKind::Object(&AUTHORITY)), "Provided CAs, by name."),
        may("keyAlgorithm", FieldKind::Word(&["ecdsa-p256", "ecdsa-p384", "ed25519"]), "Of new leaves and CAs."),
        may("validity", FieldKind::Object(&VALIDITY), "Lifetimes of what is issued here; a year has 365 days."),
        may("renewBefore", DURATION, "How long before its expiry a certificate is renewed."),
    ],
};

static AUTHORITY: Shape = Shape {
    name: "Authority",
    doc: "A provided CA: it signs if its key is given, else it is only trusted.",
    fields: &[
        must("certificate", TEXT, "PEM file: the certificate, or a chain that starts with the one that signs."),
        may("key", TEXT, "PEM file: its key, RSA or EC, in PKCS#8, PKCS#1 or SEC 1."),
    ],
};

static VALIDITY: Shape = Shape {
    name: "Validity",
    doc: "Lifetimes: years of 365 days (10y), days (90d) or hours (12h).",
    fields: &[
        may("authority", DURATION, "Of CAs made here."),
        may("server", DURATION, "Of server certificates."),
        may("client", DURATION, "Of client certificates."),
    ],
};

static ACCEPT: Shape = Shape {
    name: "Accept",
    doc: "A finding that the owner accepts.",
    fields: &[
        must("code", TEXT, "Its code."),
        must("at", TEXT, "Its place, as the finding gives it."),
        must("reason", TEXT, "Why it is accepted."),
    ],
};

static CLUSTER: Shape = Shape {
    name: "Cluster",
    doc: "A cluster of the mesh.",
    fields: &[
        must("name", TEXT, "Its cluster-name."),
        must("id", FieldKind::Integer, "Its cluster-id."),
        may("cilium", FieldKind::Partial(&CILIUM), "Where this cluster differs."),
        may("runtime", FieldKind::Either(&[FieldKind::Word(RUNTIMES), FieldKind::Object(&RUNTIME)]), "What starts the agents."),
        may("configDir", TEXT, "The clustermesh directory, as the agent sees it."),
        may("options", FieldKind::Word(&["emit", "none"]), "none: name, id and clustermesh-config are already set elsewhere."),
        must("etcd", FieldKind::Merged(&ETCD), "The etcd that the other clusters read."),
        may("podCIDRs", TEXTS, "Ranges of its pods."),
        may("nodeCIDRs", TEXTS, "Ranges of its nodes."),
        may("serviceCIDRs", TEXTS, "Ranges of its services."),
        may(
            "nodes",
            FieldKind::List(&FieldKind::Either(&[TEXT, FieldKind::Object(&NODE)])),
            "Its nodes, or ranges of them as Ansible writes them; without nodes there is one bundle for all, `any`.",
        ),
    ],
};

const RUNTIMES: &[&str] = &["compose", "systemd", "helm", "external"];

const METHODS: &[&str] = &["helm", "cronJob", "certmanager", "provided"];
const AUTH_MODES: &[&str] = &["legacy", "migration", "cluster", "cluster-strict"];

static RUNTIME: Shape = Shape {
    name: "Runtime",
    doc: "What starts the agents, and its names there.",
    fields: &[
        must("kind", FieldKind::Word(RUNTIMES), "compose, systemd, helm, or external (linked to, but not written here)."),
        may(
            "service",
            FieldKind::Either(&[TEXT, FieldKind::Object(&SERVICE)]),
            "compose: the agent's service. helm: the Service of its etcd, if the release sets it.",
        ),
        may("hostRoot", TEXT, "compose: the folder of the agent's files below the project's."),
        may("image", TEXT, "compose: the agent's image, if the project's compose file does not set it."),
        may("meshbundleImage", TEXT, "compose: an image with meshbundle in its PATH, which announces the cluster."),
        may("unit", TEXT, "systemd: the agent's unit."),
        may("chart", TEXT, "helm: version of the chart, whose minor is that of `cilium.version`."),
        may("flavour", FieldKind::Word(&["upstream", "rke2"]), "helm: who packages the chart."),
        may("namespace", TEXT, "helm: the namespace of the release."),
        may("authMode", FieldKind::Word(AUTH_MODES), "helm: clustermesh.apiserver.tls.authMode, if the release sets it."),
        may("kvstoremesh", FieldKind::Flag, "helm: clustermesh.apiserver.kvstoremesh.enabled, if the release sets it."),
        may(
            "method",
            FieldKind::Word(METHODS),
            "helm: clustermesh.apiserver.tls.auto.method, if the release sets it; provided: meshbundle issues the certificates.",
        ),
        may("values", TEXT, "helm: the file with the values of the release, or with its HelmChartConfig; they are merged."),
        may("secrets", FieldKind::Object(&SECRETS), "helm: in which form its Secrets are written."),
        may("gitops", FieldKind::Flag, "helm: whether a GitOps tool renders the chart and applies the result."),
    ],
};

static SECRETS: Shape = Shape {
    name: "Secrets",
    doc: "In which form the Secrets of a Helm cluster are written.",
    fields: &[
        may(
            "form",
            FieldKind::Word(&["plain", "external"]),
            "plain, or external: for a store, with objects of External Secrets.",
        ),
        may(
            "filter",
            FieldKind::Several(&TEXT),
            "plain: a program and its words; each Secret is its input, and its output the file.",
        ),
        may("store", TEXT, "external: the name of the store."),
        may(
            "storeKind",
            FieldKind::Word(&["ClusterSecretStore", "SecretStore"]),
            "external: its kind, ClusterSecretStore by default.",
        ),
        may("path", TEXT, "external: where in the store they are."),
    ],
};

static SERVICE: Shape = Shape {
    name: "Service",
    doc: "The Service of the etcd of a Helm cluster: clustermesh.apiserver.service.",
    fields: &[
        may("type", FieldKind::Word(&["ClusterIP", "NodePort", "LoadBalancer"]), "Its type; the chart's default is NodePort."),
        may("nodePort", FieldKind::Integer, "The port of each node; the chart's default is 32379."),
    ],
};

static ETCD: Shape = Shape {
    name: "Etcd",
    doc: "The etcd of a cluster, and its CAs.",
    fields: &[
        must("endpoints", TEXTS, "Full URLs, https://host:port."),
        may("endpointsFor", FieldKind::Table(&TEXTS), "Other URLs for the agents of one cluster."),
        may("hostAliases", FieldKind::Table(&TEXTS), "Addresses of endpoint names that no DNS knows."),
        may("authority", TEXT, "The CA that signs its servers and clients, and that both sides trust."),
        may("serverTrust", TEXTS, "The CAs that agents trust when they connect to it, if they differ."),
        may("clientSigner", TEXT, "The CA that signs its clients, if it differs."),
        may("clientTrust", TEXTS, "Further CAs that its servers trust, such as those of existing clients."),
        may(
            "clientName",
            TEXT,
            "Common name of the clients, which is the etcd user; {cluster} and {node} are those of the reader.",
        ),
        may("client", FieldKind::Object(&CREDENTIAL), "A provided client credential, used unchanged."),
        may("serverCertificates", TEXTS, "PEM files of provided server certificates, so that links can be proven."),
        may("front", FieldKind::Object(&FRONT), "The balancer that agents dial in place of the members."),
        may("members", FieldKind::List(&FieldKind::Object(&MEMBER)), "Members that get their server certificates from here."),
        may("extraDnsNames", TEXTS, "Further names in the server certificates."),
        may("extraIpAddresses", TEXTS, "Further addresses in the server certificates."),
        may("owner", TEXT, "user:group of the members' files."),
        may("peers", FieldKind::Flag, "Whether its members also get certificates for each other."),
        may(
            "localClients",
            FieldKind::Flag,
            "Whether its local agents, operator and administrator get credentials from here, and the agents a config for it.",
        ),
        may(
            "announce",
            FieldKind::Flag,
            "Whether meshbundle announces the cluster in it, as Cilium's operator does: for clusters that have none.",
        ),
    ],
};

static CREDENTIAL: Shape = Shape {
    name: "Credential",
    doc: "A certificate and its key.",
    fields: &[must("certificate", TEXT, "PEM file."), must("key", TEXT, "PEM file.")],
};

/// How a balancer passes connections on.
const FRONTS: &[&str] = &["passthrough", "terminates", "sni"];

static FRONT: Shape = Shape {
    name: "Front",
    doc: "A balancer in front of an etcd.",
    fields: &[
        must(
            "kind",
            FieldKind::Word(FRONTS),
            "passthrough (TCP), terminates (terminates TLS and re-encrypts), or sni (TCP, by name).",
        ),
        must("names", FieldKind::Several(&TEXT), "The names and addresses that it answers at."),
        may("certificate", TEXT, "terminates: PEM file of the certificate that it presents, so that links can be proven."),
    ],
};

static MEMBER: Shape = Shape {
    name: "Member",
    doc: "A member of the etcd.",
    fields: &[must("name", TEXT, "Its name."), must("addresses", TEXTS, "Its addresses or names.")],
};

static NODE: Shape = Shape {
    name: "Node",
    doc: "A node.",
    fields: &[
        must("name", TEXT, "Its name."),
        may("address", TEXT, "Its address."),
        may("hostname", TEXT, "Its host name, if it differs."),
    ],
};

impl Shape {
    /// The field with the name `name`.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
