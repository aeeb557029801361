//! What `lint` says of CAs that sign the clients of Helm clusters.

use crate::helm::scene::{NODE_PORT, errors, mesh};

/// The key of a chart's CA stays in its cluster: another CA signs.
#[test]
fn a_chart_s_ca_without_its_key_is_not_asked_for_the_key() {
    let unsigned = mesh("1.20", "", NODE_PORT).replace(", clientSigner: mesh", "");
    let helps = |text: &str| -> Vec<String> {
        errors(text).into_iter().filter(|[code, ..]| code == "CM0402").map(|[_, _, help]| help).collect()
    };
    assert_eq!(helps(&unsigned), ["set `etcd.clientSigner: mesh` for `cairo`: values.yaml lets the etcd trust that CA"]);
    assert!(helps(&unsigned.replace("authority: corp", "authority: corp, clientSigner: mesh")).is_empty(), "the help helps");
    let also = unsigned.replace("    localClients: true\n", "    localClients: true\n    authority: corp\n");
    assert!(helps(&also)[0].ends_with("; for the others set `trust.authorities.corp.key`"), "{:?}", helps(&also));
    let own = unsigned.replace("trust:\n", "trust:\n  authority: per-cluster\n");
    assert!(helps(&own)[0].starts_with("set `etcd.clientSigner: cairo` for `cairo`"), "{:?}", helps(&own));
}
