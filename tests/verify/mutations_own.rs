//! Mutations of the ways to the own etcd: of the agents', and of the announcer's.

use std::fs;

use crate::bundle::Bundle;
use crate::table::{Row, row};

const CONFIG: &str = "payload/mount/var/lib/etcd-config/etcd.config";
const SECRETS: &str = "payload/mount/var/lib/etcd-secrets";
const ANNOUNCER: &str = "payload/mount/var/lib/clustermesh-announce";

pub(crate) const ROWS: &[Row] = &[
    row("no key for the own etcd", &["CM0706"], |bundle| {
        fs::remove_file(bundle.at(SECRETS).join("etcd-client.key")).expect("removed");
    }),
    row("the announcer's certificate for the agents", &["CM0415"], |bundle| {
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
    row("an own config that is no YAML", &["CM0711"], |bundle| Bundle::write(&bundle.at(CONFIG), "endpoints: [\n")),
];
