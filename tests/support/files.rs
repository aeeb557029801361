//! The certificates in `tests/diagnostics/files`, with keys: a mesh finds them as a machine has them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use pem::Pem;

/// PKCS#8 of an Ed25519 key, up to its seed (RFC 8410 section 7).
const PKCS8_ED25519: &[u8] = &[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// Copies the files to the new folder `into`, with a `NAME.key` of mode 0600 for each `NAME.crt`. Beside them stands
/// `corp-exposed.key`, the key of `corp.crt`, which everyone can read, `corp-with-key.crt`, which has both,
/// `client-with-key-exposed.crt`, the same of a client, which everyone can read, `client-and-indented.crt`, a client certificate
/// with an indented one behind it, and `encrypted.key` and `garbled.key`, which nobody can use.
pub fn files(into: &Path) {
    fs::create_dir_all(into).expect("a folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/files");
    for entry in fs::read_dir(&from).expect("the files") {
        let name = entry.expect("an entry").file_name().into_string().expect("text");
        let text = fs::read(from.join(&name)).expect("read");
        write(&into.join(&name), &text, 0o600);
        if let Some(owner) = name.strip_suffix(".crt") {
            write(&into.join(format!("{owner}.key")), key(owner).as_bytes(), 0o600);
        }
    }
    write(&into.join("corp-exposed.key"), key("corp").as_bytes(), 0o644);
    let read = |name: &str| fs::read_to_string(into.join(name)).expect("a certificate");
    write(&into.join("corp-with-key.crt"), (read("corp.crt") + &key("corp")).as_bytes(), 0o600);
    write(&into.join("client-with-key-exposed.crt"), (read("client.crt") + &key("client")).as_bytes(), 0o644);
    let indented = format!("{}  {}", read("client.crt"), read("corp.crt").replace('\n', "\n  "));
    write(&into.join("client-and-indented.crt"), indented.as_bytes(), 0o644);
    // As far as anybody can tell without the passphrase.
    let encrypted = pem::encode(&Pem::new("ENCRYPTED PRIVATE KEY", *b"stands in for a key that nobody here can decrypt"));
    write(&into.join("encrypted.key"), encrypted.as_bytes(), 0o600);
    write(&into.join("garbled.key"), key("corp").replace('\n', "!").as_bytes(), 0o600);
}

/// The key of the certificate `owner.crt`, as `make.sh` there makes it. It is no secret.
pub fn key(owner: &str) -> String {
    let seed = digest(&SHA256, format!("meshbundle test key {owner}").as_bytes());
    pem::encode(&Pem::new("PRIVATE KEY", [PKCS8_ED25519, seed.as_ref()].concat()))
}

fn write(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}
