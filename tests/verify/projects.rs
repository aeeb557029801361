//! Compose projects: `verify` says that the override is not read exactly where docker-compose does not read it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::dotenv::{KNOWN, UNKNOWN};
use crate::support::{Sandbox, tool};
use crate::verify::bundle::{Bundle, FOLDER};
use crate::verify::codes::told;
use meshbundle::verify::{ComposeFile, DOT_ENV, Entry, Project, Tree};

/// The codes that are shown here.
pub(crate) const CODES: &[&str] = &["CM0721"];

const BASE: &str = "services:\n  cilium-agent:\n    image: cilium\n    network_mode: host\n";
/// With the service under another name.
const OTHER: &str = "services:\n  agent:\n    image: cilium\n";
/// An override of the user's own.
const THEIRS: &str = "services:\n  cilium-agent:\n    restart: always\n";
const OURS: &str = "docker-compose.clustermesh.yaml";

/// A project: what is done to its folder beside the files of the bundle, and what is wrong with it.
struct Case {
    what: &'static str,
    make: fn(&Path),
    /// Words of the finding; none where docker-compose reads the override.
    said: Option<&'static str>,
}

const fn case(what: &'static str, said: Option<&'static str>, make: fn(&Path)) -> Case {
    Case { what, make, said }
}

fn put(project: &Path, name: &str, text: &str) {
    Bundle::write(&project.join(name), text);
}

const CASES: &[Case] = &[
    case("nothing leads to it", Some("no name that it looks for leads here"), |at| put(at, "docker-compose.yaml", BASE)),
    case("a link", None, |at| {
        put(at, "docker-compose.yaml", BASE);
        Bundle::link(OURS, &at.join("docker-compose.override.yaml"));
    }),
    case("a link by another of the names", None, |at| {
        put(at, "compose.yml", BASE);
        Bundle::link(OURS, &at.join("compose.override.yml"));
    }),
    case("a copy", None, |at| {
        put(at, "compose.yaml", BASE);
        fs::copy(at.join(OURS), at.join("docker-compose.override.yml")).expect("copied");
    }),
    case("an old copy", Some("it reads `docker-compose.override.yml`"), |at| {
        put(at, "docker-compose.yml", BASE);
        put(at, "docker-compose.override.yml", "services:\n  cilium-agent:\n    environment: { CILIUM_CLUSTER_ID: 1 }\n");
    }),
    case(
        "an override of theirs",
        Some("COMPOSE_FILE=docker-compose.yaml:compose.override.yaml:docker-compose.clustermesh.yaml"),
        |at| {
            put(at, "docker-compose.yaml", BASE);
            put(at, "compose.override.yaml", THEIRS);
        },
    ),
    case("both overrides", Some("of several overrides"), |at| {
        put(at, "docker-compose.yaml", BASE);
        put(at, "docker-compose.override.yml", THEIRS);
        Bundle::link(OURS, &at.join("docker-compose.override.yaml"));
    }),
    case("a link that is called otherwise", Some("no name that it looks for leads here"), |at| {
        put(at, "docker-compose.yaml", BASE);
        Bundle::link(OURS, &at.join("override.yaml"));
    }),
    case("a link to nothing", Some("no name that it looks for leads here"), |at| {
        put(at, "docker-compose.yaml", BASE);
        Bundle::link("gone.yaml", &at.join("docker-compose.override.yaml"));
    }),
    case("COMPOSE_FILE names it", None, |at| {
        put(at, "base.yaml", BASE);
        put(at, ".env", "A=b\nCOMPOSE_FILE=base.yaml:./docker-compose.clustermesh.yaml\n");
    }),
    case("COMPOSE_FILE names it, in quotes and behind export", None, |at| {
        put(at, "base.yaml", BASE);
        put(at, "theirs.yaml", THEIRS);
        put(at, ".env", "export COMPOSE_FILE=\"base.yaml:theirs.yaml:docker-compose.clustermesh.yaml\" # all three\n");
    }),
    case("COMPOSE_FILE names it, with another separator", None, |at| {
        put(at, "base.yaml", BASE);
        put(at, ".env", "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=base.yaml,docker-compose.clustermesh.yaml\n");
    }),
    case("COMPOSE_FILE names others, and the link is there", Some("`COMPOSE_FILE=docker-compose.yaml:theirs.yaml`"), |at| {
        put(at, "docker-compose.yaml", BASE);
        put(at, "theirs.yaml", THEIRS);
        put(at, ".env", "COMPOSE_FILE=docker-compose.yaml:theirs.yaml\n");
        Bundle::link(OURS, &at.join("docker-compose.override.yaml"));
    }),
    case("COMPOSE_FILE in a comment", Some("no name that it looks for leads here"), |at| {
        put(at, "docker-compose.yaml", BASE);
        put(at, ".env", "#COMPOSE_FILE=docker-compose.yaml:docker-compose.clustermesh.yaml\n");
    }),
    case("COMPOSE_FILE of nothing, and the link is there", None, |at| {
        put(at, "docker-compose.yaml", BASE);
        put(at, ".env", "COMPOSE_FILE=\n");
        Bundle::link(OURS, &at.join("docker-compose.override.yaml"));
    }),
    case(
        "COMPOSE_FILE names one that compose finds without it",
        Some("take `COMPOSE_FILE` out of `.env`, and run `ln -s"),
        |at| {
            put(at, "docker-compose.yaml", BASE);
            put(at, ".env", "COMPOSE_FILE=docker-compose.yaml\n");
        },
    ),
    case("a service of another name", Some("`cilium-agent` that this goes over is not in `docker-compose.yaml`"), |at| {
        put(at, "docker-compose.yaml", OTHER);
        Bundle::link(OURS, &at.join("docker-compose.override.yaml"));
    }),
    case("the service is in another file that is listed", None, |at| {
        put(at, "docker-compose.yaml", OTHER);
        put(at, "cilium.yaml", BASE);
        put(at, ".env", "COMPOSE_FILE=docker-compose.yaml:cilium.yaml:docker-compose.clustermesh.yaml\n");
    }),
    case("two files, and the first has no such service", Some("is not in `docker-compose.yml`"), |at| {
        put(at, "docker-compose.yml", OTHER);
        put(at, "docker-compose.yaml", BASE);
        Bundle::link(OURS, &at.join("docker-compose.override.yaml"));
    }),
    case("no file that compose looks for", Some("none of the names that compose looks for"), |at| {
        put(at, "cilium.yaml", BASE);
        Bundle::link(OURS, &at.join("docker-compose.override.yaml"));
    }),
];

/// The bundle's payload as a project's folder.
fn project(bundle: &Bundle, number: usize) -> PathBuf {
    let at = bundle.sandbox.path(format!("project-{number}"));
    tool("cp", "coreutils", ["-a".as_ref(), bundle.at("payload").as_os_str(), at.as_os_str()]);
    at
}

/// What docker-compose says of the project, started there with no more words; nothing if it fails.
fn config(project: &Path, more: &[&str]) -> Option<String> {
    let mut config = Command::new("docker-compose");
    config.arg("config").args(more).current_dir(project).env("MESHBUNDLE_IMAGE", "meshbundle");
    config.env_remove("COMPOSE_FILE").env_remove("COMPOSE_PATH_SEPARATOR");
    let ran = config.output().expect("docker-compose (apt-get install docker-compose)");
    ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// Whether it gives the agent its name.
fn is_read(project: &Path) -> bool {
    config(project, &[]).is_some_and(|text| text.contains("CILIUM_CLUSTER_NAME: cluster1"))
}

#[test]
fn the_override_is_unread_where_docker_compose_does_not_read_it() {
    let bundle = Bundle::new();
    let mut misfits = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let project = project(&bundle, number);
        (case.make)(&project);
        if is_read(&project) == case.said.is_some() {
            misfits.push(format!("{}: docker-compose disagrees", case.what));
        }
        let live = project.join(FOLDER.strip_prefix("payload/").expect("a payload"));
        for path in [live.as_path(), &project] {
            let told = told(&bundle.sandbox, &[path.to_str().expect("text")]);
            let codes: Vec<&str> = told.codes.iter().map(String::as_str).collect();
            let expected: &[&str] = if case.said.is_some() { CODES } else { &[] };
            if codes != expected || !told.report.contains(case.said.unwrap_or_default()) {
                misfits.push(format!("{} ({}): {}", case.what, path.display(), told.report));
            }
        }
    }
    assert!(misfits.is_empty(), "{} misfits\n{}", misfits.len(), misfits.join("\n"));
}

/// Which of two files it is, the two composes do not agree on.
#[test]
fn two_compose_files_with_default_names_are_reported() {
    let bundle = Bundle::new();
    let project = project(&bundle, 0);
    put(&project, "docker-compose.yml", BASE);
    put(&project, "compose.yaml", BASE);
    Bundle::link(OURS, &project.join("docker-compose.override.yaml"));
    let told = told(&bundle.sandbox, &[project.to_str().expect("text")]);
    assert!(told.report.contains("docker-compose 1 reads `docker-compose.yml`, Compose v2 `compose.yaml`"), "{}", told.report);
    assert!(is_read(&project));
}

/// What the environment says when compose is started, nobody can know before.
#[test]
fn a_variable_in_compose_file_cannot_be_judged() {
    let bundle = Bundle::new();
    let project = project(&bundle, 0);
    put(&project, "docker-compose.yaml", BASE);
    put(&project, ".env", "COMPOSE_FILE=docker-compose.yaml:${EXTRA}\n");
    let told = told(&bundle.sandbox, &[project.to_str().expect("text")]);
    assert!(told.codes.is_empty(), "{}", told.report);
}

/// The same table is the installer's (tests/installer/script.rs).
#[test]
fn dotenv_is_read_as_docker_compose_reads_it() {
    let said = |text: &str| {
        let mut tree = Tree::default();
        tree.insert(DOT_ENV, Entry::File { mode: Some(0o644), bytes: text.as_bytes().to_vec().into() });
        Project { folder: ".".to_owned(), tree }.compose_file()
    };
    let sandbox = Sandbox::new();
    for name in ["a", "b", "docker-compose"] {
        sandbox.write(&format!("{name}.yaml"), &format!("services:\n  {name}:\n    image: x\n"));
    }
    for (text, files) in KNOWN {
        let owned: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        match said(text) {
            ComposeFile::Unset => assert!(files.is_empty(), "{text:?}"),
            ComposeFile::Files(read, _) => assert_eq!(read, owned, "{text:?}"),
            ComposeFile::Unknown => panic!("{text:?} is known"),
        }
        sandbox.write(".env", text);
        let services = config(&sandbox.path("."), &["--services"]).unwrap_or_else(|| panic!("docker-compose fails: {text:?}"));
        let mut services: Vec<&str> = services.lines().collect();
        services.sort_unstable();
        let names = files.iter().map(|file| file.trim_start_matches("./").trim_end_matches(".yaml"));
        let named: Vec<&str> = if files.is_empty() { vec!["docker-compose"] } else { names.collect() };
        assert_eq!(services, named, "docker-compose disagrees: {text:?}");
    }
    for text in UNKNOWN {
        assert_eq!(said(text), ComposeFile::Unknown, "{text:?}");
    }
}

/// What CM0514 warns of: docker-compose 1 keeps the last address of a name as soon as there is an override.
#[test]
fn docker_compose_keeps_one_address_of_a_name_where_there_is_an_override() {
    let sandbox = Sandbox::new();
    let at = sandbox.path(".");
    let hosts = "    extra_hosts:\n    - \"etcd.b:10.0.0.1\"\n    - \"etcd.b:10.0.0.2\"\n";
    let kept = || config(&at, &[]).expect("docker-compose reads it").matches("10.0.0.").count();
    put(&at, "docker-compose.yaml", &format!("{BASE}{hosts}"));
    assert_eq!(kept(), 2);
    put(&at, "docker-compose.yaml", BASE);
    put(&at, "docker-compose.override.yaml", &format!("services:\n  cilium-agent:\n{hosts}"));
    assert_eq!(kept(), 1);
    assert!(config(&at, &[]).expect("it is read").contains("10.0.0.2"));
}
