//! `verify` of revocation lists that openssl has made. What etcds do with each of them is seen in `authorisation::revoked`.

use std::fs;
use std::path::Path;

use crate::support::{Sandbox, tool};
use crate::verify::bundle::Bundle;
use crate::verify::codes::told;

pub(crate) const CODES: &[&str] = &["CM0768"];

/// Writes the list `name` with openssl, in the name of a CA of its own. It has these serial numbers, in hex, and `extensions` give it version 2.
pub(crate) fn list(sandbox: &Sandbox, name: &str, serials: &[&str], extensions: bool) {
    let config = "[ca]\ndefault_ca = c\n[c]\ndatabase = {}/index.txt\ndefault_md = sha256\n[x]\nauthorityKeyIdentifier = keyid\n";
    let at = |name: &str| sandbox.path(name).to_str().expect("text").to_owned();
    sandbox.write("ca.cnf", &config.replace("{}", at("").trim_end_matches('/')));
    let revoked = |serial: &&str| format!("R\t370101000000Z\t270101000000Z\t{}\tunknown\t/CN=x\n", serial.to_uppercase());
    sandbox.write("index.txt", &serials.iter().map(revoked).collect::<String>());
    let new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other"];
    openssl(&[&new[..], &["-keyout", &at("other.key"), "-out", &at("other.crt")]].concat());
    let words =
        ["ca", "-gencrl", "-config", &at("ca.cnf"), "-keyfile", &at("other.key"), "-cert", &at("other.crt"), "-crldays", "30"];
    let extended: &[&str] = if extensions { &["-crlexts", "x"] } else { &[] };
    openssl(&[&words[..], extended, &["-out", &at("list.pem")]].concat());
    openssl(&["crl", "-in", &at("list.pem"), "-outform", "DER", "-out", &at(name)]);
}

fn openssl(words: &[&str]) {
    tool("openssl", "openssl", words);
}

#[test]
fn a_list_is_what_etcd_can_read() {
    let sandbox = Sandbox::new();
    list(&sandbox, "good.crl", &["0A", "0B"], true);
    list(&sandbox, "old.crl", &[], false);
    fs::copy(sandbox.path("list.pem"), sandbox.path("pem")).expect("copied");
    sandbox.write("empty.crl", "");
    sandbox.write("text.crl", "these are revoked: 1, 2, 3\n");
    fs::copy(sandbox.path("other.crt"), sandbox.path("certificate.crl")).expect("copied");
    for (file, severity, said) in [
        ("good.crl", None, "a revocation list of `CN=other`, with 2 certificates"),
        ("old.crl", Some("warning"), "of version 1: etcd refuses every client from 3.6 on"),
        ("pem", Some("warning"), "PEM: etcd refuses every client from 3.6 on"),
        ("empty.crl", Some("error"), "is empty: every etcd that reads it refuses every client"),
        ("text.crl", Some("error"), "cannot be read: every etcd that reads it refuses every client"),
        ("certificate.crl", Some("error"), "cannot be read"),
    ] {
        let ran = sandbox.run(&["verify", file]);
        assert_eq!(ran.status, i32::from(severity == Some("error")), "{file}: {}", ran.stderr);
        let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(said), "{file}: {}", ran.stdout);
        assert!(severity.is_none_or(|severity| ran.stdout.contains(&format!("{severity}[CM0768]"))), "{file}: {}", ran.stdout);
        told(&sandbox, &[file]);
    }
    for (command, status) in [("certs list", 3), ("probe", 3)] {
        let words: Vec<&str> = command.split(' ').chain(["good.crl"]).collect();
        let ran = sandbox.run(&words);
        assert!(ran.status == status && ran.said("`meshbundle verify good.crl` judges it"), "{command}: {}", ran.stderr);
    }
}

/// A CA of somebody else may have given the same number to a certificate: only numbers count.
#[test]
fn a_list_shuts_out_whatever_has_its_numbers() {
    let bundle = Bundle::new();
    let leaf = bundle.peer("cluster2.etcd-client.crt");
    let leaf = leaf.to_str().expect("text");
    let serial = tool("openssl", "openssl", ["x509", "-noout", "-serial", "-in", leaf]);
    let serial = serial.trim().replace("serial=", "");
    let root = bundle.root.to_str().expect("text");
    list(&bundle.sandbox, "others.crl", &["01"], true);
    let said = told(&bundle.sandbox, &[root, "others.crl"]);
    assert!(said.codes.is_empty(), "{}", said.report);
    list(&bundle.sandbox, "same.crl", &["01", &serial], true);
    let said = told(&bundle.sandbox, &[root, "same.crl"]);
    assert_eq!(said.codes.iter().collect::<Vec<_>>(), ["CM0767"], "{}", said.report);
    assert!(said.report.contains("compare numbers alone"), "{}", said.report);
    let own = Path::new("out/bundles/cluster2/etcd/revoked.crl");
    bundle.sandbox.ok(&["certs", "revoke", "mesh.yaml", "cluster1/node/node1", "--apply"]);
    let said = told(&bundle.sandbox, &[root, own.to_str().expect("text")]);
    assert_eq!(said.codes.iter().collect::<Vec<_>>(), ["CM0767"], "{}", said.report);
    assert!(said.report.contains("is on the revocation list"), "{}", said.report);
}
