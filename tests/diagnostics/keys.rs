//! Keys as openssl writes them: what can sign passes as an authority's, what Go can read as a client's, and nothing else does.
//! `lint` sees only public halves, and still tells a key from another one.

use crate::support::{Sandbox, tool};

/// A name, how openssl makes a key `k`, and the code that is told of it as an authority's and as a client's.
type Form = (&'static str, &'static [&'static str], Option<&'static str>, Option<&'static str>);

const FORMS: [Form; 14] = [
    ("PKCS#8 RSA", &["genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out k"], None, None),
    ("PKCS#1 RSA", &["genrsa -traditional -out k 2048"], None, None),
    ("PKCS#8 P-256", &["genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k"], None, None),
    ("SEC 1 with parameters", &["ecparam -name secp384r1 -genkey -out k"], None, None),
    ("SEC 1 without point", &["ecparam -name prime256v1 -genkey -noout -out w", "ec -in w -no_public -out k"], None, None),
    ("Ed25519", &["genpkey -algorithm ED25519 -out k"], None, None),
    ("P-521", &["ecparam -name secp521r1 -genkey -noout -out k"], None, None),
    // TLS 1.3 has no signature for this curve: both ends of Go refuse.
    ("P-224", &["ecparam -name secp224r1 -genkey -noout -out k"], Some("CM0416"), Some("CM0404")),
    ("RSA 3000", &["genrsa -out k 3000"], None, None),
    (
        "RSA with exponent 3",
        &["genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out k"],
        None,
        None,
    ),
    ("Ed448, which Go cannot read", &["genpkey -algorithm ED448 -out k"], Some("CM0416"), Some("CM0416")),
    (
        "encrypted PKCS#8",
        &["genpkey -algorithm ED25519 -out k", "pkcs8 -topk8 -in k -passout pass:x -out e"],
        Some("CM0416"),
        Some("CM0416"),
    ),
    (
        "encrypted PKCS#1",
        &["genrsa -traditional -out k 2048", "rsa -in k -traditional -aes128 -passout pass:x -out e"],
        Some("CM0416"),
        Some("CM0416"),
    ),
    ("a public key", &["genpkey -algorithm ED25519 -out k", "pkey -in k -pubout -out e"], Some("CM0416"), Some("CM0416")),
];

/// Runs openssl in the sandbox; it writes keys as 0600 by itself.
fn openssl(sandbox: &Sandbox, command: &str) {
    let words = command.split(' ').map(|word| match word {
        "k" | "w" | "e" | "crt" | "both" => sandbox.path(word).display().to_string(),
        word => word.to_owned(),
    });
    tool("openssl", "openssl", words);
}

/// A sandbox with a key `k`, or in its stead `e`, and a certificate `crt` of `k`, which is an authority's and a client's at once.
fn sandbox(commands: &[&str]) -> (Sandbox, &'static str) {
    let mut sandbox = Sandbox::new();
    sandbox.at("2030-01-01T00:00:00Z");
    for command in commands {
        openssl(&sandbox, command);
    }
    openssl(&sandbox, "req -x509 -key k -subj /CN=remote -days 36500 -addext keyUsage=keyCertSign,digitalSignature -out crt");
    let key = if sandbox.path("e").exists() { "e" } else { "k" };
    private(&sandbox, key);
    (sandbox, key)
}

fn private(sandbox: &Sandbox, file: &str) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(sandbox.path(file), mode).expect("a mode");
}

/// The codes that are told of a mesh in which `key` is an authority's, or a client's.
fn codes(sandbox: &Sandbox, certificate: &str, key: &str, is_client: bool) -> Vec<String> {
    let own = if is_client { String::new() } else { format!(", key: {key}") };
    let client = if is_client { format!("client: {{ certificate: {certificate}, key: {key} }}, ") } else { String::new() };
    let members = if is_client { "" } else { "localClients: true, members: [{ name: e, addresses: [10.0.0.2] }], " };
    let mesh = format!(
        "version: 1\nmesh: m\ncilium: {{ version: \"1.18\" }}\n\
        trust: {{ authorities: {{ corp: {{ certificate: crt{own} }} }} }}\nclusters:\n\
        - {{ name: paris, id: 1, etcd: {{ endpoints: [\"https://10.0.0.1:2379\"], localClients: true, members: [{{ name: e, addresses: [10.0.0.1] }}] }} }}\n\
        - {{ name: tokyo, id: 2, etcd: {{ endpoints: [\"https://10.0.0.2:2379\"], {members}{client}authority: corp }} }}\n"
    );
    sandbox.write("mesh.yaml", &mesh);
    let report = sandbox.run(&["lint", "mesh.yaml", "--format", "json"]).json();
    let codes = report["findings"].as_array().expect("findings").iter().filter_map(|finding| finding["code"].as_str());
    // Where it is a client's, nobody knows the servers, and it is a CA's all the same.
    let mut codes: Vec<String> = codes.filter(|code| !["CM0405", "CM0428"].contains(code)).map(str::to_owned).collect();
    // Go can do nothing with the certificate of a key that it cannot read, either.
    if codes.iter().any(|code| code == "CM0416") {
        codes.retain(|code| !["CM0404", "CM0410"].contains(&code.as_str()));
    }
    codes
}

#[test]
fn each_form_of_key_is_named() {
    for (name, commands, authority, client) in FORMS {
        let (sandbox, key) = sandbox(commands);
        assert_eq!(codes(&sandbox, "crt", key, false), Vec::from_iter(authority), "{name}, an authority's");
        assert_eq!(codes(&sandbox, "crt", key, true), Vec::from_iter(client), "{name}, a client's");
    }
}

/// Also where the key does not say what its public half is.
#[test]
fn another_key_is_seen_to_be_another() {
    for (name, commands, ..) in FORMS.iter().filter(|(_, _, authority, _)| authority.is_none()) {
        let (sandbox, key) = sandbox(commands);
        openssl(
            &sandbox,
            "req -x509 -newkey ed25519 -nodes -subj /CN=remote -days 36500 -addext keyUsage=keyCertSign,digitalSignature -keyout w -out crt",
        );
        assert_eq!(codes(&sandbox, "crt", key, false), ["CM0415"], "{name}, an authority's");
        assert_eq!(codes(&sandbox, "crt", key, true), ["CM0415"], "{name}, a client's");
    }
}

/// Certificate and key in one file, as some tools write them.
#[test]
fn one_file_may_hold_both() {
    let (sandbox, _) = sandbox(&["genpkey -algorithm ED25519 -out k"]);
    sandbox.write("both", &(sandbox.read("crt") + &sandbox.read("k")));
    private(&sandbox, "both");
    assert_eq!(codes(&sandbox, "both", "both", true), Vec::<String>::new());
}

/// A wrong path may lead anywhere.
#[test]
fn a_huge_file_is_not_read_as_a_key() {
    let (sandbox, _) = sandbox(&["genpkey -algorithm ED25519 -out k"]);
    std::fs::File::create(sandbox.path("huge")).and_then(|file| file.set_len(1 << 40)).expect("a file with a hole");
    assert_eq!(codes(&sandbox, "crt", "huge", false), ["CM0416"]);
}

/// Not a byte of a key is told, whatever is wrong with it.
#[test]
fn no_report_quotes_a_key() {
    let (sandbox, _) = sandbox(&["genpkey -algorithm ED25519 -out k"]);
    let key = sandbox.read("k");
    let secret = key.lines().nth(1).expect("base64");
    for broken in [key.clone(), key.replace("-----END", "----END"), key.replace("MC4C", "MC4D"), secret.to_owned()] {
        sandbox.write("broken", &broken);
        codes(&sandbox, "crt", "broken", false);
        let ran = sandbox.run(&["lint", "mesh.yaml"]);
        assert!(!ran.stdout.contains(&secret[..20]) && !ran.stderr.contains(&secret[..20]), "{}", ran.stdout);
    }
}
