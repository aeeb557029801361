//! Rows on keys and signatures.

use crate::chain_judges::row::Row;
use crate::support::workshop::{CA, Key, LEAF, PSS, SHA, Workshop};

const PSS_SALT_20: &str = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 -sigopt rsa_mgf1_md:sha256 -sha256";
const PSS_MASK_SHA384: &str = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha384 -sha256";

pub(crate) fn rows() -> Vec<Row> {
    let w = Workshop::new();
    let (rsa1024, rsa2048) = (w.key("RSA:1024"), w.key("RSA:2048"));
    [elliptic(&w), rsa(&w, &rsa1024, &rsa2048), refused(&w, &rsa2048), not_checked(&w, &rsa1024), leaves(&w, &rsa2048)]
        .into_iter()
        .flatten()
        .collect()
}

/// A leaf signed by an anchor with this key.
fn signed_by(w: &Workshop, name: &str, key: &Key) -> Row {
    let anchor = w.certificate("anchor", key, None, CA, 100);
    Row::new(name, &w.leaf(&anchor, LEAF), &[], &[&anchor])
}

fn elliptic(w: &Workshop) -> Vec<Row> {
    let mut rows = vec![signed_by(w, "Ed25519", &w.key("ED25519"))];
    for curve in ["P-256", "P-384", "P-521"] {
        let key = w.key(&format!("EC:{curve}"));
        rows.extend(SHA.map(|(sha, sign)| signed_by(w, &format!("{curve} with {sha}"), &key.signing(sign))));
    }
    rows
}

fn rsa(w: &Workshop, rsa1024: &Key, rsa2048: &Key) -> Vec<Row> {
    let mut rows = vec![
        signed_by(w, "RSA 1024 with SHA-256", &rsa1024.signing("-sha256")),
        signed_by(w, "RSA 1024 with SHA-512", &rsa1024.signing("-sha512")),
        signed_by(w, "RSA with exponent 3", &w.key("RSA:2048 -pkeyopt rsa_keygen_pubexp:3")),
    ];
    for (bits, key) in [(2048, rsa2048), (2056, &w.key("RSA:2056")), (3072, &w.key("RSA:3072")), (4096, &w.key("RSA:4096"))] {
        let ways = SHA.iter().chain(&PSS);
        rows.extend(ways.map(|(way, sign)| signed_by(w, &format!("RSA {bits} with {way}"), &key.signing(sign))));
    }
    rows
}

fn refused(w: &Workshop, rsa2048: &Key) -> Vec<Row> {
    let p256 = w.key("EC:P-256");
    let few_shapes = "Go takes three shapes of PSS only";
    let weak = "OpenSSL's default level takes it";
    vec![
        signed_by(w, "PSS with a salt of another length", &rsa2048.signing(PSS_SALT_20))
            .bad("unsupported")
            .openssl_differs(few_shapes),
        signed_by(w, "PSS with another mask hash", &rsa2048.signing(PSS_MASK_SHA384))
            .bad("unsupported")
            .openssl_differs(few_shapes),
        signed_by(w, "RSA exponent past 31 bits", &w.key("RSA:2048 -pkeyopt rsa_keygen_pubexp:4294967297"))
            .bad("unsupported")
            .openssl_differs("Go takes an exponent of 31 bits at most"),
        signed_by(w, "RSA 512", &w.key("RSA:512").signing("-sha256")).bad("weak-key").openssl_differs(weak),
        signed_by(w, "P-256 with SHA-1", &p256.signing("-sha1")).bad("weak-algorithm").openssl_differs(weak),
        signed_by(w, "RSA with SHA-1", &rsa2048.signing("-sha1")).bad("weak-algorithm").openssl_differs(weak),
        signed_by(w, "RSA with MD5", &rsa2048.signing("-md5")).bad("weak-algorithm").openssl_differs(weak),
        signed_by(w, "Ed448", &w.key("ED448")).bad("unsupported").openssl_differs("Go has no Ed448"),
        signed_by(w, "secp256k1", &w.key("EC:secp256k1")).bad("malformed").openssl_differs("Go cannot read this curve"),
    ]
}

fn not_checked(w: &Workshop, rsa1024: &Key) -> Vec<Row> {
    let why = "aws-lc-rs has no such signatures: ours cannot say";
    [
        ("P-224 with SHA-256", w.key("EC:P-224").signing("-sha256")),
        ("P-224 with SHA-512", w.key("EC:P-224").signing("-sha512")),
        ("RSA 1024 with SHA-384", rsa1024.signing("-sha384")),
        ("RSA 1024 PSS with SHA-256", rsa1024.signing(PSS[0].1)),
    ]
    .iter()
    .map(|(name, key)| signed_by(w, name, key).bad("unsupported").go_differs(why).openssl_differs(why))
    .collect()
}

fn leaves(w: &Workshop, rsa2048: &Key) -> Vec<Row> {
    let old_root = w.certificate("old root", &rsa2048.signing("-sha1"), None, CA, 100);
    let by_old_root = w.leaf(&old_root.signing("-sha256"), LEAF);
    let root = w.authority("root", None, CA);
    let leaf = |key: &Key| w.certificate("leaf", key, Some(&root), LEAF, 100);
    vec![
        Row::new("an anchor's own signature does not count", &by_old_root, &[], &[&old_root]),
        Row::new("P-521 leaf", &leaf(&w.key("EC:P-521")), &[], &[&root]),
        Row::new("RSA leaf", &leaf(rsa2048), &[], &[&root]),
        Row::new("Ed25519 leaf", &leaf(&w.key("ED25519")), &[], &[&root]),
    ]
}
