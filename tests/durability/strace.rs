//! Stops a program at a chosen call to the kernel, or has that call fail. The run is played once to list the calls by which it
//! changes the disk; with one thread it makes the same ones each time.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use crate::support::{Ran, Sandbox, tool};

/// Calls by which a run changes the disk. Opening is not among them: what it made is seen at the call that follows.
const CHANGING: [&str; 16] = [
    "write",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "chmod",
    "fchmod",
    "fchmodat",
    "ftruncate",
    "fsync",
    "fdatasync",
    "syncfs",
];

/// The `count`th call named `name` of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    pub count: usize,
}

/// What happens instead of the call.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// The process is killed just before it, as by `kill -9`.
    Killed,
    /// It fails with this error.
    Fails(&'static str),
}

/// `command` with `wrapper` before it, with the same folder and environment.
pub fn wrapped<S: AsRef<OsStr>>(wrapper: impl IntoIterator<Item = S>, command: &Command) -> Command {
    let mut words = wrapper.into_iter();
    let mut whole = Command::new(words.next().expect("a program"));
    whole.args(words).arg(command.get_program()).args(command.get_args());
    whole.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        whole.current_dir(folder);
    }
    whole
}

/// The calls by which `command` changes the disk, a line each: thread, call, and, for what is open, its path.
pub fn log(sandbox: &Sandbox, command: &Command) -> Vec<String> {
    tool("strace", "strace", ["--version"]);
    let log = sandbox.path("calls.log");
    let list = format!("trace={}", CHANGING.join(","));
    let wrapper = ["strace", "-f", "-qq", "-y", "-s", "0", "-e", "signal=none", "-o", log.to_str().expect("text"), "-e", &list];
    let ran = Ran::of(&mut wrapped(wrapper, command));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let text = fs::read_to_string(&log).expect("a log");
    fs::remove_file(&log).expect("removed");
    text.lines().map(str::to_owned).collect()
}

/// The calls by which `command` changes the disk, in the order of the thread that makes most of them.
pub fn calls(sandbox: &Sandbox, command: &Command) -> Vec<Call> {
    calls_with_lines(sandbox, command).into_iter().map(|(call, _)| call).collect()
}

/// Those of them that have `place` in their line.
pub fn calls_at(sandbox: &Sandbox, command: &Command, place: &str) -> Vec<Call> {
    let calls = calls_with_lines(sandbox, command).into_iter();
    calls.filter(|(_, line)| line.contains(place)).map(|(call, _)| call).collect()
}

fn calls_with_lines(sandbox: &Sandbox, command: &Command) -> Vec<(Call, String)> {
    let lines = log(sandbox, command);
    let mut threads: BTreeMap<&str, Vec<(Call, String)>> = BTreeMap::new();
    for line in &lines {
        // `4711  write(5, …`; a call that another thread interrupts ends on a line of its own, `<... write resumed>`.
        let (thread, rest) = line.split_once(' ').expect("a thread");
        let Some(name) = rest.trim_start().split_once('(').map(|(name, _)| name).filter(|name| CHANGING.contains(name)) else {
            continue;
        };
        let calls = threads.entry(thread).or_default();
        let count = calls.iter().filter(|(call, _)| call.name == name).count() + 1;
        calls.push((Call { name: name.to_owned(), count }, rest.to_owned()));
    }
    threads.into_values().max_by_key(Vec::len).expect("calls")
}

/// Runs `command`, whose `call` meets its `fate`. The status of a killed one is -1.
pub fn run(command: &Command, call: &Call, fate: Fate) -> Ran {
    let fate = match fate {
        Fate::Killed => "signal=KILL".to_owned(),
        Fate::Fails(error) => format!("error={error}"),
    };
    let inject = format!("inject={}:{fate}:when={}", call.name, call.count);
    Ran::of(&mut wrapped(["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject], command))
}

/// `count` of `all`, evenly, the first and the last among them.
pub fn spread<T: Clone>(all: &[T], count: usize) -> Vec<T> {
    assert!(count > 1 && count <= all.len(), "{count} of {}", all.len());
    (0..count).map(|i| all[i * (all.len() - 1) / (count - 1)].clone()).collect()
}
