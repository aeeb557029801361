//! Subjects as text, and the common name, which is etcd's user.

use meshbundle::x509::Certificate;

use crate::chain_judges::der::{der, oid, sequence};
use crate::chain_judges::shapes::Parts;

const COMMON_NAME: &[u32] = &[2, 5, 4, 3];
const ORGANIZATION: &[u32] = &[2, 5, 4, 10];

/// A certificate whose subject has these relative names, each of some attributes in UTF-8.
fn with_subject(rdns: &[&[(&[u32], &str)]]) -> Certificate {
    let attribute = |(kind, value): &(&[u32], &str)| sequence(&[oid(kind), der(0x0c, &[value.as_bytes()])]);
    let rdn = |attributes: &&[(&[u32], &str)]| der(0x31, &[&attributes.iter().flat_map(attribute).collect::<Vec<u8>>()]);
    let subject = sequence(&rdns.iter().map(rdn).collect::<Vec<_>>());
    Certificate::from_der(&Parts::with_subject(subject).der()).expect("a certificate")
}

#[test]
fn subjects_are_printable() {
    for (name, text) in [
        ("remote", "CN=remote"),
        ("a,b+c", "CN=a\\,b\\+c"),
        (" #x ", "CN=\\ #x\\ "),
        ("#x", "CN=\\#x"),
        ("\u{1b}[31mred", "CN=\\1b[31mred"),
        ("a\nb", "CN=a\\0ab"),
        ("it's é \u{202e}x", "CN=it's é \\e2\\80\\aex"),
    ] {
        assert_eq!(with_subject(&[&[(COMMON_NAME, name)]]).subject(), text);
    }
}

#[test]
fn subjects_are_printed_last_part_first() {
    let organization = (ORGANIZATION, "Mesh");
    assert_eq!(with_subject(&[&[organization], &[(COMMON_NAME, "remote")]]).subject(), "CN=remote,O=Mesh");
    assert_eq!(with_subject(&[&[organization, (&[1, 2, 300], "x")]]).subject(), "O=Mesh+1.2.300=x");
    assert_eq!(with_subject(&[]).subject(), "");
}

/// As Go's `pkix.Name.FillFromRDNSequence`: each common name overwrites the one before.
#[test]
fn the_last_common_name_counts() {
    let named = |names: &[&str]| {
        let names: Vec<[(&[u32], &str); 1]> = names.iter().map(|name| [(COMMON_NAME, *name)]).collect();
        let rdns: Vec<&[(&[u32], &str)]> = names.iter().map(<[_; 1]>::as_slice).collect();
        with_subject(&rdns).common_name().map(str::to_owned)
    };
    assert_eq!(named(&["root", "remote"]), Some("remote".to_owned()));
    assert_eq!(named(&["remote", ""]), None);
    assert_eq!(named(&[]), None);
    let one_set = with_subject(&[&[(COMMON_NAME, "root"), (ORGANIZATION, "Mesh"), (COMMON_NAME, "remote")]]);
    assert_eq!(one_set.common_name(), Some("remote"));
}
