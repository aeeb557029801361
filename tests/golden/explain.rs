//! Text with every random number replaced by what it is; one that nobody can explain fails the test.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use time::OffsetDateTime;

use crate::golden::x509::{self, Certificate};

/// Lengths of what must be explained: serial numbers and names of states, SHA-256.
const RANDOM: [usize; 2] = [32, 64];

/// What is known of the numbers in a scene.
pub(crate) struct Explainer {
    now: OffsetDateTime,
    certificates: RefCell<BTreeMap<String, Certificate>>,
    numbers: RefCell<BTreeMap<String, String>>,
}

impl Explainer {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self { now, certificates: RefCell::default(), numbers: RefCell::default() }
    }

    /// `number` means `what`.
    pub(crate) fn learn(&self, number: &str, what: &str) {
        self.numbers.borrow_mut().insert(number.to_owned(), format!("<{what}>"));
    }

    /// Learns the numbers of every certificate in `text`, and the digest of all of them as anchors.
    pub(crate) fn learn_certificates(&self, text: &str) {
        let certificates: Vec<_> =
            blocks(text).filter(|block| block.contains("CERTIFICATE")).map(|pem| self.certificate(pem)).collect();
        for certificate in &certificates {
            self.learn(&certificate.serial, &format!("serial of {}", certificate.subject));
            self.learn(&certificate.fingerprint, &format!("fingerprint of {}", certificate.subject));
            self.learn(certificate.fingerprint.get(..16).expect("64 digits"), "start of its fingerprint");
        }
        let fingerprints: Vec<&str> = certificates.iter().map(|certificate| certificate.fingerprint.as_str()).collect();
        let subjects: Vec<&str> = certificates.iter().map(|certificate| certificate.subject.as_str()).collect();
        self.learn(&sha256(fingerprints.join("\n").as_bytes()), &format!("fingerprints of {}", subjects.join(" and ")));
    }

    fn certificate(&self, pem: &str) -> Certificate {
        let known = self.certificates.borrow().get(pem).cloned();
        known.unwrap_or_else(|| {
            let told = x509::certificate(pem, self.now);
            self.certificates.borrow_mut().insert(pem.to_owned(), told.clone());
            told
        })
    }

    /// `text` with PEM as fields and numbers as words.
    pub(crate) fn explain(&self, text: &str) -> String {
        let mut explained = String::new();
        let mut rest = text;
        for block in blocks(text) {
            let at = rest.find(block).expect("it is in the text");
            explained += &self.words(rest.get(..at).expect("before"));
            explained += &self.block(block);
            rest = rest.get(at + block.len()..).expect("behind");
        }
        explained + &self.words(rest)
    }

    fn block(&self, pem: &str) -> String {
        let kind = pem.lines().next().expect("a first line").trim_matches('-').trim_start_matches("BEGIN ").to_owned();
        if kind == "CERTIFICATE" {
            return format!("CERTIFICATE\n{}", self.certificate(pem).text.trim_end());
        }
        assert!(kind.ends_with("PRIVATE KEY"), "a {kind}");
        let public_key = x509::public_key(pem);
        let certificates = self.certificates.borrow();
        let owner = certificates.values().find(|certificate| certificate.public_key == public_key);
        format!("{kind} of {}", owner.unwrap_or_else(|| panic!("a key that no certificate has")).subject)
    }

    /// Runs of hexadecimal digits as what they mean, sizes, and times.
    fn words(&self, text: &str) -> String {
        let numbers = self.numbers.borrow();
        let mut explained = String::new();
        for line in text.split_inclusive('\n') {
            if line.trim_start().starts_with("\"size\": ") {
                explained += &format!("{}<bytes>,\n", line.trim_end_matches(|c: char| c.is_ascii_digit() || ",\n".contains(c)));
                continue;
            }
            if let Some(seconds) = time(line) {
                let date = OffsetDateTime::from_unix_timestamp(seconds).expect("a time");
                explained += &line.replace(&seconds.to_string(), &format!("<{}>", x509::from_now(date, self.now)));
                continue;
            }
            let mut rest = line;
            while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
                explained += rest.get(..start).expect("before");
                rest = rest.get(start..).expect("from there");
                let (word, behind) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len()));
                let random = RANDOM.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit());
                match numbers.get(word) {
                    Some(meaning) => explained += meaning,
                    None if random => panic!("what is {word}? {line}"),
                    None => explained += word,
                }
                rest = behind;
            }
            explained += rest;
        }
        explained
    }
}

/// Seconds since 1970, where `line` is a JSON field for them.
fn time(line: &str) -> Option<i64> {
    let (field, value) = line.trim().trim_end_matches(',').split_once(": ")?;
    matches!(field, "\"notBefore\"" | "\"notAfter\"").then(|| value.parse().expect("a number"))
}

/// The PEM blocks in `text`, without their last line end.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("-----BEGIN ").filter_map(|(from, _)| {
        let rest = text.get(from..)?;
        let end = rest.find("-----END ")?;
        let close = rest.get(end..)?.find('\n').map_or(rest.len(), |line| end + line);
        rest.get(..close)
    })
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}
