//! What files hold: certificates, keys and other things, alone and together, made by OpenSSL and ssh-keygen.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A folder with everything made once.
pub(crate) struct Kinds(TempDir);

/// Makes every part. `pair` is a certificate with its key on P-256, `rsa` and `ed` the same of other kinds.
const MAKE: &str = r#"
exec >log 2>&1
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=30\ncrlnumber=number\n' >ca.cnf
: >index; echo 01 >number
key() { openssl genpkey -algorithm "$2" ${3:+-pkeyopt "$3"} -out "$1.key"; }
root() { openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 3650 -out "$1.crt"; }
leaf() { openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -days 3650 -out "$1.crt"; }
p256=ec_paramgen_curve:P-256
key ca EC $p256; root ca; key other EC $p256; root other
key pair EC $p256; leaf pair; key rsa RSA rsa_keygen_bits:2048; leaf rsa; key ed ED25519; leaf ed
key p384 EC ec_paramgen_curve:P-384; leaf p384; key p521 EC ec_paramgen_curve:P-521; leaf p521
key p224 EC ec_paramgen_curve:P-224; leaf p224
key brainpool EC ec_paramgen_curve:brainpoolP256r1; leaf brainpool
openssl pkey -in pair.key -ec_param_enc explicit -out explicit.key; leaf explicit
key ed448 ED448; leaf ed448; key x25519 X25519
openssl dsaparam -out dsa.params 1024; openssl gendsa -out dsa.key dsa.params
openssl x509 -req -in pair.csr -CA ca.crt -CAkey ca.key -days 3650 -set_serial -5 -out negative.crt
openssl x509 -in ca.crt -addtrust serverAuth -trustout -out trusted.crt
openssl ca -config ca.cnf -gencrl -keyfile ca.key -cert ca.crt -out list.crl
openssl crl2pkcs7 -nocrl -certfile ca.crt -out ca.p7b
openssl pkey -in pair.key -pubout -out pair.pub
openssl ecparam -name prime256v1 -out params
openssl pkey -in pair.key -traditional -out pair.sec1
openssl pkey -in explicit.key -traditional -out explicit.sec1
openssl pkey -in rsa.key -traditional -out rsa.pkcs1
openssl pkcs8 -topk8 -in pair.key -passout pass:secret -out encrypted.key
openssl ec -in pair.key -aes128 -passout pass:secret -out old.key
openssl pkcs12 -export -in pair.crt -inkey pair.key -passout pass:secret -out pair.p12
openssl pkcs12 -in pair.p12 -passin pass:secret -nodes -out bags
ssh-keygen -q -t ecdsa -N '' -f openssh
openssl x509 -in pair.crt -text >text.crt
for form in "x509 pair.crt" "pkey pair.key" "crl list.crl" "req pair.csr"; do
  set -- $form; openssl "$1" -in "$2" -outform DER -out "$2.der"; done
openssl pkcs7 -in ca.p7b -outform DER -out ca.p7b.der
openssl pkcs8 -topk8 -in pair.key -passout pass:secret -outform DER -out encrypted.der
"#;

impl Kinds {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let made = Command::new("sh").args(["-euc", MAKE]).current_dir(dir.path()).status().expect("a shell");
        let log = fs::read_to_string(dir.path().join("log")).unwrap_or_default();
        assert!(made.success(), "openssl and openssh-client: tests/tools.sh\n{log}");
        Self(dir)
    }

    /// The bytes of a file.
    pub(crate) fn part(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Writes a file beside the others.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.path().join(name), bytes).expect("written");
    }

    /// Where all of it is.
    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A certificate and a key that fit what a file holds.
    pub(crate) fn pair_of(&self, kind: &str) -> (Vec<u8>, Vec<u8>) {
        let own = ["rsa", "ed", "p384", "p521", "p224"].into_iter().find(|own| kind.split(' ').any(|word| word == *own));
        let own = own.unwrap_or("pair");
        (self.part(&format!("{own}.crt")), self.part(&format!("{own}.key")))
    }

    /// Names, and bytes. A name's words are files, one behind the other; `A=B` is the content of A under the label B.
    pub(crate) fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        NAMES.iter().map(|name| (*name, name.split(' ').flat_map(|word| self.word(word)).collect())).collect()
    }

    fn word(&self, word: &str) -> Vec<u8> {
        let Some((file, label)) = word.split_once('=') else { return self.part(word) };
        let der = pem::parse(self.part(file)).expect("OpenSSL writes PEM").into_contents();
        pem::encode(&pem::Pem::new(label.replace('_', " "), der)).replace("\r\n", "\n").into_bytes()
    }
}

const NAMES: &[&str] = &[
    "ca.crt",
    "ca.crt other.crt",
    "ca.crt ca.crt",
    "ca.crt ca.key",
    "ca.key ca.crt",
    "params ca.crt",
    "list.crl ca.crt",
    "ca.crt list.crl",
    "trusted.crt",
    "ca.crt trusted.crt",
    "ca.crt=X509_CERTIFICATE",
    "ca.crt=PRIVATE_KEY",
    "ca.p7b",
    "pair.csr",
    "pair.pub ca.crt",
    "negative.crt",
    "ca.crt negative.crt",
    "brainpool.crt",
    "explicit.crt",
    "ed448.crt",
    "text.crt",
    "pair.crt",
    "pair.crt ca.crt",
    "ca.crt pair.crt",
    "pair.crt pair.crt",
    "pair.key pair.crt",
    "pair.crt pair.key ca.crt",
    "pair.crt negative.crt",
    "pair.crt pair.csr=CERTIFICATE",
    "pair.crt=X509_CERTIFICATE pair.crt",
    "bags",
    "pair.key",
    "pair.sec1",
    "params pair.sec1",
    "pair.key other.key",
    "other.key pair.key",
    "pair.key=EC_PRIVATE_KEY",
    "pair.sec1=PRIVATE_KEY",
    "pair.sec1=ANYTHING_PRIVATE_KEY",
    "pair.sec1=ANYPRIVATE_KEY",
    "pair.crt=PRIVATE_KEY pair.key",
    "encrypted.key",
    "old.key",
    "old.key pair.key",
    "explicit.key",
    "explicit.sec1",
    "openssh",
    "dsa.key",
    "x25519.key",
    "ed448.key",
    "rsa.key",
    "rsa.pkcs1 rsa.crt",
    "rsa.pkcs1=PRIVATE_KEY rsa.key",
    "ed.key ed.crt",
    "p384.key p384.crt",
    "p521.key p521.crt",
    "p224.key p224.crt",
    "pair.crt.der",
    "pair.key.der",
    "pair.p12",
];
