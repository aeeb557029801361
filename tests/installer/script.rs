//! The script itself: what it calls, and that it is what every archive has.

use crate::installer::mesh::MESH;
use crate::installer::node::in_each_shell;
use crate::support::dotenv::{KNOWN, UNKNOWN};
use crate::support::{Ran, tool};

/// A tool that a bare node lacks would be found only where it lacks it.
#[test]
fn it_calls_only_allowed_tools() {
    in_each_shell(MESH, |node| {
        let text = std::fs::read_to_string(node.unpacked("a/nodes/n1").join("install.sh")).expect("the script");
        for word in
            ["grep ", "sed ", "awk ", "cut ", "find ", "cmp ", "diff ", "tr ", "xargs ", "local ", "[[", "hostname ", "sudo "]
        {
            let called = |line: &&str| {
                let line = line.trim_start();
                !line.starts_with('#')
                    && (line.starts_with(word)
                        || [" | ", "$(", "&& ", "|| ", "; "].iter().any(|before| line.contains(&format!("{before}{word}"))))
            };
            let lines: Vec<_> = text.lines().filter(called).collect();
            assert!(lines.is_empty(), "`{word}` is called: {lines:?}");
        }
    });
}

#[test]
fn shellcheck_finds_nothing() {
    in_each_shell(MESH, |node| {
        let script = node.unpacked("a/nodes/n1").join("install.sh");
        tool("shellcheck", "shellcheck", ["-s", "sh", "-S", "warning", script.to_str().expect("text")]);
    });
}

/// The same table is `verify`'s, and docker-compose's (tests/verify/projects.rs).
#[test]
fn it_reads_dotenv_as_compose_does() {
    in_each_shell(MESH, |node| {
        let script = std::fs::read_to_string(node.unpacked("a/nodes/n1").join("install.sh")).expect("the script");
        let functions = script.trim_end().strip_suffix("main \"$@\"").expect("it ends with its call");
        node.write(
            "functions.sh",
            &format!(
                "{functions}\nroot=$1 && read_compose_file_variable && printf '%s|%s\\n' \"${{unclear:+unclear}}\" \"$named\"\n"
            ),
        );
        let said = |text: &str| {
            node.write(".env", text);
            let ran = Ran::of(&mut node.command(&node.at("functions.sh"), &[node.root().to_str().expect("text")]));
            assert_eq!(ran.status, 0, "{text:?}: {}", ran.stderr);
            ran.stdout
        };
        for (text, files) in KNOWN {
            assert_eq!(said(text), format!("|{}\n", files.join("\n")), "{text:?}");
        }
        for text in UNKNOWN {
            assert_eq!(said(text), "unclear|\n", "{text:?}");
        }
    });
}
