//! A reference to a container image: `registry/name:tag@digest`, as registries and engines read it.
//!
//! Grammar: github.com/distribution/reference, `reference.go`. It does not check whether the image exists.

use std::fmt;

/// A reference that engines accept. It has no character that compose or YAML would interpret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference(String);

/// `NameTotalLengthMax` in the same file.
const NAME_MAX: usize = 255;
const TAG_MAX: usize = 128;

impl ImageReference {
    /// Reads a reference.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<Self, String> {
        let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
        // A colon before a slash belongs to the registry's port.
        let colon = rest.rfind(':').filter(|at| !rest[*at..].contains('/'));
        let (name, tag) = colon.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
        if name.is_empty() {
            return Err("it names no image".to_owned());
        }
        if name.len() > NAME_MAX {
            return Err(format!("its name is longer than {NAME_MAX} characters"));
        }
        let (registry, path) = registry(name);
        if let Some(bad) = registry.filter(|registry| !is_registry(registry)) {
            return Err(format!("`{}` is not a registry", bad.escape_debug()));
        }
        if let Some(bad) = path.split('/').find(|part| !is_part(part)) {
            return Err(format!(
                "`{}` is not part of an image's name: a-z and 0-9, with single `.`, `_` or `-` between",
                bad.escape_debug()
            ));
        }
        if let Some(bad) = tag.filter(|tag| !is_tag(tag)) {
            return Err(format!("`{}` is not a tag", bad.escape_debug()));
        }
        if let Some(bad) = digest.filter(|digest| !is_digest(digest)) {
            return Err(format!("`{}` is not a digest: `sha256:` and 64 hex digits in lower case", bad.escape_debug()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text before the first slash is a registry if it looks like a host (`splitDockerDomain` in the same package).
fn registry(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (Some(first), rest)
        }
        _ => (None, name),
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("host", rest.strip_prefix(':')),
        Some(_) => return false,
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let is_label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    host.split('.').all(is_label) && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Runs of a-z and 0-9, with `.`, `_`, `__` or any number of `-` between.
fn is_part(text: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = text.split(|c: char| c.is_ascii() && is_alphanumeric(c as u8)).filter(|run| !run.is_empty());
    let ends = [text.bytes().next(), text.bytes().next_back()];
    ends.into_iter().all(|end| end.is_some_and(is_alphanumeric))
        && separators.into_iter().all(|run| matches!(run, "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'))
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= TAG_MAX
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

/// Engines know SHA-256, SHA-384 and SHA-512.
fn is_digest(text: &str) -> bool {
    let Some((algorithm, sum)) = text.split_once(':') else { return false };
    let digits = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    sum.len() == digits && sum.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::ImageReference;

    #[test]
    fn references_are_read_as_engines_read_them() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for good in [
            "cilium",
            "cilium:v1",
            "quay.io/cilium/cilium:v1.20.2",
            "localhost/meshbundle",
            "registry.example.net:5000/a/b-c__d.e_f--g:2",
            "[fd00::1]:5000/a",
            "Registry/a",
            &format!("quay.io/cilium/cilium@{digest}"),
            &format!("quay.io/cilium/cilium:v1.20.2@{digest}"),
        ] {
            assert_eq!(ImageReference::new(good).map(|image| image.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "",
            ":v1",
            "@sha256:00",
            "Cilium",
            "quay.io/Cilium/cilium",
            "a//b",
            "a..b",
            "a___b",
            "-a",
            "a-",
            "cilium:",
            "cilium:-v1",
            "cilium:v1:v2",
            "cilium latest",
            "https://quay.io/cilium/cilium",
            "quay.io:/cilium",
            "${CILIUM_IMAGE}",
            "cilium@sha256:abc",
            &format!("cilium@{}", digest.to_uppercase()),
            &format!("cilium@md5:{}", "0a".repeat(16)),
        ] {
            assert!(ImageReference::new(bad).is_err(), "{bad}");
        }
    }
}
