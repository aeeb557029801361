//! The text of a mesh whose endpoints, users, nodes and CAs change in random histories.

/// One cluster as it is to be.
pub(crate) struct ChangingCluster<'a> {
    pub(crate) name: &'a str,
    pub(crate) nodes: &'a [&'a str],
    /// Number of the name of its endpoint.
    pub(crate) host: usize,
    /// Number of the names of its clients.
    pub(crate) user: usize,
    /// The CA of its servers.
    pub(crate) servers: &'a str,
    /// The CA of its clients.
    pub(crate) clients: &'a str,
    /// Whether its etcd is that of others, and gets no files from here.
    pub(crate) is_foreign: bool,
}

/// The mesh of `clusters`, in the order of their ids. `cas` are user-provided, and each other CA is made for the cluster of its name.
pub(crate) fn changing_mesh<'a>(cas: &[&str], clusters: impl Iterator<Item = ChangingCluster<'a>>) -> String {
    let mut text = String::from(
        "version: 1\nmesh: m\ncilium: { version: \"1.18\", routingMode: tunnel, encryption: none }\n\
         defaults: { runtime: { kind: systemd, unit: cilium.service } }\ntrust:\n  authority: per-cluster\n  authorities:\n",
    );
    for ca in cas {
        text += &format!("    {ca}: {{ certificate: {ca}.crt, key: {ca}.key }}\n");
    }
    text += "clusters:\n";
    for (number, cluster) in (1..).zip(clusters) {
        let ChangingCluster { name, nodes, host, user, servers, clients, is_foreign } = cluster;
        let nodes = nodes.join(", ");
        let client = ["remote-{cluster}", "peer-{cluster}", "{node}-of-{cluster}"][user];
        text += &format!(
            "- name: {name}\n  id: {number}\n  nodes: [{nodes}]\n  podCIDRs: [10.{number}.0.0/16]\n  etcd:\n    localClients: true\n    \
             clientSigner: {clients}\n    clientName: \"{client}\"\n    endpoints: [\"https://e{host}.{name}.example:2379\"]\n"
        );
        text += &if is_foreign {
            format!("    serverTrust: [{servers}]\n")
        } else {
            format!(
                "    peers: true\n    authority: {servers}\n    members: [{{ name: m1, addresses: [192.0.2.{number}1] }}, \
                 {{ name: m2, addresses: [192.0.2.{number}2] }}]\n"
            )
        };
    }
    text
}
