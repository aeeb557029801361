//! Certificates and trust: `04xx`.

use super::{CatalogueEntry, error, told, warning};

pub(super) const NO_SUCH_AUTHORITY: CatalogueEntry =
    error("CM0401", "no such authority", "there is nothing to sign with or to trust");
pub(super) const AUTHORITY_CANNOT_SIGN: CatalogueEntry =
    error("CM0402", "an authority that only trusts is asked to sign", "its key was not brought along");
pub(super) const COMMON_NAME: CatalogueEntry = error(
    "CM0403",
    "not a usable common name",
    "the common name of a client is its etcd user: X.509 allows 64 characters, and some users may do everything",
);
pub(super) const LINK_UNPROVEN: CatalogueEntry = error(
    "CM0404",
    "a link that cannot work",
    "one end would refuse the other's certificate, and agents stay silent about it for 15 minutes",
);
pub(super) const SERVERS_UNKNOWN: CatalogueEntry =
    warning("CM0405", "a link that cannot be proven", "whether agents would accept its servers shows only once they dial");
pub(super) const AUTHORITY_REACHES_NOTHING: CatalogueEntry =
    error("CM0406", "an authority made here that reaches no etcd", "an etcd without members from here would never hear of it");
pub(super) const FILE_UNREADABLE: CatalogueEntry = error("CM0407", "a file that cannot be read", "the mesh names it");
pub(super) const NOT_A_CERTIFICATE: CatalogueEntry =
    error("CM0408", "not a certificate", "the file holds something else, or a damaged certificate");
pub(super) const LIFETIMES: CatalogueEntry =
    error("CM0409", "lifetimes that do not fit together", "a leaf ends before its authority, and is renewed before it ends");
pub(super) const AUTHORITY_UNFIT: CatalogueEntry = error(
    "CM0410",
    "an authority that Go does not accept",
    "agents and etcd verify with crypto/x509: CA flag, keyCertSign, path length, dates",
);
pub(super) const AUTHORITY_ENDS_FIRST: CatalogueEntry = warning(
    "CM0411",
    "an authority that ends before what it would sign",
    "a leaf ends before its authority: its lifetime is cut",
);
pub(super) const AUTHORITY_ENDS_SOON: CatalogueEntry =
    warning("CM0412", "an authority that ends soon", "when it ends, every link that anchors on it ends at once");
pub(super) const CERTIFICATE_ENDS_SOON: CatalogueEntry = warning(
    "CM0413",
    "a certificate from elsewhere that ends soon",
    "meshbundle cannot renew it, and agents stay silent about it for 15 minutes",
);
pub(super) const WEAK_AUTHORITY: CatalogueEntry =
    warning("CM0414", "an authority that is weak", "Go refuses SHA-1 signatures, and RSA below 2048 bits can be broken");
pub(super) const KEY_MISMATCH: CatalogueEntry =
    error("CM0415", "a key that belongs to another certificate", "nobody would accept what it signs, or shows");
pub(super) const NOT_A_KEY: CatalogueEntry =
    error("CM0416", "not a private key", "the file holds something else, or a form that cannot be read");
pub(super) const SUBJECT_CLASH: CatalogueEntry = warning(
    "CM0417",
    "two anchors with one subject",
    "issuers are looked up by subject: which of the two is tried first differs by implementation",
);
pub(super) const KEY_EXPOSED: CatalogueEntry =
    warning("CM0418", "a key that others can read", "whoever has it can sign, or dial, as its owner");
pub(super) const ANCHOR_TOO_WIDE: CatalogueEntry = warning(
    "CM0419",
    "an anchor that lets in more than it should",
    "an etcd lets in whatever chains to its anchors: an intermediate's root lets in its siblings' clients, too",
);
pub(super) const PRIVILEGED_CLIENT: CatalogueEntry = warning(
    "CM0420",
    "a credential that may do everything",
    "the common name is the etcd user, and agents of other clusters need only read a few ranges",
);
pub(super) const UNKNOWN_HELM_USER: CatalogueEntry = warning(
    "CM0421",
    "a user that a Helm cluster does not know",
    "the etcd that Helm makes has the users `remote-<cluster>`, and `remote` unless its authMode is `cluster-strict` (1.21); \
     any other gets `permission denied`",
);
pub(super) const MANY_CREDENTIALS: CatalogueEntry = warning(
    "CM0422",
    "very many credentials",
    "`{node}` makes one for each node of each reader, and each is an etcd user to be made and renewed",
);
pub(super) const OWN_CLIENTS_LOCKED_OUT: CatalogueEntry = warning(
    "CM0423",
    "own clients that would be locked out",
    "a member lets in whom the authorities in its `client-ca.crt` have signed, and nobody else",
);
pub(super) const OTHERS_ROOT: CatalogueEntry = warning(
    "CM0424",
    "an administrator that other etcds would take for theirs",
    "every etcd's administrator is called `root`, and an etcd lets in whomever an authority has signed that it trusts",
);
pub(super) const FOREIGN_BLOCK: CatalogueEntry = told(
    "CM0425",
    "a CA's file with something else in it",
    "meshbundle skips it; etcd and agents take every block of a `trusted-ca-file` for a certificate, and could not load this file",
);
pub(super) const BLOCK_UNSEEN: CatalogueEntry = told(
    "CM0426",
    "a block that Go does not see",
    "Go's `encoding/pem` passes over what is not exactly a block, without an error: to etcd and agents it is not there",
);
pub(super) const KEY_IN_MESH: CatalogueEntry = told(
    "CM0427",
    "a private key in the mesh",
    "the mesh is read, copied and kept under version control by people who need no key",
);
pub(super) const FAULT_PASSED: CatalogueEntry = warning(
    "CM0428",
    "a certificate with a fault that Go passes over",
    "a handshake by Go's rules can succeed all the same; other programs, or the next change, may stumble over it",
);
pub(super) const HOST_LEFT_OUT: CatalogueEntry = warning(
    "CM0429",
    "a host that a server certificate leaves out",
    "Go compares the host that it dials with the SANs of the certificate that it meets there, and with nothing else",
);
