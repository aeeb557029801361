//! Paths in the mesh that become parts of archives, units and compose files.

/// Whether a text can be part of a path in archives, units and compose files: no character that a shell, YAML or systemd
/// interprets, no `.` and no `..`.
fn part(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

pub(super) fn relative(path: &str) -> bool {
    path.len() <= 100 && path.split('/').all(part)
}
