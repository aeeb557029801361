//! The fields of `mesh.yaml`, in one table: name, type, whether it must be there, what it is for.
//!
//! The structural check and the JSON Schema both come from it, so that they cannot disagree. What a text must look like beyond
//! being text (names, endpoints, CIDRs) is the business of the value types.

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
    /// The same, but none of its fields must be there: overrides and defaults.
    Partial(&'static Shape),
    /// Partial in what is partial, an object elsewhere: `defaults` complete it field by field.
    Merged(&'static Shape),
    /// Whichever of these fits the form in which it is written; the forms differ.
    Either(&'static [FieldKind]),
}

/// A field of a mapping.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: FieldKind,
    pub(super) required: bool,
    /// Whether nothing behind its name is the same as no such field.
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

/// A field that may be left out, but not left empty: whoever takes out all that stood there does not mean the default.
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
        must("mesh", TEXT, "Name of the mesh: names the state and the subjects of authorities made here."),
        must("cilium", FieldKind::Object(&CILIUM), "What the agents are and how they are set; a cluster may differ."),
        may("trust", FieldKind::Object(&TRUST), "Authorities, key algorithm and lifetimes."),
        may_with_value(
            "links",
            FieldKind::Either(&[FieldKind::Word(&["full"]), FieldKind::Object(&HUB), FieldKind::List(&FieldKind::Pair(&TEXT))]),
            "Who reads whom: full, { hub: NAME }, or a list of pairs [a, b]; a pair means both directions.",
        ),
        may("accept", FieldKind::List(&FieldKind::Object(&ACCEPT)), "Findings that the owner lives with."),
        may("defaults", FieldKind::Partial(&CLUSTER), "Any field of a cluster, for the clusters that do not set it."),
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
            "Whether a policy without a cluster means the own cluster only; written only if set.",
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
    doc: "Who signs, who is trusted, and for how long.",
    fields: &[
        may(
            "authority",
            FieldKind::Word(&["shared", "per-cluster"]),
            "For etcds that name none: one authority `mesh`, or one named after each cluster.",
        ),
        may("authorities", FieldKind::Table(&FieldKind::Object(&AUTHORITY)), "Authorities that are brought along, by name."),
        may("keyAlgorithm", FieldKind::Word(&["ecdsa-p256", "ecdsa-p384", "ed25519"]), "Of new leaves and authorities."),
        may("validity", FieldKind::Object(&VALIDITY), "Lifetimes of what is issued here; a year has 365 days."),
        may("renewBefore", DURATION, "How long before its end a certificate is due for renewal."),
    ],
};

static AUTHORITY: Shape = Shape {
    name: "Authority",
    doc: "An authority that is brought along: it signs if its key is given, else it is only trusted.",
    fields: &[
        must("certificate", TEXT, "PEM file: the certificate, or a chain that starts with the one that signs."),
        may("key", TEXT, "PEM file: its key, RSA or EC, in PKCS#8, PKCS#1 or SEC 1."),
    ],
};

static VALIDITY: Shape = Shape {
    name: "Validity",
    doc: "Lifetimes: years of 365 days (10y), days (90d) or hours (12h).",
    fields: &[
        may("authority", DURATION, "Of authorities made here."),
        may("server", DURATION, "Of server certificates."),
        may("client", DURATION, "Of client certificates."),
    ],
};

static ACCEPT: Shape = Shape {
    name: "Accept",
    doc: "A finding that the owner lives with.",
    fields: &[
        must("code", TEXT, "Its code."),
        must("at", TEXT, "Its place, as the finding gives it."),
        must("reason", TEXT, "Why it is all right here."),
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
        may("configDir", TEXT, "Where the agent looks for peers, as it sees it itself."),
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

const RUNTIMES: &[&str] = &["compose", "systemd", "external"];

static RUNTIME: Shape = Shape {
    name: "Runtime",
    doc: "What starts the agents, and how it is called there.",
    fields: &[
        must("kind", FieldKind::Word(RUNTIMES), "compose, systemd, or external (linked to, but not written here)."),
        may("service", TEXT, "compose: the agent's service."),
        may("hostRoot", TEXT, "compose: the folder below the project's in which the agent's files stand."),
        may("image", TEXT, "compose: the agent's image, where the project's own file does not say it."),
        may("meshbundleImage", TEXT, "compose: an image with meshbundle in its PATH, which announces the cluster."),
        may("unit", TEXT, "systemd: the agent's unit."),
    ],
};

static ETCD: Shape = Shape {
    name: "Etcd",
    doc: "The etcd of a cluster, and who trusts whom at it.",
    fields: &[
        must("endpoints", TEXTS, "Full URLs, https://host:port."),
        may("endpointsFor", FieldKind::Table(&TEXTS), "Other URLs for the agents of one cluster."),
        may("hostAliases", FieldKind::Table(&TEXTS), "Addresses of endpoint names that no DNS knows."),
        may("authority", TEXT, "Who signs its servers and clients, and what both sides anchor on."),
        may("serverTrust", TEXTS, "What agents anchor on when they dial it, where that differs."),
        may("clientSigner", TEXT, "Who signs the clients that it lets in, where that differs."),
        may("clientTrust", TEXTS, "What its servers must go on trusting besides."),
        may(
            "clientName",
            TEXT,
            "Common name of the clients, which is the etcd user; {cluster} and {node} stand for the reader's.",
        ),
        may("client", FieldKind::Object(&CREDENTIAL), "An existing client credential, used as it is."),
        may("serverCertificates", TEXTS, "PEM files of existing server certificates, so that links can be proven."),
        may("front", FieldKind::Object(&FRONT), "The balancer that agents dial in place of the members."),
        may("members", FieldKind::List(&FieldKind::Object(&MEMBER)), "Members that get their server certificates from here."),
        may("extraDnsNames", TEXTS, "Further names in the server certificates."),
        may("extraIpAddresses", TEXTS, "Further addresses in the server certificates."),
        may("owner", TEXT, "user:group of the members' files."),
        may("peers", FieldKind::Flag, "Whether its members get certificates for each other, too."),
        may(
            "localClients",
            FieldKind::Flag,
            "Whether its own agents, operator and administrator get credentials from here, and the agents the way to it.",
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
    doc: "A balancer before an etcd.",
    fields: &[
        must(
            "kind",
            FieldKind::Word(FRONTS),
            "passthrough (TCP), terminates (ends TLS and begins it again), or sni (TCP, by name).",
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
        may("hostname", TEXT, "Its host name, where that differs."),
    ],
};

impl Shape {
    /// The field called `name`.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
