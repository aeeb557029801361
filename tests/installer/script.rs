//! The script itself: what it calls, and that it is what every archive has.

use crate::mesh::MESH;
use crate::node::in_each_shell;
use crate::support::tool;

/// A tool that a bare node lacks would be found only where it lacks it.
#[test]
fn it_calls_nothing_that_it_may_not() {
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
