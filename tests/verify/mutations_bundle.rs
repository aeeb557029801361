//! Mutations of what a bundle says of itself: checksums, manifest, options.

use std::fs;

use crate::verify::bundle::Bundle;
use crate::verify::table::{Row, row};

fn manifest(bundle: &Bundle, from: &str, to: &str) {
    Bundle::edit(&bundle.at("manifest.json"), from, to);
}

/// One more variable for the compose service.
fn compose(bundle: &Bundle, from: &str, to: &str) {
    Bundle::edit(&bundle.at("payload/docker-compose.clustermesh.yaml"), from, to);
}

pub(crate) const ROWS: &[Row] = &[
    row("a file that was changed later", &["CM0746"], |bundle| Bundle::append(&bundle.at("options/agent.env"), "# mine\n"))
        .unsealed(),
    row("a file that nothing covers", &["CM0747"], |bundle| Bundle::write(&bundle.at("payload/extra"), "x")).unsealed(),
    row("a file that is gone", &["CM0747"], |bundle| {
        fs::remove_file(bundle.at("payload/docker-compose.clustermesh.yaml")).expect("removed");
    })
    .unsealed(),
    row("no checksums", &["CM0747"], |bundle| fs::remove_file(bundle.at("SHA256SUMS")).expect("removed")).unsealed(),
    row("a line that is no checksum", &["CM0747"], |bundle| Bundle::append(&bundle.at("SHA256SUMS"), "hello\n")).unsealed(),
    row("no manifest", &["CM0748"], |bundle| fs::remove_file(bundle.at("manifest.json")).expect("removed")),
    row("a manifest that is no JSON", &["CM0748"], |bundle| manifest(bundle, "{", "")),
    row("a manifest of a later format", &["CM0748"], |bundle| manifest(bundle, "\"format\": 1", "\"format\": 2")),
    row("a link that the manifest does not list", &["CM0748"], |bundle| {
        manifest(bundle, "\"name\": \"cluster2\"", "\"name\": \"cluster3\"");
    }),
    row("a removed link with a config", &["CM0748"], |bundle| {
        manifest(bundle, "\"removedLinks\": []", "\"removedLinks\": [\"cluster2\"]");
    }),
    row("a version that is none", &["CM0748"], |bundle| manifest(bundle, "\"cilium\": \"1.18\"", "\"cilium\": \"v1.18.3\"")),
    row("a floor that is newer", &["CM0748"], |bundle| {
        manifest(bundle, "\"generation\": 1", "\"generation\": 1,\n  \"floor\": 2");
    }),
    row("generation 0", &["CM0748"], |bundle| manifest(bundle, "\"generation\": 1", "\"generation\": 0")),
    row("two clusters with the same id", &["CM0105"], |bundle| manifest(bundle, "\"id\": 102", "\"id\": 101")),
    row("an id that the options do not have", &["CM0749"], |bundle| manifest(bundle, "\"id\": 101", "\"id\": 103")),
    row("forms of the options that differ", &["CM0749"], |bundle| {
        Bundle::edit(&bundle.at("options/agent.args"), "--cluster-id=101", "--cluster-id=102");
    }),
    row("another id for the compose service", &["CM0749"], |bundle| {
        compose(bundle, "'101'", "'102'");
    }),
    row("a form of the options that is gone", &["CM0749"], |bundle| {
        fs::remove_file(bundle.at("options/agent.args")).expect("removed");
    }),
    row("an option of a later version", &["CM0112"], |bundle| {
        Bundle::append(&bundle.at("options/agent.args"), "--policy-default-local-cluster=true\n");
        Bundle::append(&bundle.at("options/agent.env"), "CILIUM_POLICY_DEFAULT_LOCAL_CLUSTER=true\n");
        Bundle::write(&bundle.at("options/config-map/policy-default-local-cluster"), "true\n");
        compose(bundle, "environment:\n", "environment:\n      CILIUM_POLICY_DEFAULT_LOCAL_CLUSTER: 'true'\n");
    })
    .with(&["--cilium", "1.17"]),
    row("an option that nobody knows", &["CM0112"], |bundle| {
        Bundle::append(&bundle.at("options/agent.args"), "--cluster-nam=x\n");
        Bundle::append(&bundle.at("options/agent.env"), "CILIUM_CLUSTER_NAM=x\n");
        Bundle::write(&bundle.at("options/config-map/cluster-nam"), "x\n");
        compose(bundle, "environment:\n", "environment:\n      CILIUM_CLUSTER_NAM: x\n");
    }),
    row("an id that is too large", &["CM0104"], |bundle| {
        manifest(bundle, "\"id\": 101", "\"id\": 300");
        Bundle::edit(&bundle.at("options/agent.args"), "101", "300");
        Bundle::edit(&bundle.at("options/agent.env"), "101", "300");
        Bundle::edit(&bundle.at("options/config-map/cluster-id"), "101", "300");
        compose(bundle, "'101'", "'300'");
        compose(bundle, "--cluster-id=101", "--cluster-id=300");
    }),
];
