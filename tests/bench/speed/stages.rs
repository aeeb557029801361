//! What share of a first run each step takes, by the words of the progress bar, which is there only on a terminal.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The steps that the bar names, in order; before the first of them everything is read and planned.
const STEPS: [&str; 4] = ["issuing certificates", "proving links", "keeping certificates", "writing archives"];

/// Runs `program` over `mesh` on a terminal of its own, and prints the shares.
pub(crate) fn show(program: &Path, mesh: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("mesh.yaml"), mesh).expect("written");
    let line = format!("{} generate --create-authorities", program.display());
    let start = Instant::now();
    let mut child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script from util-linux");
    let mut terminal = child.stdout.take().expect("its output");
    let (mut seen, mut buffer, mut begun) = (String::new(), [0; 4096], vec![("reading and planning", 0.0)]);
    while let Ok(read @ 1..) = terminal.read(&mut buffer) {
        seen.push_str(&String::from_utf8_lossy(buffer.get(..read).unwrap_or_default()));
        if let Some(step) = STEPS.get(begun.len() - 1).filter(|step| seen.contains(**step)) {
            begun.push((step, start.elapsed().as_secs_f64()));
            seen.clear();
        }
    }
    assert!(child.wait().is_ok_and(|status| status.success()), "{line}");
    let end = start.elapsed().as_secs_f64();
    let ends = begun.iter().skip(1).map(|(_, at)| *at).chain([end]);
    let shares = begun.iter().zip(ends).map(|((step, start), stop)| format!("{step} {:.0} %", 100.0 * (stop - start) / end));
    println!("  of {end:.1} s: {}", shares.collect::<Vec<_>>().join(", "));
}
