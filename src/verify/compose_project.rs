//! The compose project around a folder of peers: whether compose reads the override that wires the folder to the agents.
//!
//! Input: the files right in the project's folder. Output: findings, and where the override has the folder of peers. What the
//! environment says when compose is started (`COMPOSE_FILE`, `-f`) is not to be seen here.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diag::{Code, Diagnostic, FilePlace, shell_word};

use super::dotenv;
use super::tree::{Entry, Tree};
use super::yaml;

/// The override, as bundles call it.
pub const OVERRIDE: &str = "docker-compose.clustermesh.yaml";
/// What compose takes variables from, its own among them.
pub const DOT_ENV: &str = ".env";
/// What compose looks for by itself, in the order of docker-compose 1 (compose/config/config.py).
const BASES: [&str; 4] = ["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"];
/// The same, in the order of Compose v2 (cli/options.go of compose-spec/compose-go).
const BASES_OF_V2: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// What compose reads over that by itself.
const OVERRIDES: [&str; 4] =
    ["docker-compose.override.yml", "docker-compose.override.yaml", "compose.override.yml", "compose.override.yaml"];
/// The one service of the override that belongs to no one else.
const ANNOUNCER: &str = "clustermesh-announce";

/// Which files `.env` has compose read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComposeFile {
    /// Those that compose finds by itself.
    Unset,
    /// These, in order, as they are written; and what is between them.
    Files(Vec<String>, String),
    /// It is not known: each engine has its own way with variables, backslashes and new lines.
    Unknown,
}

/// A compose project's folder, as far as it decides what compose reads.
#[derive(Clone)]
pub struct Project {
    /// As messages name it.
    pub folder: String,
    /// `.env`, and the YAML files right in it.
    pub tree: Tree,
}

impl Project {
    /// The folder of peers, below the project's: what the agent's service mounts at the place that its options name.
    pub fn peers(&self) -> Option<String> {
        let file = yaml::value(self.tree.bytes(OVERRIDE)?)?;
        let mut services = services(&file)?.iter().filter(|(name, _)| *name != ANNOUNCER).map(|(_, service)| service);
        let service = services.next()?;
        let config = service.pointer("/environment/CILIUM_CLUSTERMESH_CONFIG").and_then(Value::as_str);
        let mut volumes = service.get("volumes")?.as_array()?.iter().filter_map(Value::as_str).filter_map(|one| {
            let mut parts = one.split(':');
            Some((parts.next()?, parts.next()?))
        });
        let (from, _) = volumes.find(|(_, at)| config.is_none_or(|config| config == *at))?;
        from.strip_prefix("./").map(str::to_owned)
    }

    /// What `.env` says of `COMPOSE_FILE`.
    pub fn compose_file(&self) -> ComposeFile {
        let variables =
            self.tree.bytes(DOT_ENV).map(|bytes| dotenv::variables(&String::from_utf8_lossy(bytes))).unwrap_or_default();
        let value = |name: &str| variables.get(name).filter(|value| !value.is_empty());
        match value("COMPOSE_FILE") {
            None => ComposeFile::Unset,
            Some(list) => {
                let separator = value("COMPOSE_PATH_SEPARATOR").map_or(":", String::as_str);
                if [list.as_str(), separator].iter().any(|text| text.contains(['$', '\\', '\n', '\r'])) {
                    return ComposeFile::Unknown;
                }
                ComposeFile::Files(list.split(separator).map(str::to_owned).collect(), separator.to_owned())
            }
        }
    }

    fn is_there(&self, name: &str) -> bool {
        matches!(self.tree.get(name), Some(Entry::File { .. } | Entry::Unreadable(_)))
    }

    /// Whether a file is the override: itself, a link to it, or a copy.
    fn is_override(&self, name: &str) -> bool {
        name == OVERRIDE || self.tree.bytes(name).is_some_and(|bytes| self.tree.bytes(OVERRIDE) == Some(bytes))
    }

    fn there<'a>(&'a self, names: &'a [&'static str]) -> Vec<&'static str> {
        names.iter().copied().filter(|name| self.is_there(name)).collect()
    }
}

/// Judges what compose makes of the project when it is started in its folder with no more words than `up`.
pub(super) fn look(project: &Project) -> Vec<Diagnostic> {
    let mut looked = ProjectInspection { project, findings: Vec::new() };
    match project.compose_file() {
        ComposeFile::Unset => looked.found(),
        ComposeFile::Files(files, separator) => looked.listed(&files, &separator),
        ComposeFile::Unknown => {}
    }
    looked.findings
}

struct ProjectInspection<'a> {
    project: &'a Project,
    findings: Vec<Diagnostic>,
}

impl ProjectInspection<'_> {
    /// `.env` names the files.
    fn listed(&mut self, files: &[String], separator: &str) {
        let named: Vec<&str> = files.iter().map(|file| file.trim_start_matches("./")).collect();
        let others: Vec<&str> = named.iter().copied().filter(|file| !self.project.is_override(file)).collect();
        if others.len() == named.len() {
            let list = files.join(separator);
            let message = format!("compose does not read this file: `.env` says `COMPOSE_FILE={}`", list.escape_debug());
            let help = match named[..] {
                // What compose finds without being asked for.
                [one] if BASES.contains(&one) && self.project.there(&OVERRIDES).is_empty() => {
                    format!("take `COMPOSE_FILE` out of `.env`, and {}", self.link())
                }
                _ => format!("write `COMPOSE_FILE={list}{separator}{OVERRIDE}` into `.env`"),
            };
            self.report(message, help);
        }
        self.services(&others);
    }

    fn link(&self) -> String {
        format!("run `ln -s {OVERRIDE} {}`", shell_word(&format!("{}/docker-compose.override.yaml", self.project.folder)))
    }

    /// No one names the files: compose looks for its own names.
    fn found(&mut self) {
        let project = self.project;
        let (bases, overrides) = (project.there(&BASES), project.there(&OVERRIDES));
        let Some(base) = bases.first() else {
            let message = "compose does not read this file: none of the names that compose looks for is here".to_owned();
            return self.report(message, format!("write `COMPOSE_FILE=<your file>:{OVERRIDE}` into `.env`"));
        };
        let of_v2 = project.there(&BASES_OF_V2)[0];
        if of_v2 != *base {
            let message = format!(
                "which file this goes over depends on who starts it: docker-compose 1 reads `{base}`, Compose v2 `{of_v2}`"
            );
            self.report(message, format!("keep one of them, or say which: `COMPOSE_FILE=<one of them>:{OVERRIDE}` in `.env`"));
        }
        match overrides[..] {
            [] => {
                let message = "compose does not read this file: no name that it looks for leads here".to_owned();
                self.report(message, self.link());
            }
            [one] if project.is_override(one) => {}
            [one] => {
                let message = format!("compose does not read this file: it reads `{one}`");
                self.report(message, self.merge(&format!("`{one}`"), base, &[one]));
            }
            _ => {
                let names = overrides.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let message = format!(
                    "of several overrides docker-compose 1 reads none and ends, and Compose v2 and later one, with no more than a warning: {names}"
                );
                let others: Vec<&str> = overrides.iter().copied().filter(|name| !project.is_override(name)).collect();
                let names = others.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
                self.report(message, self.merge(&names, base, &others));
            }
        }
        let others = || overrides.iter().copied().filter(|name| !project.is_override(name));
        for base in BTreeSet::from([*base, of_v2]) {
            self.services(&[base].into_iter().chain(others()).collect::<Vec<_>>());
        }
    }

    /// What lets the override be read beside others: first what all engines do, wherever they are started.
    fn merge(&self, names: &str, base: &str, others: &[&str]) -> String {
        let list: String = others.iter().map(|name| format!(":{name}")).collect();
        format!(
            "move what {names} has into `{base}`, remove it, and {}; or, for docker-compose 1, and later ones started in this folder \
             only, write `COMPOSE_FILE={base}{list}:{OVERRIDE}` into `.env`",
            self.link()
        )
    }

    /// Whether each service that the override goes over is in one of these files. What cannot be looked into might have it.
    fn services(&mut self, files: &[&str]) {
        let read: Option<Vec<Value>> = files.iter().map(|file| yaml::value(self.project.tree.bytes(file)?)).collect();
        let Some((read, wanted)) = read.zip(self.project.tree.bytes(OVERRIDE).and_then(yaml::value)) else { return };
        if read.is_empty() || read.iter().any(|file| file.get("include").is_some() || services(file).is_none()) {
            return;
        }
        let is_there = |name: &str| read.iter().filter_map(services).any(|services| services.contains_key(name));
        for name in services(&wanted).into_iter().flat_map(|services| services.keys()) {
            if name != ANNOUNCER && !is_there(name) {
                let names = files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(" and ");
                let message = format!("the service `{}` that this goes over is not in {names}", name.escape_debug());
                let help = "say in mesh.yaml how the agent's service is called: `runtime: { kind: compose, service: … }`";
                self.report(message, help.to_owned());
            }
        }
    }

    fn report(&mut self, message: String, help: String) {
        let place = FilePlace::whole(format!("{}/{OVERRIDE}", self.project.folder));
        let finding = Diagnostic::of_file(Code::OverrideUnread, place, message);
        self.findings.push(finding.help(help));
    }
}

fn services(file: &Value) -> Option<&serde_json::Map<String, Value>> {
    file.get("services")?.as_object()
}
