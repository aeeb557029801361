//! The shell commands of the pages, pasted: on a machine of their own, where what the page describes has come about, each line of
//! `Wrong` shows the finding, each line of `Right` succeeds, and the finding is gone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use meshbundle::diag::{CATALOGUE, Code};
use tempfile::TempDir;

use crate::explain::not_run::NOT_RUN;
use crate::explain::prompts::{Prompt, prompts};
use crate::support::Ran;

/// Pages of a family that are played at the same time.
const AT_ONCE: usize = 6;

/// Codes whose help has the commands that fix it, with nothing left to do by hand.
const HELPS_THAT_FIX: [&str; 13] = [
    "CM0607", "CM0610", "CM0613", "CM0614", "CM0617", "CM0702", "CM0707", "CM0721", "CM0757", "CM0760", "CM0911", "CM0913",
    "CM0914",
];

const FAMILIES: [&str; 4] = ["state", "folder", "archive", "link"];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The family of scenes that has a stage for the page.
fn family(code: Code) -> Option<&'static str> {
    FAMILIES.into_iter().find(|family| {
        let text = fs::read_to_string(tests().join(format!("explain/scenes/{family}.sh"))).expect("a family");
        text.contains(&format!("stage_{code}() {{"))
    })
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What a machine has left behind.
struct Played {
    results: TempDir,
    ran: Ran,
}

impl Played {
    fn play(script: &str, base: &Path) -> Self {
        let (root, results) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--uts", "--pid", "--ipc", "--fork", "--kill-child"]);
        if !rustix::process::geteuid().is_root() {
            command.arg("--map-root-user");
        }
        command.arg("sh").arg(tests().join("explain/scenes/boot.sh")).arg(root.path()).arg(env!("CARGO_BIN_EXE_meshbundle"));
        command.arg(tests()).arg(results.path()).arg(base).arg(script);
        let ran = Ran::of(&mut command);
        Self { results, ran }
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read(self.results.path().join(name)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Status and output of a line, or why there is none.
    fn line(&self, number: &str) -> Result<(i32, String), String> {
        let status = self.read(&format!("{number}.status")).and_then(|status| status.trim().parse().ok());
        let printed = self.read(&format!("{number}.out")).unwrap_or_default();
        let stopped = || {
            let part = self.read("part.out").unwrap_or_default();
            format!("the scene has stopped before it ended: {printed}\n{part}\n{}{}", self.ran.stdout, self.ran.stderr)
        };
        Ok((status.ok_or_else(stopped)?, printed))
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words with every number as one digit, so that dates, ages and lengths are alike.
fn numberless(text: &str) -> String {
    let mut short: Vec<char> = words(text).chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    short.dedup_by(|a, b| *a == '0' && *b == '0');
    short.into_iter().collect()
}

/// Whether `printed` has what the page shows, but for numbers; a word with `…` in it is any word.
fn shows(printed: &str, shown: &str) -> bool {
    let (printed, shown) = (numberless(printed), numberless(shown));
    let (printed, shown): (Vec<&str>, Vec<&str>) = (printed.split(' ').collect(), shown.split(' ').collect());
    printed.windows(shown.len()).any(|part| part.iter().zip(&shown).all(|(is, wanted)| is == wanted || wanted.contains('…')))
}

/// What is wrong with the lines of a page.
fn faults(code: Code, family: &str, base: &Path) -> Vec<String> {
    let prompts = prompts(code);
    let (wrong, right): (Vec<_>, Vec<_>) = prompts.iter().partition(|prompt| prompt.section == "Wrong");
    let last = |prompts: &[&Prompt]| {
        let ours = prompts.iter().rfind(|prompt| prompt.command.starts_with("meshbundle "))?;
        Some((ours.number.to_string(), quoted(&ours.command)))
    };
    let shows_it = last(&wrong).unwrap_or_else(|| ("nothing".to_owned(), "false".to_owned()));
    let (number, command) = last(&right).unwrap_or_else(|| ("again".to_owned(), shows_it.1.clone()));
    let (before, after) = (format!("{} {}", shows_it.0, shows_it.1), format!("{number} {command}"));
    let mut script = format!("set_stage {family} {code}\n");
    let paste = |prompt: &Prompt| format!("paste {} {}\n", prompt.number, quoted(&prompt.command));
    script.extend(wrong.iter().map(|prompt| paste(prompt)));
    script += &format!("check before {before}\n");
    script.extend(right.iter().map(|prompt| paste(prompt)));
    script += &format!("done_pasting\ncheck after {after}\n");
    let played = Played::play(&script, base);
    let mut faults = Vec::new();
    let name = format!("[{code}]");
    match played.line("before") {
        Ok((_, printed)) if printed.contains(&name) => {
            let wrong: String = wrong.iter().map(|prompt| paste(prompt)).collect();
            let stage = format!("set_stage {family} {code}\n{wrong}");
            faults.extend(faults_of_help(code, &stage, &shows_it.1, &commands_of_help(&name, &printed), base));
        }
        Ok((_, printed)) => faults.push(format!("the scene does not bring it about: {printed}")),
        Err(fault) => faults.push(fault),
    }
    for prompt in &prompts {
        let (status, printed) = match played.line(&prompt.number.to_string()) {
            Ok(line) => line,
            Err(fault) => {
                faults.push(fault);
                break;
            }
        };
        let wanted = i32::from(prompt.shown.contains("error["));
        if prompt.section == "Right" && status != 0 || prompt.shown.contains("error[") && status != wanted {
            faults.push(format!("`{}` ends with {status}: {printed}", prompt.command));
        }
        if prompt.section == "Right" && printed.contains(&name) {
            faults.push(format!("`{}` shows it still: {printed}", prompt.command));
        }
        if !prompt.shown.is_empty() && !shows(&printed, &prompt.shown) {
            faults.push(format!("`{}` does not print `{}`: {printed}", prompt.command, prompt.shown));
        }
    }
    match played.line("after") {
        Ok((_, printed)) if !printed.contains(&name) => {}
        Ok((_, printed)) => faults.push(format!("it is not fixed: {printed}")),
        Err(_) if !faults.is_empty() => {}
        Err(fault) => faults.push(fault),
    }
    faults
}

/// The commands between backticks in the help of a finding, as a terminal shows it.
fn commands_of_help(name: &str, printed: &str) -> BTreeSet<String> {
    let of_code = printed.split("\n\n").filter(|finding| finding.contains(name));
    let helps = of_code.flat_map(|finding| finding.split("= help: ").skip(1)).map(words);
    helps.flat_map(|help| help.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// What is wrong with a help that fixes what it is about.
fn faults_of_help(code: Code, stage: &str, check: &str, help: &BTreeSet<String>, base: &Path) -> Vec<String> {
    if !HELPS_THAT_FIX.contains(&code.as_str()) {
        return Vec::new();
    }
    let programs = ["chmod ", "ln ", "meshbundle ", "mv ", "sed "];
    let commands: Vec<_> = help.iter().filter(|command| programs.iter().any(|program| command.starts_with(program))).collect();
    let pasted = commands.iter().enumerate().map(|(number, command)| format!("paste 9{number} {}\n", quoted(command)));
    let played = Played::play(&format!("{stage}{}check after again {check}\n", pasted.collect::<String>()), base);
    let mut faults = Vec::new();
    if commands.is_empty() {
        faults.push(format!("its help has no command: {help:?}"));
    }
    for (number, command) in commands.iter().enumerate() {
        match played.line(&format!("9{number}")) {
            Ok((0, _)) => {}
            wrong => faults.push(format!("of its help, `{command}`: {wrong:?}")),
        }
    }
    match played.line("after") {
        Ok((_, printed)) if !printed.contains(&format!("[{code}]")) => {}
        wrong => faults.push(format!("its help does not fix it: {wrong:?}")),
    }
    faults
}

/// Pastes the pages of a family, and reports all that is wrong.
fn paste(family: &'static str) {
    let base = TempDir::new().expect("a folder");
    let played = Played::play(&format!(". \"$scenes/{family}.sh\"; part base; echo made"), base.path());
    assert_eq!(
        (played.ran.status, played.ran.stdout.trim()),
        (0, "made"),
        "{}\n{}",
        played.ran.stderr,
        played.read("part.out").unwrap_or_default()
    );
    let pages: Vec<Code> = CATALOGUE.iter().copied().filter(|code| self::family(*code) == Some(family)).collect();
    assert!(pages.len() > 5, "{family}: {pages:?}");
    // Most of them wait more than they work.
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(code) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut faults = self::faults(*code, family, base.path());
                    // On a machine that stalls, a name server or a server is late: such a page is played once more.
                    if family == "link" && !faults.is_empty() {
                        eprintln!("{code}, once more: {}", faults.join("\n"));
                        faults = self::faults(*code, family, base.path());
                    }
                    wrong.lock().expect("no panic").extend(faults.into_iter().map(|fault| format!("{code}: {fault}")));
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn commands_about_the_state() {
    paste("state");
}

#[test]
fn commands_about_a_clustermesh_directory() {
    paste("folder");
}

#[test]
fn commands_about_archives() {
    paste("archive");
}

#[test]
fn commands_about_live_links() {
    paste("link");
}

#[test]
fn every_page_with_commands_has_a_scene_and_every_listed_command_is_on_a_page() {
    let mut wrong = Vec::new();
    let mut lines = Vec::new();
    for code in CATALOGUE {
        let prompts = prompts(*code);
        if !prompts.is_empty() && family(*code).is_none() {
            wrong.push(format!("{code} has commands, and no scene"));
        }
        lines.extend(
            prompts.iter().flat_map(|prompt| prompt.command.split("&&").map(|line| line.trim().to_owned()).collect::<Vec<_>>()),
        );
    }
    let on_a_page = |listed: &str| lines.iter().any(|line| line.starts_with(&format!("{listed} ")) || line == listed);
    let listed = NOT_RUN.iter().filter(|(listed, _)| !on_a_page(listed));
    wrong.extend(listed.map(|(listed, _)| format!("`{listed}` is listed, and on no page any more")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A stand-in that is not listed would hide a command that is not run.
#[test]
fn every_placeholder_is_listed() {
    let text = fs::read_to_string(tests().join("explain/scenes/stand_ins.sh")).expect("the stand-ins");
    let stand_ins: BTreeSet<&str> = text.lines().filter_map(|line| line.split_once("() {").map(|(name, _)| name)).collect();
    let listed: BTreeSet<&str> = NOT_RUN.iter().map(|(listed, _)| *listed).filter(|listed| !listed.contains(' ')).collect();
    assert_eq!(stand_ins, listed);
}
