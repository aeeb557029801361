//! The compose override: environment and clustermesh directory for the service that the mesh names.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::mesh::{ImageReference, Runtime};
use crate::plan::{ANNOUNCER, ClusterPlan, ETCD_CONFIG, ETCD_SECRETS};

use super::RenderError;
use super::local_etcd::announcer_arguments;
use super::options::variable;

#[derive(Serialize)]
struct ComposeFile {
    services: BTreeMap<String, ComposeService>,
}

#[derive(Default, Serialize)]
struct ComposeService {
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entrypoint: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restart: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cap_drop: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    healthcheck: Option<Healthcheck>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<String, String>,
    volumes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extra_hosts: Vec<String>,
}

#[derive(Serialize)]
struct Healthcheck {
    test: Vec<String>,
    interval: &'static str,
    timeout: &'static str,
    start_period: &'static str,
}

/// The service that announces the cluster.
const ANNOUNCE: &str = "clustermesh-announce";
/// Its image if the mesh names none. There is no default: Docker would pull an image that is not on the machine.
const ANNOUNCER_IMAGE: &str = "${MESHBUNDLE_IMAGE:?names an image with meshbundle in its PATH}";

const HEAD: &str = "\
# Goes over the compose file of your own, which has the agent's service. Compose reads it, with no `-f` anywhere, where
# docker-compose.override.yaml is a link to it, or where `.env` beside it has both names:
#   COMPOSE_FILE=docker-compose.yaml:docker-compose.clustermesh.yaml
# install.sh makes the link where no other override is there, and else says which line is missing; so does `meshbundle verify .`
# The folder is mounted, never single files: a file that is renamed over another on the host does not reach a container that
# has the file itself mounted (moby/moby#22627).
";

/// A comment in the file on what `extra_hosts` replaces where the agent has the host's network.
const HOSTS: &str = "\
# extra_hosts: agents below 1.20 find these names in no other way. With `network_mode: host` the container then has a hosts file
# of its own, and the host's entries are gone from it (docker/cli#4563): repeat here those that the agent needs.
";

/// The override. Without options it only mounts the clustermesh directory.
pub(super) fn compose_file(cluster: &ClusterPlan, path: &str) -> Result<String, RenderError> {
    let Runtime::Compose { service, host_root, image, announcer_image } = &cluster.runtime else {
        return Err(RenderError::Missing(path.to_owned()));
    };
    let hosts = cluster.hosts.iter();
    let extra_hosts: Vec<String> =
        hosts.flat_map(|(name, addresses)| addresses.iter().map(move |address| format!("{name}:{address}"))).collect();
    let mount = |folder: &str| format!("./{host_root}{folder}:{folder}:ro");
    let mut volumes = vec![mount(&cluster.config_dir)];
    if cluster.own.as_ref().is_some_and(|own| own.agent.is_some()) {
        let config = ETCD_CONFIG.rsplit_once('/').map_or(ETCD_CONFIG, |(folder, _)| folder);
        volumes.extend([mount(config), mount(ETCD_SECRETS)]);
    }
    let agent = ComposeService {
        image: image.as_ref().map(|image| literal(image.as_str())),
        environment: cluster.agent_options.iter().map(|(name, value)| (variable(name), literal(value))).collect(),
        volumes,
        extra_hosts: extra_hosts.clone(),
        ..ComposeService::default()
    };
    let note = if extra_hosts.is_empty() { "" } else { HOSTS };
    let mut services = BTreeMap::from([(service.clone(), agent)]);
    if cluster.own.as_ref().is_some_and(|own| own.announcer.is_some()) {
        let _ = services.insert(ANNOUNCE.to_owned(), announcer(cluster, announcer_image.as_ref(), mount(ANNOUNCER), extra_hosts));
    }
    let file = ComposeFile { services };
    let yaml =
        serde_yaml::to_string(&file).map_err(|error| RenderError::Serialise { path: path.to_owned(), source: error.into() })?;
    Ok(format!("{HEAD}{note}{yaml}"))
}

/// A value of the mesh as compose passes it on: compose would take text after a `$` for a variable.
fn literal(value: &str) -> String {
    value.replace('$', "$$")
}

/// The image needs only the program, in a folder of its PATH.
fn announcer(cluster: &ClusterPlan, image: Option<&ImageReference>, volume: String, extra_hosts: Vec<String>) -> ComposeService {
    let words = |first: &[&str]| -> Vec<String> {
        first.iter().map(|word| (*word).to_owned()).chain(announcer_arguments(cluster)).collect()
    };
    let check = words(&["CMD", "meshbundle", "announce", "--check"]);
    ComposeService {
        image: Some(image.map_or_else(|| ANNOUNCER_IMAGE.to_owned(), |image| literal(image.as_str()))),
        entrypoint: words(&["meshbundle", "announce"]),
        network_mode: Some("host"),
        restart: Some("unless-stopped"),
        read_only: Some(true),
        cap_drop: vec!["ALL"],
        healthcheck: Some(Healthcheck { test: check, interval: "60s", timeout: "100s", start_period: "30s" }),
        // Unlike an agent, it is not privileged: SELinux would deny it the files. Without SELinux, engines ignore the option.
        volumes: vec![volume + ",z"],
        extra_hosts,
        ..ComposeService::default()
    }
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn compose_finds_no_variable_in_a_value() {
        assert_eq!(literal("a$HOME${B}$"), "a$$HOME$${B}$$");
    }
}
