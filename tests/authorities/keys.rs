//! Private keys in every encoding: read, matched with a public key, written back.

use meshbundle::mesh::KeyAlgorithm;
use meshbundle::pki::{KeyError, PrivateKey};

use crate::support::openssl::Bench;

/// How OpenSSL makes a key and turns it into an encoding.
const ENCODINGS: [(&str, &[&str]); 15] = [
    ("PKCS#8 RSA", &["genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out k"]),
    ("PKCS#1 RSA", &["genrsa -traditional -out k 2048"]),
    ("PKCS#8 RSA 3000", &["genrsa -out k 3000"]),
    ("PKCS#8 RSA 8192", &["genrsa -out k 8192"]),
    ("PKCS#8 RSA with exponent 3", &["genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out k"]),
    ("PKCS#8 P-256", &["genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k"]),
    ("PKCS#8 P-384", &["genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out k"]),
    ("PKCS#8 P-521", &["genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out k"]),
    ("SEC 1 P-521", &["ecparam -name secp521r1 -genkey -noout -out k"]),
    ("SEC 1 with parameters", &["ecparam -name prime256v1 -genkey -out k"]),
    ("SEC 1", &["ecparam -name secp384r1 -genkey -noout -out k"]),
    ("SEC 1 without public key", &["ecparam -name prime256v1 -genkey -noout -out whole", "ec -in whole -no_public -out k"]),
    (
        "SEC 1, compressed point",
        &["ecparam -name prime256v1 -genkey -noout -out whole", "ec -in whole -conv_form compressed -out k"],
    ),
    (
        "PKCS#8 EC without public key",
        &[
            "ecparam -name prime256v1 -genkey -noout -out whole",
            "ec -in whole -no_public -out bare",
            "pkcs8 -topk8 -nocrypt -in bare -out k",
        ],
    ),
    ("PKCS#8 Ed25519", &["genpkey -algorithm ED25519 -out k"]),
];

#[test]
fn every_encoding_is_read_matched_and_written_back() {
    for (name, commands) in ENCODINGS {
        let bench = Bench::new();
        for command in commands {
            bench.run(command);
        }
        // The key's own form would be taken for the public key too; a certificate's is uncompressed.
        let form = if name.contains("point") { "-ec_conv_form uncompressed" } else { "" };
        let public = format!("-pubout {form} -outform DER");
        bench.run(&format!("pkey -in k {public} -out public"));
        let key = PrivateKey::from_pem(&bench.read("k")).expect(name);
        assert!(key.matches(&bench.read("public")), "{name}");
        // Without its point, an EC key cannot say what its public half is.
        let known = !name.contains("without public key") && !name.contains("compressed point");
        assert_eq!(key.public(), known.then(|| bench.read("public")), "{name}");

        let written = key.to_pem();
        assert!(written.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{name}");
        bench.write("written", &*written);
        bench.run(&format!("pkey -in written {public} -out public.again"));
        assert_eq!(bench.read("public"), bench.read("public.again"), "{name}");
        let again = PrivateKey::from_pem(written.as_bytes()).expect(name);
        assert_eq!(*again.to_pem(), *written, "{name}");
    }
}

#[test]
fn a_key_matches_no_other_public_key() {
    let bench = Bench::new();
    let kinds = [
        "RSA -pkeyopt rsa_keygen_bits:2048",
        "EC -pkeyopt ec_paramgen_curve:P-256",
        "EC -pkeyopt ec_paramgen_curve:P-384",
        "EC -pkeyopt ec_paramgen_curve:P-521",
        "ED25519",
    ];
    let mut pairs = Vec::new();
    for kind in kinds.iter().chain(&kinds) {
        bench.run(&format!("genpkey -algorithm {kind} -out k"));
        bench.run("pkey -in k -pubout -outform DER -out public");
        let key = PrivateKey::from_pem(&bench.read("k")).expect(kind);
        pairs.push((key, bench.read("public")));
    }
    for (row, (key, _)) in pairs.iter().enumerate() {
        for (column, (_, public)) in pairs.iter().enumerate() {
            assert_eq!(key.matches(public), row == column, "{row} {column}");
        }
        assert!(!key.matches(b""));
        assert!(!key.matches(b"garbage"));
    }
}

#[test]
fn a_key_made_here_is_sound_to_openssl() {
    let bench = Bench::new();
    for (algorithm, shown) in [
        (KeyAlgorithm::EcdsaP256, "NIST CURVE: P-256"),
        (KeyAlgorithm::EcdsaP384, "NIST CURVE: P-384"),
        (KeyAlgorithm::Ed25519, "ED25519"),
    ] {
        let key = PrivateKey::generate(algorithm).expect("random numbers");
        bench.write("k", &*key.to_pem());
        let text = bench.run("pkey -in k -check -noout -text");
        assert!(text.contains("Key is valid") && text.contains(shown), "{text}");
        let other = PrivateKey::generate(algorithm).expect("random numbers");
        assert_ne!(*key.to_pem(), *other.to_pem());
    }
}

#[test]
fn unusable_keys_are_refused_by_name() {
    let bench = Bench::new();
    let refuse = |command: &str| {
        bench.run(command);
        PrivateKey::from_pem(&bench.read("k")).expect_err(command)
    };
    for command in [
        "genpkey -algorithm ED25519 -aes128 -pass pass:secret -out k",
        "genrsa -traditional -aes128 -passout pass:secret -out k 2048",
    ] {
        assert_eq!(refuse(command), KeyError::Encrypted, "{command}");
    }
    for (command, what) in [
        ("ecparam -name secp224r1 -genkey -noout -out k", "an EC key on curve P-224"),
        ("genrsa -traditional -out k 1024", "an RSA key of 1024 bits"),
        ("genrsa -out k 2040", "an RSA key of 2040 bits"),
    ] {
        assert_eq!(refuse(command), KeyError::Unsupported(what.to_owned()), "{command}");
    }
    for (command, what) in [
        ("ecparam -name secp256k1 -genkey -noout -out k", "an EC key on this curve"),
        (
            "ecparam -name prime256v1 -param_enc explicit -genkey -noout -out k",
            "an EC key with explicit parameters in place of a named curve",
        ),
        ("genpkey -algorithm X25519 -out k", "a private key of this algorithm"),
        (
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:4294967297 -out k",
            "an RSA key with a public exponent of more than 31 bits",
        ),
    ] {
        assert_eq!(refuse(command), KeyError::Foreign(what.to_owned()), "{command}");
    }
}

#[test]
fn the_first_key_of_a_file_counts_as_in_go() {
    let bench = Bench::new();
    bench.run("genpkey -algorithm ED25519 -out k");
    bench.run("pkey -in k -pubout -out public");
    let (key, public) = (bench.text("k"), bench.text("public"));
    let read = |text: String| PrivateKey::from_pem(text.as_bytes()).map(|_| ());

    assert_eq!(read(format!("Bag Attributes\n  x: 1\n{public}{key}")), Ok(()));
    assert_eq!(read(key.replace('\n', "\r\n")), Ok(()));
    assert_eq!(read(String::new()), Err(KeyError::Missing));
    assert_eq!(read(public), Err(KeyError::Missing));
    assert_eq!(read(key.repeat(2)), Ok(()));
    assert_eq!(read(format!("{key}{}", &key[..key.len() - 30])), Ok(()));
    assert_eq!(read(key[..key.len() - 30].to_owned()), Err(KeyError::Missing));
    assert_eq!(read(key.replace("PRIVATE KEY", "EC PRIVATE KEY")), Ok(()));
    assert_eq!(read("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned()), Err(KeyError::Malformed));
}

#[test]
fn short_and_long_scalars_get_the_length_of_the_curve() {
    let bench = Bench::new();
    // ECPrivateKey { 1, scalar, [0] prime256v1 }
    let key = |scalar: &[u8]| {
        let length = u8::try_from(scalar.len()).expect("short");
        let head = [0x30, 17 + length, 2, 1, 1, 4, length];
        let curve = [0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        armored("EC PRIVATE KEY", &[&head, scalar, &curve].concat())
    };
    let full = [vec![0; 31], vec![1]].concat();
    bench.write("k", key(&full));
    bench.run("pkey -in k -pubout -outform DER -out public");
    let public = bench.read("public");

    let surplus = [vec![0; 2], full.clone()].concat();
    for scalar in [&[1], full.as_slice(), &surplus] {
        let read = PrivateKey::from_pem(key(scalar).as_bytes()).expect("a key");
        assert!(read.matches(&public), "{scalar:?}");
    }
    let too_large = [vec![1], full].concat();
    assert_eq!(PrivateKey::from_pem(key(&too_large).as_bytes()).map(|_| ()), Err(KeyError::Malformed));
}

#[test]
fn an_ed25519_seed_has_32_octets() {
    for (length, expected) in [(31, Err(KeyError::Malformed)), (32, Ok(())), (33, Err(KeyError::Malformed))] {
        // PrivateKeyInfo { 0, { id-Ed25519 }, OCTET STRING { OCTET STRING seed } }
        let head = [0x30, 14 + length, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
        let inner = [4, 2 + length, 4, length];
        let der = [&head[..], &inner, &vec![9; usize::from(length)]].concat();
        let text = armored("PRIVATE KEY", &der);
        assert_eq!(PrivateKey::from_pem(text.as_bytes()).map(|_| ()), expected, "{length}");
    }
}

/// Go reads version, algorithm and key, and skips the rest (crypto/x509/pkcs8.go).
#[test]
fn a_pkcs8_version_that_does_not_fit_its_parts_is_read_as_in_go() {
    let public = [&[0x81, 33, 0][..], &[7; 32]].concat();
    for (version, after) in [(0, &public[..]), (1, &[]), (1, &public)] {
        let inside = [&[2, 1, version, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32][..], &[9; 32], after].concat();
        let length = u8::try_from(inside.len()).expect("short");
        let text = armored("PRIVATE KEY", &[&[0x30, length][..], &inside].concat());
        assert_eq!(PrivateKey::from_pem(text.as_bytes()).map(|_| ()), Ok(()), "version {version}, {} octets after", after.len());
    }
}

fn armored(label: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, der))
}

#[test]
fn halves_of_different_keys_are_refused() {
    // Two keys' DER differ in scalar and point; the point, 65 octets, stands last.
    let bench = Bench::new();
    for name in ["a", "b"] {
        bench.run(&format!("ecparam -name prime256v1 -genkey -noout -out {name}"));
        bench.run(&format!("ec -in {name} -outform DER -out {name}.der"));
    }
    let (mut mixed, other) = (bench.read("a.der"), bench.read("b.der"));
    let point = mixed.len() - 65;
    mixed[point..].copy_from_slice(&other[point..]);
    let text = armored("EC PRIVATE KEY", &mixed);
    assert_eq!(PrivateKey::from_pem(text.as_bytes()).map(|_| ()), Err(KeyError::Inconsistent));
}

#[test]
fn debug_shows_no_key() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("random numbers");
    assert_eq!(format!("{key:?}"), "PrivateKey(EcdsaP256([redacted]))");
}
