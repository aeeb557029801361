//! Mutations of certificates and keys.

use std::fs;

use rcgen::{BasicConstraints, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};

use crate::support::tool;
use crate::verify::bundle::Bundle;
use crate::verify::forge::{anchor, below_too_many, client, signed, stranger};
use crate::verify::table::{Row, row};

const CERTIFICATE: &str = "cluster2.etcd-client.crt";
const KEY: &str = "cluster2.etcd-client.key";
const ANCHORS: &str = "cluster2.etcd-client-ca.crt";

/// Puts another credential in the place of the good one.
fn replace(bundle: &Bundle, (certificate, key): (String, String)) {
    Bundle::write(&bundle.peer(CERTIFICATE), certificate);
    Bundle::write(&bundle.peer(KEY), key);
}

/// The good certificate's key, as PEM of another form by openssl.
fn reformed(bundle: &Bundle, words: &[&str]) {
    let key = bundle.peer(KEY);
    let path = key.to_str().expect("text").to_owned();
    let text = tool("openssl", "openssl", [&[words[0], "-in", &path], &words[1..]].concat());
    Bundle::write(&key, text);
}

pub(crate) const ROWS: &[Row] = &[
    row("another good client certificate", &[], |bundle| replace(bundle, client(bundle, |_| {}))),
    row("the key as SEC 1", &[], |bundle| reformed(bundle, &["ec"])),
    row("expired", &["CM0731"], |bundle| {
        replace(bundle, client(bundle, |params| params.not_after = date_time_ymd(2026, 2, 1)));
    }),
    row("not yet valid", &["CM0731"], |bundle| {
        replace(bundle, client(bundle, |params| params.not_before = date_time_ymd(2027, 2, 1)));
    }),
    row("expired by the time that is asked for", &["CM0731"], |_| {}).with(&["--at", "2028-01-01T00:00:00Z"]),
    row("ends soon", &["CM0732"], |bundle| {
        replace(bundle, client(bundle, |params| params.not_after = date_time_ymd(2026, 12, 1)));
    }),
    row("for servers only", &["CM0733"], |bundle| {
        replace(bundle, client(bundle, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]));
    }),
    row("a key usage that signs no handshake", &["CM0428"], |bundle| {
        replace(bundle, client(bundle, |params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]));
    }),
    row("an authority in the leaf's place", &["CM0428"], |bundle| {
        replace(bundle, client(bundle, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)));
    }),
    row("a stranger behind the leaf", &["CM0734"], |bundle| {
        Bundle::append(&bundle.peer(CERTIFICATE), &stranger("Somebody"));
    }),
    row("an authority that allows no other below it", &["CM0734"], |bundle| {
        replace(bundle, below_too_many());
    }),
    row("the key of the leaf's authority first", &["CM0415", "CM0428", "CM0734"], |bundle| {
        let (_, authority) = bundle.authority();
        let leaf = Bundle::read(&bundle.peer(CERTIFICATE));
        Bundle::write(&bundle.peer(CERTIFICATE), authority + &leaf);
    }),
    row("a weak client", &["CM0731", "CM0735"], |bundle| {
        let path = bundle.sandbox.path("weak.key");
        let path = path.to_str().expect("text");
        tool("openssl", "openssl", ["genrsa", "-traditional", "-out", path, "1024"]);
        let (authority_key, authority) = bundle.authority();
        bundle.sandbox.write("ca.key", &authority_key);
        bundle.sandbox.write("ca.crt", &authority);
        bundle.sandbox.write("weak.cnf", "[v]\nextendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n");
        let at = |name: &str| bundle.sandbox.path(name).to_str().expect("text").to_owned();
        tool("openssl", "openssl", ["req", "-new", "-key", path, "-subj", "/CN=remote-cluster1", "-out", &at("weak.csr")]);
        let [csr, ca, cakey, cnf, crt] = ["weak.csr", "ca.crt", "ca.key", "weak.cnf", "weak.crt"].map(at);
        let words = ["x509", "-req", "-in", &csr, "-CA", &ca, "-CAkey", &cakey, "-CAcreateserial", "-days", "20000"];
        tool("openssl", "openssl", [&words[..], &["-extfile", &cnf, "-extensions", "v", "-out", &crt]].concat());
        replace(bundle, (bundle.sandbox.read("weak.crt"), bundle.sandbox.read("weak.key")));
    })
    // By openssl's clock, which is no test's; the mesh's own certificates are over by then.
    .with(&["--at", "2040-01-01T00:00:00Z"]),
    row("another key", &["CM0415"], |bundle| {
        Bundle::write(&bundle.peer(KEY), KeyPair::generate().expect("a key").serialize_pem());
    }),
    row("another kind of key", &["CM0415"], |bundle| {
        Bundle::write(&bundle.peer(KEY), KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key").serialize_pem());
    }),
    row("a certificate in the key's place", &["CM0416"], |bundle| {
        fs::copy(bundle.peer(CERTIFICATE), bundle.peer(KEY)).expect("copied");
    }),
    row("half a key", &["CM0416"], |bundle| {
        let key = Bundle::read(&bundle.peer(KEY));
        Bundle::write(&bundle.peer(KEY), &key[..key.len() / 2]);
    }),
    row("an encrypted key", &["CM0416"], |bundle| {
        reformed(bundle, &["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:x"]);
    }),
    row("a key that everyone can read", &["CM0418"], |bundle| Bundle::chmod(&bundle.peer(KEY), 0o644)),
    row("a key that everyone can read, in the certificate's place", &["CM0408", "CM0418"], |bundle| {
        fs::copy(bundle.peer(KEY), bundle.peer(CERTIFICATE)).expect("copied");
        Bundle::chmod(&bundle.peer(CERTIFICATE), 0o644);
    }),
    row("no CA in the CA's file", &["CM0757"], |bundle| Bundle::write(&bundle.peer(ANCHORS), "none yet\n")),
    row("half a CA", &["CM0757"], |bundle| {
        let anchors = Bundle::read(&bundle.peer(ANCHORS));
        Bundle::write(&bundle.peer(ANCHORS), &anchors[..anchors.len() / 2]);
    }),
    row("a CA behind a byte order mark", &["CM0757"], |bundle| {
        Bundle::write(&bundle.peer(ANCHORS), format!("\u{feff}{}", Bundle::read(&bundle.peer(ANCHORS))));
    }),
    row("a CA with carriage returns for line ends", &["CM0757"], |bundle| {
        Bundle::write(&bundle.peer(ANCHORS), Bundle::read(&bundle.peer(ANCHORS)).replace('\n', "\r"));
    }),
    row("an indented CA beside one that is not", &["CM0426"], |bundle| {
        let anchors = Bundle::read(&bundle.peer(ANCHORS));
        Bundle::write(&bundle.peer(ANCHORS), format!("{anchors}  {}", anchors.replace('\n', "\n  ")));
    }),
    row("a CA as OpenSSL trusts it", &["CM0756"], |bundle| {
        let anchors = Bundle::read(&bundle.peer(ANCHORS));
        Bundle::write(&bundle.peer(ANCHORS), anchors.replace(" CERTIFICATE", " TRUSTED CERTIFICATE").replacen("MI", "MA", 1));
    }),
    row("a CA with the parameters of its curve", &["CM0756"], |bundle| {
        let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        Bundle::write(&bundle.peer(ANCHORS), parameters.to_owned() + &Bundle::read(&bundle.peer(ANCHORS)));
    }),
    row("a CA with a key that everyone can read", &["CM0418", "CM0756"], |bundle| {
        let key = KeyPair::generate().expect("a key").serialize_pem();
        Bundle::write(&bundle.peer(ANCHORS), Bundle::read(&bundle.peer(ANCHORS)) + &key);
        Bundle::chmod(&bundle.peer(ANCHORS), 0o644);
    }),
    row("a certificate with its key, which everyone can read", &["CM0418"], |bundle| {
        let both = Bundle::read(&bundle.peer(KEY)) + &Bundle::read(&bundle.peer(CERTIFICATE));
        Bundle::write(&bundle.peer(CERTIFICATE), both);
        Bundle::chmod(&bundle.peer(CERTIFICATE), 0o644);
    }),
    row("a certificate behind a leaf that nobody can read", &["CM0758"], |bundle| {
        let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        Bundle::write(&bundle.peer(CERTIFICATE), Bundle::read(&bundle.peer(CERTIFICATE)) + damaged);
    }),
    row("lines as a mail program writes them", &[], |bundle| {
        for file in [ANCHORS, CERTIFICATE, KEY] {
            let text = Bundle::read(&bundle.peer(file)).replace('\n', " \r\n\r\n");
            Bundle::write(&bundle.peer(file), format!("Here is -----BEGIN CERTIFICATE-----, as agreed:\r\n{text}"));
        }
    }),
    row("a CA that may not sign, and is for no server", &["CM0410", "CM0760"], |bundle| {
        let anchor = anchor(|params| {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        });
        Bundle::write(&bundle.peer(ANCHORS), anchor);
    }),
    row("a leaf as anchor", &["CM0428", "CM0760"], |bundle| {
        Bundle::write(&bundle.peer(ANCHORS), anchor(|params| params.is_ca = IsCa::ExplicitNoCa));
    }),
    row("two CAs with one name", &["CM0417", "CM0760"], |bundle| {
        Bundle::write(&bundle.peer(ANCHORS), stranger("Corp CA") + &stranger("Corp CA"));
    }),
    row("a CA that has expired", &["CM0731", "CM0760"], |bundle| {
        Bundle::write(&bundle.peer(ANCHORS), anchor(|params| params.not_after = date_time_ymd(2026, 2, 1)));
    }),
    row("a CA that has expired beside one that is good", &["CM0428", "CM0760"], |bundle| {
        Bundle::append(&bundle.peer(ANCHORS), &anchor(|params| params.not_after = date_time_ymd(2026, 2, 1)));
    }),
    row("a CA file in another order", &["CM0760"], |bundle| {
        Bundle::append(&bundle.peer(ANCHORS), &stranger("Corp CA"));
    }),
    row("an expired certificate behind the leaf", &["CM0428", "CM0734"], |bundle| {
        Bundle::append(&bundle.peer(CERTIFICATE), &anchor(|params| params.not_after = date_time_ymd(2026, 2, 1)));
    }),
    row("a critical extension that Go does not know", &["CM0761"], |bundle| {
        replace(
            bundle,
            client(bundle, |params| {
                let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
                extension.set_criticality(true);
                params.custom_extensions = vec![extension];
            }),
        );
    }),
    row("a server below a key that only Go verifies with", &["CM0731", "CM0760", "CM0762"], |bundle| {
        let at = |name: &str| bundle.sandbox.path(name).to_str().expect("text").to_owned();
        bundle.sandbox.write("p224.cnf", "[v]\nsubjectAltName=IP:10.2.2.2\n");
        let [key, crt, server, csr, cnf, given] =
            ["p224.key", "p224.crt", "server.key", "server.csr", "p224.cnf", "given.crt"].map(at);
        let curve = |curve: &str, out: &str| {
            let option = format!("ec_paramgen_curve:{curve}");
            tool("openssl", "openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", &option, "-out", out]);
        };
        curve("P-224", &key);
        curve("P-256", &server);
        tool("openssl", "openssl", ["req", "-x509", "-key", &key, "-subj", "/CN=P-224", "-days", "20000", "-out", &crt]);
        tool("openssl", "openssl", ["req", "-new", "-key", &server, "-subj", "/CN=etcd", "-out", &csr]);
        let words = ["x509", "-req", "-in", &csr, "-CA", &crt, "-CAkey", &key, "-CAcreateserial", "-days", "20000"];
        tool("openssl", "openssl", [&words[..], &["-extfile", &cnf, "-extensions", "v", "-out", &given]].concat());
        Bundle::write(&bundle.peer(ANCHORS), Bundle::read(&bundle.sandbox.path("p224.crt")));
        replace(bundle, client(bundle, |params| params.not_after = date_time_ymd(2099, 1, 1)));
    })
    // By openssl's clock, which is no test's, as above.
    .with(&["given.crt", "--at", "2040-01-01T00:00:00Z"]),
    row("no common name", &["CM0403"], |bundle| {
        replace(bundle, client(bundle, |params| params.distinguished_name = rcgen::DistinguishedName::new()));
    }),
    row("a common name that is too long", &["CM0428"], |bundle| {
        replace(bundle, client(bundle, |params| params.distinguished_name.push(DnType::CommonName, "x".repeat(65))));
    }),
    row("the administrator's credential", &["CM0420"], |bundle| {
        replace(bundle, client(bundle, |params| params.distinguished_name.push(DnType::CommonName, "root")));
    }),
    row("a renewed certificate for the same key", &[], |bundle| {
        let key = KeyPair::from_pem(&Bundle::read(&bundle.peer(KEY))).expect("the key");
        Bundle::write(&bundle.peer(CERTIFICATE), signed(bundle, &key, |_| {}));
    }),
];
