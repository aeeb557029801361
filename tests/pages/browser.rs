//! The browser that judges: jobs go in, results come out (`judge.mjs`).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Installs what judges pages, once.
fn modules() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules = root.join("target/pages");
    let installed = Command::new(root.join("tests/pages/install.sh")).arg(&modules).output().expect("install.sh starts");
    assert!(
        installed.status.success(),
        "npm cannot install what judges pages (apt-get install nodejs npm): {}",
        String::from_utf8_lossy(&installed.stderr)
    );
    modules
}

/// What the browser says of each job.
pub(super) fn judge(jobs: &[Value]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages/judge.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(modules()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = node.spawn().expect("node starts; apt-get install nodejs chromium");
    child.stdin.take().expect("a pipe").write_all(Value::from(jobs).to_string().as_bytes()).expect("the jobs");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(results.len(), jobs.len());
    results
}
