//! Paths in commands: a help is pasted into a shell.

/// A path as one word for a shell.
pub fn shell_word(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte);
    if path.bytes().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        let relative = if path.starts_with(['/', '.']) { "" } else { "./" };
        format!("'{relative}{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_shell_reads_a_path_as_one_word() {
        for (path, word) in [
            ("ca/corp.key", "ca/corp.key"),
            ("/etc/ca/corp.key", "/etc/ca/corp.key"),
            ("-rf", "'./-rf'"),
            ("my ca.key", "'./my ca.key'"),
            ("/my ca.key", "'/my ca.key'"),
            ("./my ca.key", "'./my ca.key'"),
            ("../my ca.key", "'../my ca.key'"),
            ("a;reboot", "'./a;reboot'"),
            ("it's.key", r"'./it'\''s.key'"),
        ] {
            assert_eq!(shell_word(path), word);
        }
    }
}
