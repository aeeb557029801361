//! Files that hold no certificate or no key that Go sees: each is called what it is, and the command that is offered for it makes,
//! pasted into a shell, a file that Go reads.

use std::process::{Command, Stdio};

use meshbundle::pem::{Text, Want};
use meshbundle::x509::{Certificate, GoRules, PrivateKey};

use crate::pem_judge::kinds::Kinds;
use crate::pem_judge::ways::WAYS;

/// A file, what is wanted of it, and words of what it is called.
const FORMS: &[(&str, Want, &str)] = &[
    ("pair.crt.der", Want::Certificates, "a certificate in DER"),
    ("trusted.crt", Want::Certificates, "notes on what it is trusted for, `TRUSTED CERTIFICATE`"),
    ("ca.p7b", Want::Certificates, "certificates in PKCS#7, `PKCS7`"),
    ("ca.p7b.der", Want::Certificates, "certificates in PKCS#7 in DER"),
    ("pair.p12", Want::Certificates, "a PKCS#12 store in DER"),
    ("pair.key.der", Want::Key, "an EC private key (SEC 1) in DER"),
    ("pair.p12", Want::Key, "a PKCS#12 store in DER"),
    ("encrypted.key", Want::Key, "an encrypted private key, `ENCRYPTED PRIVATE KEY`"),
    ("encrypted.der", Want::Key, "an encrypted private key (PKCS#8) in DER"),
    ("old.key", Want::Key, "a private key, `EC PRIVATE KEY`"),
    ("openssh", Want::Key, "a key of OpenSSH, `OPENSSH PRIVATE KEY`"),
];

/// Files that nothing makes a certificate or a key of.
const HOPELESS: &[(&str, Want, &str)] = &[
    ("list.crl", Want::Certificates, "a list of revoked certificates, `X509 CRL`"),
    ("list.crl.der", Want::Certificates, "a list of revoked certificates in DER"),
    ("pair.csr", Want::Certificates, "a certificate request"),
    ("pair.csr.der", Want::Certificates, "a certificate request in DER"),
    ("pair.pub", Want::Key, "a public key, `PUBLIC KEY`"),
    ("pair.key", Want::Certificates, "a private key, `PRIVATE KEY`"),
    ("pair.crt", Want::Key, "a certificate, `CERTIFICATE`"),
    ("openssh.pub", Want::Key, "a public key of OpenSSH"),
    ("index", Want::Certificates, "an empty file"),
    ("ca.cnf", Want::Certificates, "no PEM"),
];

#[test]
fn a_file_in_another_form_is_called_that_and_its_command_converts_it() {
    let kinds = Kinds::new();
    for (file, want, called) in FORMS {
        let (reason, help) = Text::read(&kinds.part(file)).instead(*want, file);
        assert!(reason.contains(called), "{file}: {reason}");
        let help = help.unwrap_or_else(|| panic!("{file}: no command"));
        paste(&kinds, &help);
        readable(&kinds.part(&format!("{file}.pem")), *want, file);
    }
    for (file, want, called) in HOPELESS {
        let (reason, help) = Text::read(&kinds.part(file)).instead(*want, file);
        assert!(reason.contains(called) && help.is_none(), "{file}: {reason} {help:?}");
    }
}

/// Where what is wanted is there and Go does not see it, the edit in the help makes it be seen, if there is one.
#[test]
fn the_edit_for_a_block_that_go_does_not_see_makes_it_seen() {
    let kinds = Kinds::new();
    let mut edits = 0;
    for (way, change) in WAYS {
        for (name, want) in [("pair.crt", Want::Certificates), ("pair.key", Want::Key)] {
            let file = change(&kinds.part(name));
            let text = Text::read(&file);
            let nothing = match want {
                Want::Certificates => Certificate::chain(&text, GoRules::NEWEST).is_err(),
                Want::Key => PrivateKey::read(&text).is_err(),
            };
            let Some(unseen) = text.unseen.first().filter(|_| nothing) else { continue };
            kinds.write("edited", &file);
            let (_, help) = text.instead(want, "edited");
            let help = help.unwrap_or_else(|| unseen.why.help("edited"));
            if help.contains("`sed ") {
                paste(&kinds, &help);
                readable(&kinds.part("edited"), want, way);
                edits += 1;
            }
        }
    }
    println!("{edits} edits");
    assert!(edits >= 16, "{edits} edits");
}

/// The same files by their names in other hands: keys count wherever they are.
#[test]
fn a_private_key_is_seen_wherever_it_is() {
    let kinds = Kinds::new();
    for file in ["pair.key", "pair.sec1", "rsa.pkcs1", "encrypted.key", "old.key", "openssh", "pair.key.der", "bags"] {
        assert!(Text::read(&kinds.part(file)).holds_key(), "{file}");
    }
    for (way, change) in
        WAYS.iter().filter(|(way, _)| ["indented", "byte order", "CR alone", "one line"].iter().any(|word| way.contains(word)))
    {
        assert!(Text::read(&change(&kinds.part("pair.key"))).holds_key(), "{way}");
    }
    for file in ["pair.crt", "ca.p7b", "pair.csr", "list.crl", "pair.pub", "params", "ca.cnf", "pair.crt.der", "openssh.pub"] {
        assert!(!Text::read(&kinds.part(file)).holds_key(), "{file}");
    }
}

fn readable(file: &[u8], want: Want, name: &str) {
    let text = Text::read(file);
    let error = match want {
        Want::Certificates => Certificate::chain(&text, GoRules::NEWEST).err().map(|error| error.to_string()),
        Want::Key => PrivateKey::read(&text).err().map(|error| error.to_string()),
    };
    assert_eq!(error, None, "{name}: {}", String::from_utf8_lossy(file));
}

/// Runs the command of a help. Passwords are asked for on standard input here.
fn paste(kinds: &Kinds, help: &str) {
    let command = help.split('`').nth(1).unwrap_or_else(|| panic!("no command: {help}"));
    let with_password = ["pkcs12", "pkcs8", "openssl pkey"]
        .into_iter()
        .fold(command.to_owned(), |command, word| command.replace(&format!("{word} "), &format!("{word} -passin pass:secret ")));
    let mut shell = Command::new("sh");
    shell.args(["-ec", &with_password]).current_dir(kinds.folder()).stdin(Stdio::null());
    let output = shell.output().expect("a shell");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}
