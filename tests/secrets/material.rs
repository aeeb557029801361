//! Keys of several kinds, the forms in which they get pasted, and what nobody may see of them.

use std::collections::HashSet;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Ran, Sandbox, tool};

/// A key as its tool writes it.
pub(crate) struct Key {
    pub(crate) kind: &'static str,
    pub(crate) pem: String,
}

impl Key {
    /// One of each kind.
    pub(crate) fn all() -> Vec<Self> {
        let sandbox = Sandbox::new();
        let at = |name: &str| sandbox.path(name).to_str().expect("text").to_owned();
        let openssl = |words: &str, to: &str| {
            let words = words.replace("OUT", &at(to)).replace("RSA", &at("rsa")).replace("EC", &at("ec"));
            tool("openssl", "openssl", words.split(' '));
        };
        openssl("genpkey -quiet -algorithm rsa -out OUT", "rsa");
        openssl("genpkey -quiet -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out OUT", "ec");
        openssl("genpkey -quiet -algorithm ed25519 -out OUT", "ed25519");
        openssl("rsa -in RSA -traditional -out OUT", "pkcs1");
        openssl("ec -in EC -out OUT", "sec1");
        openssl("pkcs8 -topk8 -in EC -passout pass:x -out OUT", "encrypted");
        openssl("rsa -in RSA -traditional -aes256 -passout pass:x -out OUT", "legacy");
        tool("ssh-keygen", "openssh-client", ["-q", "-t", "ed25519", "-N", "", "-f", &at("openssh")]);
        ["rsa", "ec", "ed25519", "pkcs1", "sec1", "encrypted", "legacy", "openssh"]
            .map(|kind| Self { kind, pem: fs::read_to_string(at(kind)).expect("a key") })
            .into()
    }

    /// The lines of its data.
    fn lines(&self) -> Vec<&str> {
        self.pem.lines().filter(|line| !line.contains(['-', ':']) && !line.is_empty()).collect()
    }

    fn der(&self) -> Vec<u8> {
        STANDARD.decode(self.lines().concat()).expect("base64")
    }

    /// The forms in which it gets pasted.
    pub(crate) fn forms(&self) -> Vec<(&'static str, String)> {
        let lines = self.lines();
        let hex = hex::encode(self.der());
        let wrapped: Vec<&str> = hex.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        vec![
            ("whole", self.pem.clone()),
            ("cut off", self.pem.lines().take_while(|line| !line.contains("-----END")).map(|line| format!("{line}\n")).collect()),
            ("indented", self.pem.lines().map(|line| format!("    {line}\n")).collect()),
            ("escaped", self.pem.replace('\n', "\\n")),
            ("from Windows", self.pem.replace('\n', "\r\n")),
            ("without its lines", lines.join("\n")),
            ("one line of it", lines.first().copied().unwrap_or_default().to_owned()),
            ("folded", lines.join(" ")),
            ("as in a Secret", STANDARD.encode(&self.pem)),
            ("DER in base64", STANDARD.encode(self.der())),
            ("DER in hexadecimal", hex.clone()),
            ("the same in lines", wrapped.join("\n")),
            ("the same in capitals", hex.to_uppercase()),
        ]
    }

    /// Eight bytes of it that `text` has, if it has any.
    pub(crate) fn found_in(&self, text: &[u8]) -> Option<String> {
        let (body, der) = (self.lines().concat(), self.der());
        let hex = hex::encode(&der);
        // Eight bytes are sixteen digits. What is the same letter again and again is nobody's secret, and in every text.
        let parts = [
            (body.into_bytes(), 8),
            (STANDARD.encode(&self.pem).into_bytes(), 8),
            (der, 8),
            (hex.to_uppercase().into_bytes(), 16),
            (hex.into_bytes(), 16),
        ];
        parts.iter().find_map(|(secret, length)| {
            let windows: HashSet<&[u8]> =
                secret.windows(*length).filter(|part| part.iter().any(|byte| byte != &part[0])).collect();
            let found = text.windows(*length).find(|part| windows.contains(part))?;
            Some(String::from_utf8_lossy(found).into_owned())
        })
    }

    /// Demands that a run shows nothing of it.
    pub(crate) fn is_hidden(&self, what: &str, ran: &Ran) {
        assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
        for shown in [&ran.stdout, &ran.stderr] {
            if let Some(part) = self.found_in(shown.as_bytes()) {
                panic!("{what}: `{part}` of a key ({}) is shown\n{shown}", self.kind);
            }
        }
    }
}

/// The judge can say no.
#[test]
fn a_printed_key_is_found() {
    for key in Key::all() {
        for (form, text) in key.forms() {
            assert!(key.found_in(text.as_bytes()).is_some(), "{} {form}", key.kind);
        }
        assert_eq!(key.found_in(&[b'x'; 100]), None);
    }
}
