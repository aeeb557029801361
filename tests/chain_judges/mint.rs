//! Certificates of any version, name and kind of key, put together by hand and signed: what `forge` cannot make because its
//! library would not write it.

use std::path::Path;

use rcgen::{KeyPair, PublicKeyData, SigningKey};
use time::OffsetDateTime;

use crate::chain_judges::der::{der, integer, oid, sequence};
use crate::chain_judges::forge::{Extension, Plan, noon};
use crate::chain_judges::shapes::{bits, null};
use crate::support::judges::run_openssl;

/// A kind of key, as `openssl genpkey` is asked for it.
const KINDS: [(&str, &[&str]); 10] = [
    ("P-256", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("P-384", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ("Ed25519", &["-algorithm", "ED25519"]),
    ("RSA 2048", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ("RSA 1024", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]),
    ("RSA 768", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:768"]),
    ("P-521", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
    ("P-224", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"]),
    ("RSASSA-PSS", &["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ("Ed448", &["-algorithm", "ED448"]),
];

/// The numbers of keys that can sign here, of some that can only be certified, and of those that sign nothing that Go knows.
pub(crate) const SIGNERS: std::ops::Range<usize> = 0..8;
pub(crate) const WEAK: [usize; 3] = [8, 9, 10];
pub(crate) const USELESS: [usize; 3] = [11, 12, 13];

/// A certificate as a plan has it, and what is odd about it.
#[derive(Clone)]
pub(crate) struct Coin {
    pub(crate) plan: Plan,
    pub(crate) version_1: bool,
    pub(crate) serial: Vec<u8>,
    /// An RSA key of so many bits that nobody has, in the place of the plan's.
    pub(crate) long_rsa: Option<usize>,
}

pub(crate) struct Mint {
    keys: Vec<Key>,
}

struct Key {
    /// PKCS#8.
    pem: String,
    spki: Vec<u8>,
    signer: Option<(Vec<u8>, KeyPair)>,
}

impl Mint {
    /// Two keys of each kind that signs, one of each other kind.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let kinds = [0, 0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9];
        let keys = kinds.into_iter().map(|kind| Key::new(KINDS[kind], dir.path())).collect();
        Self { keys }
    }

    /// The private key of a number, PEM.
    pub(crate) fn key(&self, number: usize) -> &str {
        &self.keys[number].pem
    }

    /// DER. A key that cannot sign makes a signature that is none.
    pub(crate) fn strike(&self, coin: &Coin) -> Vec<u8> {
        let plan = &coin.plan;
        let nothing = (sequence(&[oid(&[1, 3, 101, 113])]), None);
        let signer = self.keys[plan.issuer_key].signer.as_ref();
        let (algorithm, key) = signer.map_or(nothing, |(algorithm, key)| (algorithm.clone(), Some(key)));
        let mut parts = vec![
            der(0x02, &[&coin.serial]),
            algorithm.clone(),
            name(&plan.issuer),
            sequence(&[instant(plan.days.0), instant(plan.days.1)]),
            name(&plan.subject),
            coin.long_rsa.map_or_else(|| self.keys[plan.key].spki.clone(), rsa_of),
        ];
        if !coin.version_1 {
            parts.insert(0, der(0xa0, &[&integer(0x02, 2)]));
            let extensions: Vec<Vec<u8>> = plan.extensions.iter().map(extension).collect();
            if !extensions.is_empty() {
                parts.push(der(0xa3, &[&sequence(&extensions)]));
            }
        }
        let body = sequence(&parts);
        let signature = key.map_or_else(|| vec![0; 114], |key| key.sign(&body).expect("signed"));
        sequence(&[body, algorithm, bits(0, &signature)])
    }
}

impl Key {
    fn new((kind, words): (&str, &[&str]), dir: &Path) -> Self {
        let pem = run_openssl([&["genpkey"], words].concat(), dir);
        std::fs::write(dir.join("key"), &pem).expect("written");
        run_openssl(["pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public"], dir);
        let spki = std::fs::read(dir.join("public")).expect("a public key");
        let algorithm = match kind {
            "P-256" => Some(sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 2])])),
            "P-384" => Some(sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 3])])),
            "Ed25519" => Some(sequence(&[oid(&[1, 3, 101, 112])])),
            "RSA 2048" => Some(sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 11]), null()])),
            _ => None,
        };
        let signer = algorithm.map(|algorithm| (algorithm, KeyPair::from_pem(&pem).expect("a key that signs")));
        assert!(signer.as_ref().is_none_or(|(_, key)| key.subject_public_key_info() == spki), "{kind}: another key");
        Self { pem, spki, signer }
    }
}

/// A common name, or no name at all.
fn name(common_name: &str) -> Vec<u8> {
    if common_name.is_empty() {
        return sequence(&[]);
    }
    sequence(&[der(0x31, &[&sequence(&[oid(&[2, 5, 4, 3]), der(0x0c, &[common_name.as_bytes()])])])])
}

fn instant(days: i64) -> Vec<u8> {
    let at: OffsetDateTime = noon() + time::Duration::days(days);
    let (hour, minute, second) = at.to_hms();
    let text = format!("{:02}{:02}{:02}{hour:02}{minute:02}{second:02}Z", at.year() % 100, u8::from(at.month()), at.day());
    der(0x17, &[text.as_bytes()])
}

fn extension(extension: &Extension) -> Vec<u8> {
    let critical = if extension.critical { der(0x01, &[&[0xff]]) } else { Vec::new() };
    sequence(&[oid(&extension.oid), critical, der(0x04, &[&extension.value])])
}

fn rsa_of(bit_count: usize) -> Vec<u8> {
    let mut modulus = vec![0xff; bit_count / 8];
    modulus.insert(0, 0);
    let key = sequence(&[der(0x02, &[&modulus]), der(0x02, &[&[1, 0, 1]])]);
    sequence(&[sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 1]), null()]), bits(0, &key)])
}
