//! Mutations of a peer's config: keys that are ignored, fatal, missing or odd, each with the version from which it matters.

use crate::verify::bundle::Bundle;
use crate::verify::table::{Row, row};

fn append(bundle: &Bundle, text: &str) {
    Bundle::append(&bundle.config(), text);
}

fn without(bundle: &Bundle, key: &str) {
    let text = Bundle::read(&bundle.config());
    assert!(text.contains(key), "there is no {key}");
    let lines = text.lines().filter(|line| !line.starts_with(key)).flat_map(|line| [line, "\n"]);
    Bundle::write(&bundle.config(), lines.collect::<String>());
}

fn endpoint(bundle: &Bundle, endpoint: &str) {
    Bundle::edit(&bundle.config(), "https://10.2.2.2:2379", endpoint);
}

pub(crate) const ROWS: &[Row] = &[
    row("`ca-file` for agents that ignore it", &["CM0713"], |bundle| {
        Bundle::edit(&bundle.config(), "trusted-ca-file", "ca-file");
    })
    .with(&["--cilium", "1.17"]),
    row("`ca-file` for agents that still read it", &["CM0713"], |bundle| {
        Bundle::edit(&bundle.config(), "trusted-ca-file", "ca-file");
    })
    .with(&["--cilium", "1.16"]),
    row("a duration in words", &["CM0712"], |bundle| append(bundle, "dial-timeout: 5s\n")),
    row("a duration that Cilium replaces", &["CM0714"], |bundle| append(bundle, "dial-timeout: 5000000000\n")),
    row("a misspelt key", &["CM0705", "CM0714", "CM0715"], |bundle| {
        Bundle::edit(&bundle.config(), "trusted-ca-file", "trusted_ca_file");
    }),
    row("no anchor", &["CM0705", "CM0715"], |bundle| without(bundle, "trusted-ca-file")),
    row("no key", &["CM0705", "CM0716"], |bundle| without(bundle, "key-file")),
    row("no certificate", &["CM0705", "CM0716"], |bundle| {
        without(bundle, "key-file");
        without(bundle, "cert-file");
    }),
    row("no TLS", &["CM0717"], |bundle| append(bundle, "insecure-transport: true\n")),
    row("whoever answers is believed", &["CM0717"], |bundle| append(bundle, "insecure-skip-tls-verify: true\n")),
    row("plain http", &["CM0717"], |bundle| endpoint(bundle, "http://10.2.2.2:2379")),
    row("a password", &["CM0718"], |bundle| append(bundle, "username: remote\npassword: not-to-be-shown\n")),
    row("a relative path", &["CM0719", "CM0705"], |bundle| {
        Bundle::edit(&bundle.config(), "/var/lib/clustermesh/cluster2.etcd-client-ca.crt", "cluster2.etcd-client-ca.crt");
    }),
    row("addresses out of the mesh", &["CM0720"], |bundle| append(bundle, "auto-sync-interval: 60000000000\n")),
    row("a tab", &["CM0711"], |bundle| Bundle::edit(&bundle.config(), "- https", "\t- https")),
    row("a text instead of a list", &["CM0711"], |bundle| {
        let text = Bundle::read(&bundle.config()).replace("endpoints:\n- https", "endpoints: https");
        Bundle::write(&bundle.config(), text);
    }),
    row("a truth value in quotes", &["CM0711"], |bundle| append(bundle, "reject-old-cluster: \"true\"\n")),
    row("not UTF-8", &["CM0711"], |bundle| Bundle::write(&bundle.config(), b"endpoints:\n- \xff\n")),
    row("a password that YAML takes for a number", &["CM0711", "CM0718"], |bundle| {
        append(bundle, "username: remote\npassword: 1_000\n");
    }),
    row("an endpoint that is a number", &["CM0711"], |bundle| endpoint(bundle, "2379")),
    row("a number that JSON cannot hold", &["CM0711", "CM0714"], |bundle| append(bundle, "weight: .inf\n")),
    row("half a retry", &["CM0711"], |bundle| append(bundle, "max-unary-retries: 1.5\n")),
    row("a control character", &["CM0711"], |bundle| append(bundle, "# \u{7}\n")),
    row("a tab behind a dash", &["CM0711"], |bundle| Bundle::edit(&bundle.config(), "- https", "-\thttps")),
    row("another version of YAML", &["CM0711"], |bundle| Bundle::edit(&bundle.config(), "# ", "%YAML 1.2\n---\n# ")),
    row("what is brought in and overridden", &["CM0714"], |bundle| {
        append(bundle, "base: &base\n  key-file: /nowhere\n<<: *base\nkey-file: /var/lib/clustermesh/cluster2.etcd-client.key\n");
    }),
    row("something else than a mapping brought in", &["CM0711"], |bundle| append(bundle, "<<: text\n")),
    row("a key that stands twice", &["CM0003"], |bundle| {
        append(bundle, "key-file: /var/lib/clustermesh/cluster2.etcd-client.key\n");
    }),
    row("no endpoint", &["CM0301"], |bundle| {
        let text = Bundle::read(&bundle.config()).replace("endpoints:\n- https://10.2.2.2:2379", "endpoints: []");
        Bundle::write(&bundle.config(), text);
    }),
    row("no port", &["CM0302"], |bundle| endpoint(bundle, "https://10.2.2.2")),
    row("no scheme", &["CM0302"], |bundle| endpoint(bundle, "10.2.2.2:2379")),
    row("IPv6 without brackets", &["CM0302"], |bundle| endpoint(bundle, "https://fd00::2:2379")),
    row("with and without TLS", &["CM0303", "CM0717"], |bundle| {
        endpoint(bundle, "https://10.2.2.2:2379\n- http://10.2.2.3:2379");
    }),
    row("an endpoint that stands twice", &["CM0306"], |bundle| {
        endpoint(bundle, "https://10.2.2.2:2379\n- https://10.2.2.2:2379");
    }),
    row("aliases for agents that do not read them", &["CM0307"], |bundle| {
        endpoint(bundle, "https://etcd.example.net:2379");
        append(bundle, "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: [10.2.2.2]\n");
    })
    .with(&["--cilium", "1.19"]),
    row("aliases that the compose service knows", &[], |bundle| {
        endpoint(bundle, "https://etcd.example.net:2379");
        append(bundle, "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: [10.2.2.2]\n");
        let compose = bundle.at("payload/docker-compose.clustermesh.yaml");
        Bundle::edit(&compose, "    volumes:", "    extra_hosts:\n    - etcd.example.net:10.2.2.2\n    volumes:");
    })
    .with(&["--cilium", "1.19"]),
    row("aliases for agents that read them", &[], |bundle| {
        endpoint(bundle, "https://etcd.example.net:2379");
        append(bundle, "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: [10.2.2.2]\n");
    }),
    row("an alias that no endpoint uses", &["CM0309"], |bundle| {
        append(bundle, "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: [10.2.2.2]\n");
    }),
    row("an alias with a bad address", &["CM0711"], |bundle| {
        append(bundle, "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: [10.2.2]\n");
    }),
    row("an alias without addresses", &["CM0711"], |bundle| {
        append(bundle, "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: []\n");
    }),
];
