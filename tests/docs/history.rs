//! The stage of a page that follows a mesh through time: each heading has a date. There are no machines: `ssh` and `etcd-auth.sh` print
//! receipts of what is in the output folder.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::receipts::{manifest, manifest_of_users, receipt_line, unit};
use crate::support::story::Stage;
use crate::support::{Ran, Sandbox};

const SSH: &str = r#"#!/bin/sh
[ "$1" != -n ] || shift
machine=${1#root@}
case $* in
*'ss -Htn'*) cat "sockets/$machine"; exit ;;
*--uninstall) cat "machines/$machine.gone" ;;
*) cat "machines/$machine" ;;
esac && echo changed=yes restart=none
"#;

/// What `ss` prints on members: the address of each, and those of its clients.
const SOCKETS: [(&str, &str, &[&str]); 4] = [
    ("ams-e1", "10.1.0.1", &["10.1.1.11", "10.2.1.11", "10.1.7.30", "127.0.0.1"]),
    ("ams-e2", "10.1.0.2", &["10.1.1.12", "10.1.7.30"]),
    ("ams-e3", "10.1.0.3", &["10.2.1.12"]),
    ("fra-etcd", "10.2.0.1", &["10.1.1.11", "10.1.1.12", "10.2.1.11", "10.2.1.12", "127.0.0.1"]),
];

const SCP: &str = "#!/bin/sh\n[ -f \"$1\" ] && [ -f \"$2\" ]\n";

const SH: &str = r#"#!/bin/sh
case $1 in
out/bundles/*/etcd/etcd-auth.sh) cat "$1" >/dev/null && cat "machines/$(basename "${1%/etcd/*}").users$2" && echo changed=yes ;;
operator.sh) [ -d "out/bundles/$2" ] ;;
*) exec /bin/sh "$@" ;;
esac
"#;

/// A mesh at the date of a heading.
pub(crate) struct Mesh {
    sandbox: Sandbox,
    now: OffsetDateTime,
    commands: i64,
}

impl Mesh {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::new();
        for (name, text) in [("ssh", SSH), ("scp", SCP), ("sh", SH)] {
            sandbox.write_program(&format!("bin/{name}"), text);
        }
        for (member, address, clients) in SOCKETS {
            let line = |client: &&str| format!("0      0      {address}:2379   {client}:41000\n");
            sandbox.write(&format!("sockets/{member}"), &clients.iter().map(line).collect::<String>());
        }
        sandbox.authority("mesh-2");
        fs::set_permissions(sandbox.path("mesh-2.key"), Permissions::from_mode(0o600)).expect("a key");
        Self { sandbox, now: OffsetDateTime::UNIX_EPOCH, commands: 0 }
    }

    /// The same, with the script that `docs/PAGE` has.
    pub(crate) fn with_script_of(page: &str) -> Self {
        let mesh = Self::new();
        let text = super::document(&format!("docs/{page}"));
        let script = text.split("```sh\n").nth(1).and_then(|rest| rest.split("```\n").next()).expect("a script");
        mesh.sandbox.write("ship.sh", script);
        mesh
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

impl Stage for Mesh {
    fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// It is noon of that day, if the heading has one.
    fn heading(&mut self, heading: &str) {
        if !heading.starts_with("20") {
            return;
        }
        let date = heading.split(':').next().unwrap_or_default();
        let noon = format!("{date}T12:00:00Z");
        let now = OffsetDateTime::parse(&noon, &Rfc3339).unwrap_or_else(|_| panic!("`{heading}` has no date"));
        assert!(now > self.now, "`{heading}` comes after a later date");
        self.now = now;
        self.sandbox.at(&noon);
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
}
