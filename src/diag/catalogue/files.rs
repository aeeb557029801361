//! Folders, configs, credentials and bundles as agents read them: `07xx`.

use super::{CatalogueEntry, error, told};

pub(super) const PHANTOM_PEER: CatalogueEntry = error(
    "CM0701",
    "a file that agents take for a cluster",
    "every file whose bytes contain `endpoints:` is a cluster called like the file (pkg/clustermesh/common/config.go)",
);
pub(super) const REFUSED_PEER: CatalogueEntry = error(
    "CM0702",
    "a peer whose name agents refuse",
    "the name of the file is the name of the cluster, and agents from 1.17 on connect to proper names only",
);
pub(super) const OWN_PEER: CatalogueEntry =
    told("CM0703", "a config for the agents' own cluster", "agents skip the file that is called like their own cluster");
pub(super) const UNSEEN_PEER: CatalogueEntry = error(
    "CM0704",
    "a config that agents do not see",
    "a file counts only if its bytes contain `endpoints:`, with no quote or space between (pkg/clustermesh/common/config.go)",
);
pub(super) const STRANGER: CatalogueEntry =
    told("CM0705", "a file that no link uses", "only configs and what they name belong into a folder that agents watch");
pub(super) const FILE_MISSING: CatalogueEntry = error(
    "CM0706",
    "a file that a config names is not there",
    "agents wait for it, try again every 5 s, and say so at level info only (newClient in pkg/kvstore/etcd.go)",
);
pub(super) const OTHERS_WRITE: CatalogueEntry =
    told("CM0707", "a file that others can write", "whoever writes it decides whom agents connect to, and whom they trust");
pub(super) const NO_PEERS: CatalogueEntry = told("CM0708", "a folder without a peer", "its agents are connected to no cluster");
pub(super) const FOLDER_MISSING: CatalogueEntry = error(
    "CM0709",
    "the folder of peers is not there",
    "agents do not start without the folder that `clustermesh-config` names (pkg/clustermesh/common/clustermesh.go)",
);
pub(super) const CONFIG_BROKEN: CatalogueEntry =
    error("CM0711", "a config that agents cannot read", "they try again for ever, with a warning that names no line");
pub(super) const DURATION_IN_WORDS: CatalogueEntry = error(
    "CM0712",
    "a duration in words",
    "etcd's client reads durations as whole nanoseconds: `5s` makes it refuse the whole file (client/v3/yaml)",
);
pub(super) const CA_FILE_IGNORED: CatalogueEntry = error(
    "CM0713",
    "`ca-file` is ignored",
    "agents from 1.17 on know only `trusted-ca-file` (commit f101330bbbd in cilium/cilium), and trust the system's roots without a word",
);
pub(super) const KEY_IGNORED: CatalogueEntry =
    told("CM0714", "a key that nobody reads", "etcd's client passes over keys that it does not know, without a word");
pub(super) const NO_ANCHORS: CatalogueEntry = error(
    "CM0715",
    "a config without an anchor",
    "without `trusted-ca-file` the system's roots are trusted, and they have not signed an etcd of a mesh",
);
pub(super) const NO_CLIENT_CERTIFICATE: CatalogueEntry = error(
    "CM0716",
    "a config without a client certificate",
    "`cert-file` and `key-file` count only together (client/v3/yaml), and an etcd of a mesh knows its readers by certificate",
);
pub(super) const WITHOUT_TLS: CatalogueEntry = told(
    "CM0717",
    "a link without the protection of TLS",
    "whoever stands between reads and writes what agents believe of the other cluster",
);
pub(super) const PASSWORD_FIRST: CatalogueEntry = told(
    "CM0718",
    "a password that outranks the certificate",
    "a token of `username` and `password` counts before the certificate's common name (etcd's CHANGELOG-3.3)",
);
pub(super) const RELATIVE_PATH: CatalogueEntry =
    told("CM0719", "a path that depends on where the agent was started", "relative paths start at the agent's working directory");
pub(super) const AUTO_SYNC: CatalogueEntry = told(
    "CM0720",
    "an option that follows addresses out of the mesh",
    "`auto-sync-interval` makes the client dial whatever addresses the members advertise, not the ones that are listed",
);
pub(super) const OVERRIDE_UNREAD: CatalogueEntry = told(
    "CM0721",
    "an override that compose does not read",
    "without it agents are started with no name, no id and no folder of peers, and compose says nothing",
);
pub(super) const NOT_VALID_NOW: CatalogueEntry = error(
    "CM0731",
    "a certificate that is not valid now",
    "the other end refuses it, and agents stay silent about it for 15 minutes",
);
pub(super) const ENDS_SOON: CatalogueEntry =
    told("CM0732", "a certificate that ends soon", "once it has ended, no new connection is made with it");
pub(super) const WRONG_USAGE: CatalogueEntry =
    error("CM0733", "a certificate for another use", "extended key usages are binding (RFC 5280 4.2.1.12): Go refuses the chain");
pub(super) const CHAIN_BROKEN: CatalogueEntry = told(
    "CM0734",
    "certificates that make no chain",
    "whether the other end finds a chain depends on what it trusts: Go tries every certificate that is sent, in any order",
);
pub(super) const WEAK_CERTIFICATE: CatalogueEntry =
    told("CM0735", "a certificate that is weak", "Go refuses SHA-1 signatures, and RSA below 2048 bits can be broken");
pub(super) const ARCHIVE_DAMAGED: CatalogueEntry =
    error("CM0741", "a damaged archive", "what is in it cannot be trusted to be what was written");
pub(super) const NOT_CANONICAL: CatalogueEntry = error(
    "CM0742",
    "an archive that was written otherwise",
    "the same mesh and state give the same bytes: whatever differs was changed, or packed by something else",
);
pub(super) const BYTES_BESIDE: CatalogueEntry = error(
    "CM0743",
    "bytes before or after the archive",
    "readers disagree on what they are: some read on, some stop, some refuse",
);
pub(super) const HOSTILE_ENTRY: CatalogueEntry = error(
    "CM0744",
    "an entry that has no place in a bundle",
    "unpacked by a careless tool it would write, link or hide somewhere else",
);
pub(super) const TOO_MUCH: CatalogueEntry =
    error("CM0745", "a bundle or a config that is too large", "it would fill memory or disk");
pub(super) const SUM_WRONG: CatalogueEntry =
    error("CM0746", "a file that is not what SHA256SUMS says", "it was damaged or changed after the bundle was made");
pub(super) const SUM_MISSING: CatalogueEntry =
    error("CM0747", "SHA256SUMS and the files do not list the same", "a file that no sum covers can be anything");
pub(super) const MANIFEST_WRONG: CatalogueEntry =
    error("CM0748", "a manifest that does not fit its bundle", "installers go by the manifest");
pub(super) const OPTIONS_DIFFER: CatalogueEntry =
    error("CM0749", "options that contradict one another", "which of the forms an agent gets depends on how it is started");
pub(super) const LINK_MISSING: CatalogueEntry =
    error("CM0751", "a link of the mesh that the bundle lacks", "its agents never hear of that cluster");
pub(super) const LINK_EXTRA: CatalogueEntry =
    error("CM0752", "a link that the mesh does not have", "its agents go on talking to a cluster that nobody expects there");
pub(super) const LINK_STALE: CatalogueEntry =
    error("CM0753", "a link that says other than the mesh", "its agents dial, or expect, what is no longer there");
pub(super) const CA_FILE_REFUSED: CatalogueEntry = error(
    "CM0756",
    "a CA file that etcd and agents cannot load",
    "they take every block of it for a certificate: with one that is none, an etcd does not start, and agents do not connect",
);
pub(super) const TRUSTS_NOTHING: CatalogueEntry = error(
    "CM0757",
    "a CA file without a certificate",
    "etcd's code finds no error in that, and trusts nothing: every handshake fails, and the file is not named in any log",
);
pub(super) const CHAIN_UNREADABLE: CatalogueEntry = error(
    "CM0758",
    "a certificate that the other end cannot read",
    "only the first certificate of a file is parsed by its holder; the rest is sent as it is, and the other end ends the handshake",
);
pub(super) const ANCHORS_CHANGED: CatalogueEntry = told(
    "CM0760",
    "CAs that running agents have not read",
    "agents read their CA file when they connect, and connect again only when the bytes of the config change",
);
pub(super) const CERTIFICATE_REFUSED: CatalogueEntry = error(
    "CM0761",
    "a certificate that Go refuses whatever signs it",
    "crypto/x509 and crypto/tls reject it before they look for its CA",
);
pub(super) const LINK_UNJUDGED: CatalogueEntry = told(
    "CM0762",
    "a link that this program cannot judge",
    "Go can check this signature, and this program cannot: the link may well work",
);
