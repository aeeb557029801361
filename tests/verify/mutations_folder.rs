//! Mutations of the folder of peers: files that come, go, or are called otherwise.

use std::fs;

use crate::verify::bundle::{Bundle, FOLDER};
use crate::verify::table::{Row, row};

pub(crate) const ROWS: &[Row] = &[
    // A phantom is no link: the manifest need not list it.
    row("an editor's swap file with the config in it", &["CM0701"], |bundle| {
        fs::copy(bundle.config(), bundle.peer(".cluster2.swp")).expect("copied");
    }),
    row("a backup of the config", &["CM0701"], |bundle| {
        fs::copy(bundle.config(), bundle.peer("cluster2.bak")).expect("copied");
    }),
    row("rsync's temporary file", &["CM0701"], |bundle| {
        fs::copy(bundle.config(), bundle.peer(".cluster2.Xy12Zw")).expect("copied");
    }),
    row("a README that mentions the key", &["CM0701"], |bundle| {
        Bundle::write(&bundle.peer("README"), "Write `endpoints:` into each file.\n");
    }),
    row("the config called as in the first guides", &["CM0702", "CM0748"], |bundle| {
        fs::rename(bundle.config(), bundle.peer("cluster2-cilium-etcd.config")).expect("renamed");
    }),
    row("the config in capitals", &["CM0702", "CM0748"], |bundle| {
        fs::rename(bundle.config(), bundle.peer("Cluster2")).expect("renamed");
    }),
    row("a config for the own cluster", &["CM0703"], |bundle| {
        fs::copy(bundle.config(), bundle.peer("cluster1")).expect("copied");
    }),
    row("a config for `default`", &["CM0102"], |bundle| {
        fs::copy(bundle.config(), bundle.peer("default")).expect("copied");
    }),
    row("the key with a space before its colon", &["CM0704", "CM0748"], |bundle| {
        Bundle::edit(&bundle.config(), "endpoints:", "endpoints :");
    }),
    row("the config as JSON", &["CM0704", "CM0748"], |bundle| {
        Bundle::write(&bundle.config(), r#"{"endpoints": ["https://10.2.2.2:2379"]}"#);
    }),
    row("the config behind a dead link", &["CM0704", "CM0748"], |bundle| {
        fs::remove_file(bundle.config()).expect("removed");
        Bundle::link("../cluster2", &bundle.config());
    }),
    row("a note", &["CM0705"], |bundle| Bundle::write(&bundle.peer("NOTES"), "call Ann\n")),
    row("a folder in the folder", &["CM0705"], |bundle| fs::create_dir(bundle.peer("old")).expect("made")),
    row("a certificate's backup", &["CM0705"], |bundle| {
        fs::copy(bundle.peer("cluster2.etcd-client.crt"), bundle.peer("cluster2.etcd-client.crt~")).expect("copied");
    }),
    row("the CA is gone", &["CM0706"], |bundle| {
        fs::remove_file(bundle.peer("cluster2.etcd-client-ca.crt")).expect("removed");
    }),
    row("the key is gone", &["CM0706"], |bundle| {
        fs::remove_file(bundle.peer("cluster2.etcd-client.key")).expect("removed");
    }),
    row("the key behind a dead link", &["CM0706"], |bundle| {
        fs::remove_file(bundle.peer("cluster2.etcd-client.key")).expect("removed");
        Bundle::link("/nowhere", &bundle.peer("cluster2.etcd-client.key"));
    }),
    row("a folder where the certificate should be", &["CM0407"], |bundle| {
        fs::remove_file(bundle.peer("cluster2.etcd-client.crt")).expect("removed");
        fs::create_dir(bundle.peer("cluster2.etcd-client.crt")).expect("made");
    }),
    row("everyone may write the config", &["CM0707"], |bundle| Bundle::chmod(&bundle.config(), 0o666)),
    row("everyone may write into the folder", &["CM0707"], |bundle| Bundle::chmod(&bundle.at(FOLDER), 0o777)),
    row("the folder is gone", &["CM0709", "CM0748"], |bundle| fs::remove_dir_all(bundle.at(FOLDER)).expect("removed")),
];
