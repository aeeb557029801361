//! Mutations of the ways to the own etcd: of the agents', and of the announcer's.

use std::fs;

use rcgen::DnType;

use crate::verify::bundle::Bundle;
use crate::verify::forge::client;
use crate::verify::table::{Row, row};

const CONFIG: &str = "payload/mount/var/lib/etcd-config/etcd.config";
const SECRETS: &str = "payload/mount/var/lib/etcd-secrets";
const ANNOUNCER: &str = "payload/mount/var/lib/clustermesh-announce";

const COMPOSE: &str = "payload/docker-compose.clustermesh.yaml";

/// Gives the credential in one folder to whoever reads the other.
fn credential(bundle: &Bundle, from: &str, to: &str) {
    for name in ["etcd-client.crt", "etcd-client.key"] {
        fs::copy(bundle.at(from).join(name), bundle.at(to).join(name)).expect("copied");
    }
}

/// A credential of the mesh's authority with this common name.
fn named(bundle: &Bundle, folder: &str, name: &str) {
    let (certificate, key) = client(bundle, |params| params.distinguished_name.push(DnType::CommonName, name));
    Bundle::write(&bundle.at(folder).join("etcd-client.crt"), certificate);
    Bundle::write(&bundle.at(folder).join("etcd-client.key"), key);
}

pub(crate) const ROWS: &[Row] = &[
    row("no key for the own etcd", &["CM0706"], |bundle| {
        fs::remove_file(bundle.at(SECRETS).join("etcd-client.key")).expect("removed");
    }),
    row("the announcer's certificate for the agents", &["CM0403", "CM0415"], |bundle| {
        fs::copy(bundle.at(ANNOUNCER).join("etcd-client.crt"), bundle.at(SECRETS).join("etcd-client.crt")).expect("copied");
    }),
    row("a key of the own config that nobody reads", &["CM0714"], |bundle| {
        Bundle::append(&bundle.at(CONFIG), "certfile: /etc/x\n");
    }),
    row("no anchors for the announcer", &["CM0715"], |bundle| {
        let config = bundle.at(ANNOUNCER).join("etcd.config");
        let text = Bundle::read(&config);
        let kept = text.lines().filter(|line| !line.starts_with("trusted-ca-file")).map(|line| format!("{line}\n"));
        Bundle::write(&config, kept.collect::<String>());
    }),
    row("the announcer's credential for the agents", &["CM0403"], |bundle| credential(bundle, ANNOUNCER, SECRETS)),
    row("the agents' credential for the announcer", &["CM0403"], |bundle| credential(bundle, SECRETS, ANNOUNCER)),
    row("the administrator's certificate for the agents", &["CM0403"], |bundle| named(bundle, SECRETS, "root")),
    row("another cluster's announcer", &["CM0403"], |bundle| named(bundle, ANNOUNCER, "announce-cluster2")),
    row("no config for the agents", &["CM0706"], |bundle| fs::remove_file(bundle.at(CONFIG)).expect("removed")),
    row("no config for the announcer", &["CM0706"], |bundle| {
        fs::remove_file(bundle.at(ANNOUNCER).join("etcd.config")).expect("removed");
    }),
    row("an announcer of another id", &["CM0749"], |bundle| {
        Bundle::edit(&bundle.at(COMPOSE), "--cluster-id=101", "--cluster-id=102");
    }),
    row("an announcer of another name", &["CM0749"], |bundle| {
        Bundle::edit(&bundle.at(COMPOSE), "--cluster-name=cluster1", "--cluster-name=cluster2");
    }),
    row("an own config that is no YAML", &["CM0711"], |bundle| Bundle::write(&bundle.at(CONFIG), "endpoints: [\n")),
];
