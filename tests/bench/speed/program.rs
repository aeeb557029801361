//! Runs a program and measures what it costs, from `/proc`.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a run cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Seconds on the clock.
    pub(crate) seconds: f64,
    /// Seconds of processor time, of the program and the system.
    pub(crate) processor: f64,
    /// Most memory at any time, in MiB.
    pub(crate) peak: u64,
}

/// Runs `program` in `folder` and waits until it ends. It has to succeed.
pub(crate) fn run(program: &Path, folder: &Path, words: &[&str]) -> Cost {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(words)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut cost = Cost::default();
    let status = loop {
        cost.look(&child);
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "{} {words:?}: {status}", program.display());
    Cost { seconds: start.elapsed().as_secs_f64(), ..cost }
}

impl Cost {
    fn look(&mut self, child: &Child) {
        if let Ok(status) = fs::read_to_string(format!("/proc/{}/status", child.id())) {
            let high = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = high.and_then(|rest| rest.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
            self.peak = kib.map_or(self.peak, |kib| kib / 1024);
        }
        if let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", child.id())) {
            // Behind the name, which may have spaces: `utime` and `stime` (proc(5)), in hundredths of a second.
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            let field = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
            self.processor = self.processor.max((field(11) + field(12)) / 100.0);
        }
    }
}
