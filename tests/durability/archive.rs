//! An archive as a receiver finds it: whole to its last checksum, with the certificates and keys in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use x509_parser::pem::Pem;

/// What matters of an archive here.
pub struct Archive {
    /// Generation that its manifest has.
    pub generation: u64,
    /// Its leaves.
    pub leaves: Vec<Leaf>,
    /// SHA-256 of each authority's certificate in it.
    pub authorities: Vec<String>,
    /// Every file, by path below its top folder.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A certificate of an archive that is no authority's.
pub struct Leaf {
    /// Serial number, 32 hexadecimal digits.
    pub serial: String,
    /// The key beside it.
    pub key: String,
}

impl Archive {
    /// Reads the archive at `path`; fails the test where it is not whole.
    pub fn read(path: &Path) -> Self {
        let packed = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut bytes = Vec::new();
        let mut decoder = flate2::read::MultiGzDecoder::new(&packed[..]);
        decoder.read_to_end(&mut bytes).unwrap_or_else(|error| panic!("{} is not whole: {error}", path.display()));
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(&bytes[..]).entries().expect("a tar archive") {
            let mut entry = entry.unwrap_or_else(|error| panic!("{} is not whole: {error}", path.display()));
            if entry.header().entry_type().is_file() {
                let name = entry.path().expect("a path").to_str().expect("text").to_owned();
                let (_, name) = name.split_once('/').expect("a top folder");
                let mut content = Vec::new();
                entry.read_to_end(&mut content).expect("content");
                files.insert(name.to_owned(), content);
            }
        }
        let manifest = files.get("manifest.json").unwrap_or_else(|| panic!("{} has no manifest", path.display()));
        let manifest: serde_json::Value = serde_json::from_slice(manifest).expect("a manifest");
        let generation = manifest["generation"].as_u64().expect("a generation");
        let (mut leaves, mut authorities) = (Vec::new(), Vec::new());
        for (name, content) in files.iter().filter(|(name, _)| name.ends_with(".crt")) {
            for pem in Pem::iter_from_buffer(content) {
                let pem = pem.expect("a certificate");
                let certificate = pem.parse_x509().expect("a certificate");
                if certificate.is_ca() {
                    authorities.push(sha256(&pem.contents));
                    continue;
                }
                let key = &files[&name.replace(".crt", ".key")];
                let key = String::from_utf8(key.clone()).expect("a key is text");
                leaves.push(Leaf { serial: format!("{:032x}", certificate.tbs_certificate.serial), key });
            }
        }
        assert!(!leaves.is_empty(), "{} has no certificate", path.display());
        Self { generation, leaves, authorities, files }
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
}
