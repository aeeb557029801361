//! Kinds of keys before real etcds: whatever is on all sides, the link is ready. tests/handshakes has them one by one.

use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256, PKCS_RSA_SHA512};

use crate::probe::scene::{Config, Scene, hold};
use crate::support::etcd::{Etcd, Member};
use crate::support::namespaces::alone;
use crate::support::pki::{Authority, Wish};

#[test]
fn every_kind_of_key_is_ready() {
    alone("probe::kinds::every_kind_of_key_is_ready", || {
        let scene = Scene::new();
        let kinds = [
            ("p384", "127.0.0.1", &PKCS_ECDSA_P384_SHA384),
            ("p521", "127.0.0.2", &PKCS_ECDSA_P521_SHA512),
            ("ed25519", "127.0.0.3", &PKCS_ED25519),
            ("rsa", "127.0.0.4", &PKCS_RSA_SHA256),
            ("rsa-sha512", "127.0.0.5", &PKCS_RSA_SHA512),
        ];
        let running = kinds.map(|(name, address, algorithm)| {
            let authority = Authority::with(name, algorithm);
            let server = authority.issue(&Wish::named("server").sans(&[address]));
            let (addresses, server, clients) = (&[address][..], Some(&server), Some(&authority));
            let etcd = Etcd::alone(&scene.sandbox, &Member { name, addresses, server, clients, cluster: &[] });
            let client = authority.issue(&Wish::named("remote"));
            let endpoint = format!("https://{address}:2379");
            scene.add(&Config { anchors: Some(&authority), ..Config::new(name, &[&endpoint], &client) });
            let id = address.rsplit('.').next().expect("a number");
            etcd.announce(name, &format!("{{\"id\":{id}}}"));
            (etcd.beat(), etcd)
        });
        hold(&scene.links(&["--timeout", "30"]), &kinds.map(|(name, ..)| (name, "ready")));
        drop(running);
    });
}
