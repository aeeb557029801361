//! A page that follows a mesh through time, played: each heading has a date, a `yaml` block is the mesh, a `diff` block edits it, a `sh`
//! block is the script that its first line names, and a `console` block has commands with what they print.
//!
//! There are no machines: `ssh` and `etcd-auth.sh` print receipts of what is in the output folder.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::console::{commands, shows};
use crate::support::receipts::{manifest, manifest_of_users, receipt_line, unit};
use crate::support::{Ran, Sandbox};

const SSH: &str = r#"#!/bin/sh
[ "$1" != -n ] || shift
machine=${1#root@}
case $* in
*--uninstall) cat "machines/$machine.gone" ;;
*) cat "machines/$machine" ;;
esac && echo changed=yes restart=none
"#;

const SCP: &str = "#!/bin/sh\n[ -f \"$1\" ] && [ -f \"$2\" ]\n";

const SH: &str = r#"#!/bin/sh
case $1 in
out/bundles/*/etcd/etcd-auth.sh) cat "$1" >/dev/null && cat "machines/$(basename "${1%/etcd/*}").users$2" && echo changed=yes ;;
operator.sh) [ -d "out/bundles/$2" ] ;;
*) exec /bin/sh "$@" ;;
esac
"#;

/// A command of the page.
pub(crate) struct Step {
    heading: String,
    command: String,
    shown: Vec<String>,
    printed: String,
}

/// A page after it was played.
pub(crate) struct Played {
    pub(crate) steps: Vec<Step>,
    /// The page as it would be right.
    pub(crate) right: String,
}

impl Step {
    fn is_right(&self, shown: &[String]) -> bool {
        shows(shown, &self.printed.lines().collect::<Vec<_>>())
    }
}

struct Mesh {
    sandbox: Sandbox,
    now: OffsetDateTime,
    commands: i64,
}

impl Mesh {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for (name, text) in [("ssh", SSH), ("scp", SCP), ("sh", SH)] {
            sandbox.write_program(&format!("bin/{name}"), text);
        }
        sandbox.authority("mesh-2");
        fs::set_permissions(sandbox.path("mesh-2.key"), Permissions::from_mode(0o600)).expect("a key");
        Self { sandbox, now: OffsetDateTime::UNIX_EPOCH, commands: 0 }
    }

    /// It is noon of that day.
    fn date(&mut self, heading: &str) {
        let date = heading.split(':').next().unwrap_or_default();
        let noon = format!("{date}T12:00:00Z");
        let now = OffsetDateTime::parse(&noon, &Rfc3339).unwrap_or_else(|_| panic!("`{heading}` has no date"));
        assert!(now > self.now, "`{heading}` comes after a later date");
        self.now = now;
        self.sandbox.at(&noon);
    }

    /// Replaces the lines of a hunk.
    fn edit(&self, hunk: &str) {
        let side = |sign: char| -> String {
            let lines = hunk.lines().filter_map(|line| line.strip_prefix([' ', sign]));
            lines.map(|line| format!("{line}\n")).collect()
        };
        let (old, new) = (side('-'), side('+'));
        let mesh = self.sandbox.read("mesh.yaml");
        assert_eq!(format!("\n{mesh}").matches(&format!("\n{old}")).count(), 1, "not once in the mesh:\n{old}\n{mesh}");
        self.sandbox.write("mesh.yaml", &mesh.replacen(&old, &new, 1));
    }

    fn run(&mut self, command: &str) -> String {
        self.commands += 1;
        if self.sandbox.path("out").exists() {
            self.prepare_receipts();
        }
        let program = Path::new(env!("CARGO_BIN_EXE_meshbundle")).parent().expect("a folder");
        let path = std::env::var("PATH").expect("a path");
        let path = format!("{}:{}:{path}", self.sandbox.path("bin").display(), program.display());
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(self.sandbox.path("")).env("PATH", path);
        let ran = Ran::of(shell.env("MESHBUNDLE_NOW", self.now.format(&Rfc3339).expect("RFC 3339")));
        let is_refused = ran.stdout.lines().any(|line| line.starts_with("error"));
        assert_eq!(ran.status != 0, is_refused, "$ {command}\n{}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// The receipts that machines and etcds would print, if they got what was written last.
    fn prepare_receipts(&self) {
        let counter = u64::try_from(self.now.unix_timestamp() + self.commands).expect("after 1970");
        let archives = self.sandbox.tree("out/bundles").into_keys();
        for bundle in archives.filter_map(|path| path.strip_suffix(".tar.gz").map(str::to_owned)) {
            let machine = bundle.rsplit('/').next().expect("a name");
            let mut manifest = manifest(&self.sandbox, &bundle);
            let mut print = |name: &str, counter| {
                let line = receipt_line(&manifest, &unit(&bundle), counter, &[]);
                self.sandbox.write(&format!("machines/{name}"), &format!("{line}\n"));
                manifest["generation"] = json!(0);
            };
            print(machine, counter);
            print(&format!("{machine}.gone"), counter + 1);
        }
        let inventory: Value = serde_json::from_str(&self.sandbox.read("state/inventory.json")).expect("JSON");
        let withdrawal = self.sandbox.wave("withdrawal");
        for cluster in inventory["bundles"].as_object().expect("bundles").keys().filter_map(|bundle| bundle.strip_suffix("/etcd"))
        {
            let manifest = manifest_of_users(&self.sandbox, cluster);
            let left: &[&str] = if withdrawal["users"][cluster].is_null() { &[] } else { &["withdrawal"] };
            for (option, due) in [("--add", left), ("", &[]), ("--receipt", &[])] {
                let line = receipt_line(&manifest, &format!("{cluster}/users"), counter, due);
                self.sandbox.write(&format!("machines/{cluster}.users{option}"), &format!("{line}\n"));
            }
        }
    }
}

/// Plays a page.
pub(crate) fn play(page: &str) -> Played {
    let mut mesh = Mesh::new();
    let mut played = Played { steps: Vec::new(), right: String::new() };
    let mut heading = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
            mesh.date(heading);
        }
        played.right += &format!("{line}\n");
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match language {
            "yaml" => mesh.sandbox.write("mesh.yaml", &block),
            "diff" => mesh.edit(&block),
            "sh" => {
                let name = block.strip_prefix("# ").and_then(|rest| rest.split([' ', ':']).next()).expect("a name");
                mesh.sandbox.write(name, &block);
            }
            "console" => {
                for (command, shown) in commands(&block) {
                    let printed = mesh.run(&command);
                    let step = Step { heading: heading.to_owned(), command, shown, printed };
                    let text = if step.is_right(&step.shown) { step.shown.join("\n") } else { step.printed.clone() };
                    let end = if text.is_empty() { "" } else { "\n" };
                    played.right += &format!("$ {}\n{}{end}", step.command, text.trim_end());
                    played.steps.push(step);
                }
            }
            _ => panic!("a block in `{language}`"),
        }
        if language != "console" {
            played.right += &block;
        }
        played.right += "```\n";
    }
    played
}

impl Played {
    /// Demands that each command prints what is shown, and that each line that is shown could not be another one.
    pub(crate) fn judge(&self) {
        for step in &self.steps {
            let Step { heading, command, printed, .. } = step;
            assert!(step.is_right(&step.shown), "{heading}\n$ {command}\n{printed}\nUPDATE=1 writes this into the page");
            for number in (0..step.shown.len()).filter(|number| step.shown[*number] != "…") {
                let mut wrong = step.shown.clone();
                wrong[number].push('!');
                assert!(!step.is_right(&wrong), "{heading}\n$ {command}\nis not judged: {}", step.shown[number]);
            }
        }
    }
}
