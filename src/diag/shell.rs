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

/// An argument of a command, which need not be a path, as one word for a shell.
pub fn shell_argument(argument: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._+-=:,@%".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{shell_argument, shell_word};

    #[test]
    fn a_shell_reads_an_argument_as_it_was() {
        for (argument, word) in [
            ("--out=a/b", "--out=a/b"),
            ("--only", "--only"),
            ("ssh-ed25519 AAAA", "'ssh-ed25519 AAAA'"),
            ("", "''"),
            ("a;reboot", "'a;reboot'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(shell_argument(argument), word);
        }
    }

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
