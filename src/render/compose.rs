//! The compose override: environment and the folder of peers for the service of the spec.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::ClusterPlan;
use crate::spec::Runtime;

use super::RenderError;
use super::options::variable;

#[derive(Serialize)]
struct ComposeFile {
    services: BTreeMap<String, Service>,
}

#[derive(Serialize)]
struct Service {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<String, String>,
    volumes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extra_hosts: Vec<String>,
}

const HEAD: &str = "\
# Beside your own docker-compose.yaml:
#   docker-compose -f docker-compose.yaml -f docker-compose.clustermesh.yaml up -d
# The folder is mounted, never single files: a file that is renamed over another on the host does not reach a container that
# has the file itself mounted (moby/moby#22627).
";

/// What `extra_hosts` costs where the agent has the host's network, said to whoever reads the file.
const HOSTS: &str = "\
# extra_hosts: agents below 1.20 find these names in no other way. With `network_mode: host` the container then has a hosts file
# of its own, and the host's entries are gone from it (docker/cli#4563): repeat here those that the agent needs.
";

/// The override. Without options it only mounts the folder.
pub(super) fn compose_file(cluster: &ClusterPlan, path: &str) -> Result<String, RenderError> {
    let Runtime::Compose { service, host_root } = &cluster.runtime else { return Err(RenderError::Missing(path.to_owned())) };
    let agent = Service {
        environment: cluster.agent_options.iter().map(|(name, value)| (variable(name), value.clone())).collect(),
        volumes: vec![format!("./{host_root}{0}:{0}:ro", cluster.config_dir)],
        extra_hosts: cluster
            .hosts
            .iter()
            .flat_map(|(name, addresses)| addresses.iter().map(move |address| format!("{name}:{address}")))
            .collect(),
    };
    let note = if agent.extra_hosts.is_empty() { "" } else { HOSTS };
    let file = ComposeFile { services: BTreeMap::from([(service.clone(), agent)]) };
    let yaml =
        serde_yaml::to_string(&file).map_err(|error| RenderError::Serialise { path: path.to_owned(), source: error.into() })?;
    Ok(format!("{HEAD}{note}{yaml}"))
}
