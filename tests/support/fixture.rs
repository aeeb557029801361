//! Authorities the way the tools of the field make them: certificate and key on a bench.

use meshbundle::mesh::KeyAlgorithm;
use meshbundle::pki::Authority;
use meshbundle::plan::{LeafRequest, LeafUsage};
use time::{Duration, OffsetDateTime};

use crate::support::openssl::Bench;

/// An authority on a bench: `ca.pem` and `ca.key`; a sub-CA's `ca.pem` is followed by its root.
pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    pub(crate) bench: Bench,
}

impl Fixture {
    pub(crate) fn load(&self) -> Authority {
        Authority::load(&self.bench.read("ca.pem"), &self.bench.read("ca.key"))
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// Every kind of authority.
pub(crate) fn all() -> Vec<Fixture> {
    vec![kubeadm(), cfssl(), helm(), certgen(), sub_ca(), pkcs8_rsa(), p384(), p521(), odd_rsa(), ed25519(), without_key_id()]
}

/// kubeadm's `etcd/ca`: RSA 2048 as PKCS#1, a SAN of its own, key usages beyond signing
/// (Kubernetes cmd/kubeadm/app/phases/certs/certlist.go, client-go/util/cert/cert.go).
pub(crate) fn kubeadm() -> Fixture {
    let bench = Bench::new();
    let extensions = "basicConstraints=critical,CA:TRUE
keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign
subjectKeyIdentifier=hash
subjectAltName=DNS:etcd-ca";
    pkcs1(&bench);
    self_sign(&bench, "CN=etcd-ca", extensions);
    Fixture { name: "kubeadm", bench }
}

/// `cfssl gencert -initca`: EC P-256 as SEC 1, a subject with all the names of its JSON.
fn cfssl() -> Fixture {
    let bench = Bench::new();
    bench.run("ecparam -name prime256v1 -genkey -noout -out ca.key");
    let subject = "C=US
ST=California
L=San Francisco
O=Example
OU=Mesh
CN=etcd";
    let extensions = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash";
    self_sign(&bench, subject, extensions);
    Fixture { name: "cfssl", bench }
}

/// Helm's `genCA "Cilium CA"`: RSA 2048 as PKCS#1, extended key usages (Masterminds/sprig
/// crypto.go, `generateCertificateAuthorityWithKeyInternal`).
fn helm() -> Fixture {
    let bench = Bench::new();
    let extensions = "basicConstraints=critical,CA:TRUE
keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign
extendedKeyUsage=serverAuth,clientAuth
subjectKeyIdentifier=hash";
    pkcs1(&bench);
    self_sign(&bench, "CN=Cilium CA", extensions);
    Fixture { name: "helm", bench }
}

/// Cilium certgen's authority: EC P-256 as SEC 1, here with the `EC PARAMETERS` block OpenSSL
/// puts in front and without the public key inside.
fn certgen() -> Fixture {
    let bench = Bench::new();
    bench.run("ecparam -name prime256v1 -genkey -noout -out whole.key");
    bench.run("ec -in whole.key -no_public -out bare.key");
    bench.run("ecparam -name prime256v1 -out parameters");
    bench.write("ca.key", bench.text("parameters") + &bench.text("bare.key"));
    let extensions = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash";
    self_sign(&bench, "CN=Cilium CA", extensions);
    Fixture { name: "certgen", bench }
}

/// A company's sub-CA: repeated OU and DC, an RDN of two attributes, three string types, and an
/// identifier that is no hash.
pub(crate) fn sub_ca() -> Fixture {
    let bench = Bench::new();
    pkcs1(&bench);
    let root = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash";
    self_sign(&bench, "C=DE\nO=Example\nCN=Example Root", root);
    bench.write("root.pem", bench.read("ca.pem"));
    bench.write("root.key", bench.read("ca.key"));

    bench.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key");
    let subject = "1.DC=com
2.DC=example
C=DE
O=Example
1.OU=Platform
2.OU=Zürich
3.OU=Mesh_1
CN=Mesh CA
+serialNumber=7";
    bench.write("sub.cnf", config(subject, "basicConstraints=critical,CA:TRUE"));
    bench.run("req -new -utf8 -key ca.key -config sub.cnf -out sub.csr");
    bench.write(
        "sub.ext",
        "basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=0102030405
authorityKeyIdentifier=keyid:always",
    );
    bench.run(
        "x509 -req -in sub.csr -CA root.pem -CAkey root.key -CAcreateserial -days 900 \
         -extfile sub.ext -out sub.pem",
    );
    bench.write("ca.pem", bench.text("sub.pem") + &bench.text("root.pem"));

    let shown = bench.run("asn1parse -in sub.pem");
    for string_type in ["IA5STRING", "UTF8STRING", "PRINTABLESTRING"] {
        assert!(shown.contains(string_type), "no {string_type} in the fixture");
    }
    Fixture { name: "sub_ca", bench }
}

fn pkcs8_rsa() -> Fixture {
    let bench = Bench::new();
    bench.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out ca.key");
    usual(&bench);
    Fixture { name: "pkcs8_rsa", bench }
}

fn p384() -> Fixture {
    let bench = Bench::new();
    bench.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ca.key");
    usual(&bench);
    Fixture { name: "p384", bench }
}

fn p521() -> Fixture {
    let bench = Bench::new();
    bench.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out ca.key");
    usual(&bench);
    Fixture { name: "p521", bench }
}

/// A length and an exponent that few have.
fn odd_rsa() -> Fixture {
    let bench = Bench::new();
    bench.run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2056 -pkeyopt rsa_keygen_pubexp:3 -out ca.key");
    usual(&bench);
    Fixture { name: "odd_rsa", bench }
}

fn ed25519() -> Fixture {
    let bench = Bench::new();
    bench.run("genpkey -algorithm ED25519 -out ca.key");
    usual(&bench);
    Fixture { name: "ed25519", bench }
}

/// As Go before 1.15 made them: no subject key identifier.
pub(crate) fn without_key_id() -> Fixture {
    let bench = Bench::new();
    bench.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key");
    let extensions = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
subjectKeyIdentifier=none";
    self_sign(&bench, "CN=Old CA", extensions);
    Fixture { name: "without_key_id", bench }
}

fn usual(bench: &Bench) {
    let extensions = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash";
    self_sign(bench, "O=Example\nCN=Example CA", extensions);
}

/// An RSA 2048 key, `RSA PRIVATE KEY`, in `ca.key`.
fn pkcs1(bench: &Bench) {
    bench.run("genrsa -traditional -out ca.key 2048");
    assert!(bench.text("ca.key").starts_with("-----BEGIN RSA PRIVATE KEY"));
}

/// `ca.pem`, signed by `ca.key`.
pub(crate) fn self_sign(bench: &Bench, subject: &str, extensions: &str) {
    bench.write("ca.cnf", config(subject, extensions));
    bench.run("req -x509 -new -utf8 -days 1000 -key ca.key -config ca.cnf -out ca.pem");
}

fn config(subject: &str, extensions: &str) -> String {
    // The mask is OpenSSL's B_ASN1_PRINTABLESTRING | B_ASN1_UTF8STRING: the first that fits.
    format!(
        "[req]
prompt=no
string_mask=MASK:0x2002
distinguished_name=subject
x509_extensions=extensions
[subject]
{subject}
[extensions]
{extensions}
"
    )
}

/// A request for a server's leaf, valid from an hour ago for 90 days.
pub(crate) fn server() -> LeafRequest {
    let now = OffsetDateTime::now_utc();
    LeafRequest {
        common_name: "clustermesh-apiserver.cilium.io".to_owned(),
        dns_names: vec!["clustermesh-apiserver.cilium.io".to_owned(), "*.mesh.cilium.io".to_owned(), "localhost".to_owned()],
        ip_addresses: vec!["127.0.0.1".parse().expect("an address"), "2001:db8::7".parse().expect("an address")],
        usage: LeafUsage::Server,
        algorithm: KeyAlgorithm::EcdsaP256,
        not_before: now - Duration::hours(1),
        not_after: now + Duration::days(90),
    }
}

/// A request for a client's leaf, for the same time.
pub(crate) fn client() -> LeafRequest {
    LeafRequest {
        common_name: "remote".to_owned(),
        dns_names: Vec::new(),
        ip_addresses: Vec::new(),
        usage: LeafUsage::Client,
        ..server()
    }
}
