//! Masks key material in text for people: its symbols become `x`, and the layout stays.
//!
//! It recognises keys by content, because they get pasted anywhere: a private key between its PEM lines, whole, cut, indented, or
//! with `\n` in place of its line ends; base64 without these lines, such as a Secret of Kubernetes has; and long hexadecimal.
//! Certificates in base64 look the same and are also masked. Fingerprints, serial numbers, paths and names stay. A single number
//! of 32 bytes is as long as a fingerprint, and fewer than 20 symbols of base64 look like a name: neither is masked.

use std::borrow::Cow;
use std::ops::Range;

use super::block::{BEGIN, DASHES, find, is_private_key};
use super::runs::{Run, runs};

/// Hexadecimal digits of the longest fingerprint (SHA-256).
const FINGERPRINT: usize = 64;
/// Digits over several lines that are more than a serial number: `openssl pkey -text` prints a key of P-256 so.
const NUMBER: usize = 40;
/// Labels are short: a longer line is not a BEGIN line.
const LABEL_MAX: usize = 64;

/// `text` with an `x` in place of every symbol of key material. Its length is the same.
pub fn mask(text: &str) -> Cow<'_, str> {
    let runs = runs(text);
    let mut secret: Vec<bool> = runs.iter().map(Run::is_random).collect();
    spread(text, &runs, &mut secret);
    hexadecimal(text, &runs, &mut secret);
    let mut places: Vec<Range<usize>> =
        runs.iter().zip(secret).filter(|(_, secret)| *secret).map(|(run, _)| run.range.clone()).collect();
    for block in private_keys(text).into_iter().map(|begin| data(text, begin.end)) {
        // Runs leave out escapes.
        let first = runs.partition_point(|run| run.range.end <= block.start);
        let inside = runs.iter().skip(first).take_while(|run| run.range.start < block.end);
        places.extend(inside.map(|run| run.range.start.max(block.start)..run.range.end.min(block.end)));
    }
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = text.as_bytes().to_vec();
    for place in places {
        masked.get_mut(place).into_iter().flatten().filter(|byte| **byte != b'=').for_each(|byte| *byte = b'x');
    }
    // One ASCII letter replaces another, so it is still UTF-8.
    String::from_utf8(masked).map_or_else(|_| Cow::Owned(String::new()), Cow::Owned)
}

/// Where the BEGIN lines of private keys are in `text`.
pub fn private_keys(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(begin) = text.as_bytes().get(at..).and_then(|rest| find(rest, BEGIN)).map(|found| at + found) {
        at = begin + BEGIN.len();
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        let Some(length) = find(rest.get(..rest.len().min(LABEL_MAX)).unwrap_or_default(), DASHES) else { continue };
        if text.get(at..at + length).is_some_and(|label| !label.contains('\n') && is_private_key(label)) {
            at += length + DASHES.len();
            places.push(begin..at);
        }
    }
    places
}

/// The text after a BEGIN line that ends at `start`, as far as it may be a key's data: a key that is cut off ends where other
/// text begins.
fn data(text: &str, start: usize) -> Range<usize> {
    let mut end = start;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let stop = [line.find(['"', '\'', '`']), line.find("-----")].into_iter().flatten().min();
        if let Some(stop) = stop {
            return start..end + stop;
        }
        let header = line.contains("Proc-Type:") || line.contains("DEK-Info:");
        if end > start && line.contains(':') && !header {
            break;
        }
        end += line.len();
    }
    start..end
}

/// The last line of a key is short, and may look like a word: it is recognised by its neighbours.
fn spread(text: &str, runs: &[Run<'_>], secret: &mut [bool]) {
    let gap = |after: Option<usize>, before: Option<usize>| {
        let end = |index: Option<usize>| index.and_then(|index| runs.get(index));
        let from = end(after).map_or(0, |run| run.range.end);
        text.get(from..end(before).map_or(text.len(), |run| run.range.start)).unwrap_or_default()
    };
    let mut look = |known: usize, other: usize| {
        let (Some(true), Some(false), Some(run)) = (secret.get(known), secret.get(other), runs.get(other)) else { return };
        let inner = gap(Some(known.min(other)), Some(known.max(other)));
        let outer = if other > known { gap(Some(other), Some(other + 1)) } else { gap(other.checked_sub(1), Some(other)) };
        // Behind a key whatever follows is its rest, which a path that was cut at a slash of the key may leave as letters alone.
        let blanks = inner.bytes().all(|byte| byte == b' ');
        if (is_line_end(inner) && (is_line_end(outer) || is_end(outer))) || (blanks && (other > known || run.is_mixed())) {
            secret.get_mut(other).into_iter().for_each(|secret| *secret = true);
        }
    };
    (1..runs.len()).for_each(|other| look(other - 1, other));
    (1..runs.len()).rev().for_each(|known| look(known, known - 1));
}

/// The end of a line in any notation, with the characters that programs and people put around lines.
fn is_line_end(gap: &str) -> bool {
    let around = |letter: char| letter.is_whitespace() || r#"\nrt#>|"',"#.contains(letter);
    gap.contains(['\n', '\r', '\\']) && gap.chars().all(around)
}

/// The end of a text or of a quotation, but not of a member's name in JSON: that is no line of a key.
fn is_end(gap: &str) -> bool {
    if gap.starts_with("\": ") {
        return false;
    }
    gap.is_empty() || gap.starts_with(['"', '\'', '`']) || gap.ends_with(['"', '\'', '`']) || gap.contains("-----")
}

/// Hexadecimal that is longer than any fingerprint, also over lines and in groups.
fn hexadecimal(text: &str, runs: &[Run<'_>], secret: &mut [bool]) {
    let joined = |last: &Run<'_>, next: &Run<'_>| {
        let gap = text.get(last.range.end..next.range.start).unwrap_or_default();
        let of_pair = if last.text.len() == 2 && next.text.len() == 2 { gap.strip_prefix(':') } else { None };
        let rest = of_pair.unwrap_or(gap);
        is_line_end(rest) || rest == " " || (of_pair.is_some() && rest.trim().is_empty())
    };
    let mut from = 0;
    while let Some(first) = runs.get(from) {
        let mut sequence = vec![first];
        while let (Some(last), Some(next)) = (sequence.last(), runs.get(from + sequence.len()))
            && last.is_hexadecimal()
            && next.is_hexadecimal()
            && joined(last, next)
        {
            sequence.push(next);
        }
        let digits: usize = sequence.iter().map(|run| run.text.len()).sum();
        let lines = || {
            let whole = first.range.start..sequence.last().map_or(first.range.end, |run| run.range.end);
            first.text.len() == 2 && text.get(whole).is_some_and(|text| text.contains(['\n', '\\']))
        };
        let digest = || {
            let before = text.get(..first.range.start).unwrap_or_default();
            before.ends_with("sha384:") || before.ends_with("sha512:")
        };
        if first.is_hexadecimal() && !digest() && (digits > FINGERPRINT || (digits >= NUMBER && lines())) {
            secret.get_mut(from..from + sequence.len()).into_iter().flatten().for_each(|secret| *secret = true);
        }
        from += sequence.len();
    }
}

#[cfg(test)]
mod tests {
    use super::{mask, private_keys};

    #[test]
    fn of_a_private_key_nothing_is_left_but_its_lines() {
        let text = "a: |\n  -----BEGIN EC PRIVATE KEY-----\n  MHc+/w==\n  -----END EC PRIVATE KEY-----\nb: \"-----BEGIN PRIVATE KEY-----\\nMIIB\\n-----END PRIVATE KEY-----\"\n# -----BEGIN PRIVATE KEY-----\n# MIIC\nnext: value\n";
        let (sec1, pkcs8) = ("-----BEGIN EC PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----");
        let lines: Vec<&str> = private_keys(text).into_iter().filter_map(|place| text.get(place)).collect();
        assert_eq!(lines, [sec1, pkcs8, pkcs8]);
        assert_eq!(
            mask(text),
            "a: |\n  -----BEGIN EC PRIVATE KEY-----\n  xxxxxx==\n  -----END EC PRIVATE KEY-----\nb: \"-----BEGIN PRIVATE KEY-----\\nxxxx\\n-----END PRIVATE KEY-----\"\n# -----BEGIN PRIVATE KEY-----\n# xxxx\nnext: value\n"
        );
    }

    /// The header of an encrypted key may hold few random bytes: it is known by its beginning.
    #[test]
    fn first_lines_of_keys_are_known_by_their_beginning() {
        for line in [
            "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhlcxeKoCNXRgICCAAw",
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
            "MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQI",
        ] {
            assert_eq!(mask(line), "x".repeat(line.len()));
        }
    }

    /// A help named the folder of a path that was a key: the last line, up to a slash, had no digit.
    #[test]
    fn the_rest_of_a_folded_key_is_masked_without_digits() {
        let first = "MHcCAQEEIFq3mVb0sL6nXkq9JtR2zWc8yH4uD1aPo5eGfTgKiBvNoAoGCCqGSM49";
        let text = format!("write one: `meshbundle init {first} JmOBtklZCmkqm` here");
        let masked = format!("write one: `meshbundle init {} {}` here", "x".repeat(first.len()), "x".repeat(13));
        assert_eq!(mask(&text), masked);
    }

    /// A report of probe lost the name of a member, and was no longer what its schema says.
    #[test]
    fn names_of_members_in_json_are_never_masked() {
        let key = "MHcCAQEEIFq3mVb0sL6nXkq9JtR2zWc8yH4uD1aPo5eGfTgKiBvNoAoGCCqGSM49";
        let text = format!("{{\n  \"file\": \"{key}\",\n  \"ready\": false\n}}\n");
        assert_eq!(mask(&text), text.replace(key, &"x".repeat(key.len())));
        // But for a name that is a key itself, folded at a blank.
        let text = format!("{{ \"{key} JmOBtklZCmkqm\": false }}");
        assert_eq!(mask(&text), format!("{{ \"{} {}\": false }}", "x".repeat(key.len()), "x".repeat(13)));
    }

    /// Folders with random names are long enough for a key, and mix their letters like one.
    #[test]
    fn random_names_in_a_path_stay() {
        for text in
            ["/tmp/.tmpEdSAOs/.tmpLj2PrK/configs/all", "/tmp/XDRsd8sQ2w/state/Lj2PrKx9Qa/aB3dE5f", "b/Lj2PrKx9Qa/certs/etcd"]
        {
            assert_eq!(mask(text), text);
        }
    }

    /// Half of all keys have a slash, some a word between two.
    #[test]
    fn keys_with_slashes_are_masked_with_a_path_in_front_too() {
        let random = "Fq3mVb0/sL6nXkq9JtR2zWc8yH/uD1aPo5eGfTgKiBvNoA";
        for text in [random.to_owned(), random.replace("sL6nXkq9JtR2z", "sL6nXkq9JtR2zK/abc/Q0")] {
            for path in ["", "/etc/cilium/", "keys/Lj2PrKx9Qa/"] {
                let masked = mask(&format!("{path}{text}")).into_owned();
                let left = masked.split('x').find(|part| part.len() > path.len());
                assert_eq!(left, None, "{masked}");
            }
        }
    }

    #[test]
    fn what_people_need_to_read_stays() {
        for text in [
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08",
            "serial 5f3a9c0b7e1d4a8896b2c4d6e8f00123456789ab",
            "/srv/cilium/var/lib/clustermesh/cluster1.etcd-client.key",
            "/home/Operator/Projects/MeshProduction2026/Authorities/CorpRootCA2",
            "https://etcd-0.a-very-long-host-name-of-a-customer.region-eu-central-1.example.com:2379",
            "https://[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:2379 2001:0db8:85a3:0000:0000:8a2e:0370:7334",
            "registry.example/ns/cilium@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "CN=Example Corporate Issuing CA G2,OU=Network Operations,O=Example GmbH",
            "`-----BEGIN PRIVATE KEY-----` is the first line\nand this: the next",
            "maxConnectedClusters policyDefaultLocalCluster ipv4NativeRoutingCIDR",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 X25519MLKEM768",
            "pkg/clustermesh/common/config.go etcd-io/etcd#15945 GHSA-3wh4-j44w-pg92",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
