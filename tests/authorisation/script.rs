//! The script, rendered from a plan made by hand, and run by a shell as a user runs it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use meshbundle::mesh::keyspace::{Range, read_from};
use meshbundle::mesh::{CiliumVersion, Endpoint};
use meshbundle::plan::{Access, Authorisation, EtcdRole, Grant, RolePlan};
use meshbundle::render::{Release, Templates, authorisation_script};
use serde_json::Value;

use crate::authorisation::etcd::Etcd;
use crate::support::{Ran, Sandbox};

/// The shells that it must work in.
pub(crate) const SHELLS: [&[&str]; 2] = [&["dash"], &["busybox", "ash"]];

/// Of etcdctl's commands, those that change users and roles.
const CHANGES: [&str; 7] =
    ["user add", "user delete", "user grant-role", "user revoke-role", "role add", "role delete", "role grant-permission"];

/// What the readers' role grants on the etcd of the cluster `c1`.
pub(crate) fn read() -> Vec<Range> {
    read_from("c1", &[CiliumVersion::new(1, 16), CiliumVersion::new(1, 20)])
}

/// The plan for the etcd of `c1`.
pub(crate) struct Wish<'a> {
    pub(crate) readers: &'a [&'a str],
    pub(crate) retired: &'a [&'a str],
    /// Own agents and administrator.
    pub(crate) own: bool,
    pub(crate) announced: bool,
    pub(crate) generation: u64,
}

/// Two readers, and all own clients.
pub(crate) const USUAL: Wish<'static> =
    Wish { readers: &["remote-c2", "remote-c3"], retired: &["remote-c9"], own: true, announced: true, generation: 1 };

impl Wish<'_> {
    fn plan(&self) -> Authorisation {
        let grants = |access, ranges: Vec<Range>| ranges.into_iter().map(|range| Grant { access, range }).collect::<Vec<_>>();
        let users = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
        let mut roles = BTreeMap::new();
        if !self.readers.is_empty() {
            roles.insert(EtcdRole::Reader, RolePlan { grants: grants(Access::Read, read()), users: users(self.readers) });
        }
        if self.own {
            let all = grants(Access::ReadWrite, vec![Range::prefix("cilium/")]);
            roles.insert(EtcdRole::Agent, RolePlan { grants: all, users: users(&["admin-c1"]) });
            roles.insert(EtcdRole::Root, RolePlan { grants: Vec::new(), users: users(&["root"]) });
        }
        if self.announced {
            let keys = vec![Range::key("cilium/.heartbeat"), Range::key("cilium/cluster-config/c1")];
            let written = RolePlan { grants: grants(Access::ReadWrite, keys), users: users(&["announce-c1"]) };
            roles.insert(EtcdRole::Announcer, written);
        }
        Authorisation {
            endpoints: vec![Endpoint::new("https://192.0.2.1:2379").expect("an endpoint")],
            roles,
            retired: self.retired.iter().map(|user| (*user).to_owned()).collect(),
            revoked: BTreeSet::new(),
            has_list: false,
            administrator: None,
        }
    }

    /// Writes the script into a folder whose name a careless script stumbles over.
    pub(crate) fn write(&self, sandbox: &Sandbox, administrator: Option<&str>) -> Script {
        let folder = sandbox.path("the folder of $(c1)'s etcd");
        fs::create_dir_all(&folder).expect("a folder");
        let templates = Templates::new().expect("templates");
        let digest = format!("{:032x}", self.generation);
        let release = Release { mesh: "prod", state: "of-a-test", generation: self.generation, digest: &digest };
        let file = authorisation_script(&release, "c1", &self.plan(), administrator, &templates).expect("rendered");
        assert_eq!((file.path.as_str(), file.mode), ("etcd-auth.sh", 0o755));
        let path = folder.join(file.path);
        fs::write(&path, &*file.content).expect("written");
        Script::at(sandbox, path)
    }
}

/// When it dies, with everything that it has started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Never.
    Natural,
    /// When it calls etcdctl for the n-th time.
    Before(usize),
    /// When that call is done.
    After(usize),
    /// Never; when it calls etcdctl for the n-th time, the script that `MEANWHILE` names runs first.
    Interrupted(usize),
    /// Not the script, only etcdctl, before it does anything.
    OfEtcdctl(usize),
}

pub(crate) struct Script {
    pub(crate) path: PathBuf,
    tools: PathBuf,
}

/// What a run of it did.
pub(crate) struct Done {
    pub(crate) ran: Ran,
    /// Each call of etcdctl.
    pub(crate) calls: Vec<String>,
}

impl Done {
    /// What it says, but for the first line, which names the etcd, and the receipt.
    pub(crate) fn lines(&self) -> BTreeSet<&str> {
        self.ran.stdout.lines().filter(|line| !line.starts_with("the etcd of ") && !line.starts_with('{')).collect()
    }

    /// The receipt, which is the line before the last one.
    pub(crate) fn receipt(&self) -> Value {
        let line = self.ran.stdout.lines().rev().nth(1).unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}{}", self.ran.stdout, self.ran.stderr))
    }

    /// The calls that change users or roles.
    pub(crate) fn changes(&self) -> Vec<&String> {
        let changing =
            |call: &&String| CHANGES.iter().any(|change| call.starts_with(change)) || call.contains(" revoke-permission");
        self.calls.iter().filter(changing).collect()
    }

    /// Demands this exit status.
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.ran.status, status, "{}\n{}", self.ran.stdout, self.ran.stderr);
        self
    }
}

impl Script {
    /// The script at `path`, run with an etcdctl that notes its calls and dies when told.
    pub(crate) fn at(sandbox: &Sandbox, path: PathBuf) -> Self {
        let search = std::env::var_os("PATH").expect("a PATH");
        let mut places = std::env::split_paths(&search).map(|place| place.join("etcdctl"));
        let etcdctl = places.find(|file| file.is_file()).expect("etcdctl; apt-get install etcd-client");
        Self::with(sandbox, path, &etcdctl)
    }

    /// The same with an etcdctl of a certain generation.
    pub(crate) fn with(sandbox: &Sandbox, path: PathBuf, etcdctl: &Path) -> Self {
        let tools = sandbox.path("tools");
        let wrapper = format!(
            "#!/bin/sh
count=$(($(wc -l <\"$CALLS\") + 1))
echo \"$*\" >>\"$CALLS\"
[ \"$DIE\" != \"before $count\" ] || kill -9 0
[ \"$DIE\" != \"etcdctl $count\" ] || exit 137
if [ \"$DIE\" = \"meanwhile $count\" ]; then
    env -u ETCDCTL_USER -u ETCDCTL_PASSWORD DIE= CALLS=/dev/null sh \"$MEANWHILE\" </dev/null >\"$MEANWHILE.said\" 2>&1
    echo $? >\"$MEANWHILE.status\"
fi
{} \"$@\"
status=$?
[ \"$DIE\" != \"after $count\" ] || kill -9 0
exit $status
",
            etcdctl.display()
        );
        sandbox.write_program("tools/etcdctl", &wrapper);
        Self { path, tools }
    }

    /// Runs it in a shell, with nothing in its environment but this.
    pub(crate) fn run_in(&self, shell: &[&str], args: &[&str], environment: &[(&str, String)], death: Death) -> Done {
        let calls = self.tools.join("calls");
        fs::write(&calls, "").expect("written");
        let search = std::env::var("PATH").expect("a PATH");
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(&self.path).args(args).env_clear().process_group(0);
        command.env("PATH", format!("{}:{search}", self.tools.display())).env("CALLS", &calls);
        command.envs(environment.iter().map(|(name, value)| (*name, value)));
        let die = match death {
            Death::Natural => String::new(),
            Death::Before(call) => format!("before {call}"),
            Death::After(call) => format!("after {call}"),
            Death::OfEtcdctl(call) => format!("etcdctl {call}"),
            Death::Interrupted(call) => format!("meanwhile {call}"),
        };
        let ran = Ran::of(command.env("DIE", die).current_dir("/"));
        let calls = fs::read_to_string(&calls).expect("calls").lines().map(str::to_owned).collect();
        Done { ran, calls }
    }

    /// Runs it at `etcd` as `who`.
    pub(crate) fn run(&self, etcd: &Etcd, who: Option<&str>, args: &[&str]) -> Done {
        self.run_in(SHELLS[0], args, &etcd.environment(who), Death::Natural)
    }

    /// Puts the administrator's files beside it.
    pub(crate) fn beside(&self, etcd: &Etcd) {
        let folder = self.path.parent().expect("a folder");
        for (from, to) in [("ca.crt", "server-ca.crt"), ("root.crt", "root.crt"), ("root.key", "root.key")] {
            fs::copy(etcd.pki.join(from), Path::new(folder).join(to)).expect("copied");
        }
    }
}
