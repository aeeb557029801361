//! User and password in an endpoint, as Go's net/url reads them: no message shows them.

/// What is shown instead of a user and password.
pub(super) const HIDDEN: &str = "…";

/// The endpoint with [`HIDDEN`] for a user and password before its host, which no message shall show. What Go cannot read in them
/// hides the host, too: no agent dials it.
pub(super) fn without_user(text: &str) -> String {
    let (scheme, rest) = text.find("://").map_or(("", text), |at| text.split_at(at + 3));
    let Some(last) = rest.rfind('@') else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    match authority.rsplit_once('@') {
        // `validUserinfo` in Go's net/url.
        Some((user, host)) if user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)) => {
            if is_escaped(user) {
                format!("{scheme}{HIDDEN}@{host}{behind}")
            } else {
                format!("{scheme}{HIDDEN}")
            }
        }
        // The `@` is in the path of an endpoint with a port, or behind a password with such a character.
        None if last > end && authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) => text.to_owned(),
        _ => format!("{scheme}{HIDDEN}"),
    }
}

/// Whether each `%` begins an escape, as Go's net/url demands but in a query.
pub(super) fn is_escaped(rest: &str) -> bool {
    let (before, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let path = before.split('?').next().unwrap_or_default();
    let hex = |part: &str| part.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    [path, fragment].iter().all(|part| part.split('%').skip(1).all(hex))
}
