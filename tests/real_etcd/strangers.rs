//! Those who must stay outside, and the reason why they do.

use std::collections::BTreeSet;
use std::thread;

use crate::real_etcd::etcd::Etcd;
use crate::real_etcd::etcdctl::Client;
use crate::real_etcd::scene::Scene;

/// A name that no certificate has.
const STRAY_NAME: &str = "stray.example.net";
/// Go crypto/x509, `UnknownAuthorityError`.
pub(crate) const UNKNOWN_AUTHORITY: &str = "x509: certificate signed by unknown authority";
/// Go crypto/tls, `requireClientCert` without one.
const NO_CERTIFICATE: &str = "tls: client didn't provide a certificate";

/// A dial that must fail.
pub(crate) struct Stranger<'a> {
    pub(crate) etcd: &'a Etcd,
    pub(crate) client: Client,
    pub(crate) reason: Reason,
}

/// Who refuses, and why.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// The etcd refuses the client; its log says so.
    Client(&'static str),
    /// The client refuses the server, whose certificate is not for this host.
    Server(String),
}

/// Demands that every stranger stays outside for the reason given; all try at once. An etcd's log does not tell clients
/// apart: no two of them may be refused by the same one for the same reason.
pub(crate) fn refused(strangers: &[Stranger<'_>]) {
    let mut reasons = BTreeSet::new();
    for stranger in strangers {
        let new = reasons.insert((&stranger.etcd.cluster, &stranger.reason));
        assert!(new, "{}: {:?} twice", stranger.etcd.cluster, stranger.reason);
    }
    thread::scope(|scope| {
        for stranger in strangers {
            scope.spawn(move || {
                let Stranger { etcd, client, reason } = stranger;
                match reason {
                    Reason::Client(reason) => {
                        let before = etcd.complaints_of(reason);
                        client.refused();
                        etcd.await_complaint(reason, before);
                    }
                    Reason::Server(host) => {
                        let said = client.refused();
                        let of_names =
                            said.contains("x509: certificate is valid for ") && said.contains(&format!(", not {host}\""));
                        assert!(of_names, "{} as {host}: {said}", etcd.cluster);
                    }
                }
            });
        }
    });
}

/// A client of `etcd` that the mesh has.
fn rightful(scene: &Scene, etcd: &Etcd) -> Client {
    let mut links = scene.bundles.links();
    let (node, link) = links.find(|(_, link)| link.remote == etcd.cluster).expect("somebody reads it");
    Client::agent(node, link, &link.config.endpoints[0])
}

/// At `etcd`: a client of the mesh that another CA signed, one without a certificate, and a rightful one at stray hosts. Of the
/// samples, conformance's `TestLinks/…/strangers` tries the first two.
pub(crate) fn usual<'a>(scene: &Scene, etcd: &'a Etcd) -> Vec<Stranger<'a>> {
    let signer = |remote: &str| scene.mesh.client_signer(scene.mesh.cluster(remote));
    let rightful = rightful(scene, etcd);
    let mut links = scene.bundles.links();
    let (elsewhere, other) = links.find(|(_, link)| signer(&link.remote) != signer(&etcd.cluster)).expect("another authority");
    let foreign = (elsewhere.unpacked(&other.config.cert_file), elsewhere.unpacked(&other.config.key_file));

    let foreign = Client { pair: Some(foreign), ..rightful.clone() };
    let nobody = Client { pair: None, ..rightful.clone() };
    let mut strangers = vec![
        Stranger { etcd, client: foreign, reason: Reason::Client(UNKNOWN_AUTHORITY) },
        Stranger { etcd, client: nobody, reason: Reason::Client(NO_CERTIFICATE) },
    ];
    strangers.extend(at_stray_hosts(scene, etcd));
    strangers
}

/// A rightful client at an address and a name of the etcd that its certificate does not have.
pub(crate) fn at_stray_hosts<'a>(scene: &Scene, etcd: &'a Etcd) -> [Stranger<'a>; 2] {
    let rightful = rightful(scene, etcd);
    let by_address = Client { endpoint: format!("https://{}", etcd.stray), ..rightful.clone() };
    let mut by_name = Client { endpoint: format!("https://{STRAY_NAME}:{}", etcd.stray.port()), ..rightful };
    by_name.machine.host(&etcd.stray.ip().to_string(), STRAY_NAME);
    [(by_address, etcd.stray.ip().to_string()), (by_name, STRAY_NAME.to_owned())].map(|(client, host)| Stranger {
        etcd,
        client,
        reason: Reason::Server(host),
    })
}
