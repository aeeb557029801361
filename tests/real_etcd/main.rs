//! Bundles against the programs that they are for: `etcd` and `etcdctl` 3.4 and later, with OpenSSL as the judge of every
//! certificate and GNU tar as the one who unpacks.
//!
//! Each test plays in network, mount and process namespaces of its own, so that the addresses of the samples are free,
//! files stand where the bundles name them, and nothing is left when it ends. Links are read from the bundles, never
//! written down here. Cilium's own side is tried in `tests/conformance/`.

#![expect(clippy::expect_used, clippy::panic, reason = "a mesh that cannot be brought up fails the test")]

mod agreement;
mod authorities;
mod brownfield;
mod bundle;
mod certificate;
mod etcd;
mod etcdctl;
#[allow(dead_code, reason = "the requests for leaves are for the tests of `pki`")]
#[path = "../authorities/fixture.rs"]
mod fixture;
#[path = "../support/generations.rs"]
mod generation;
mod loopback;
mod machine;
mod member;
mod mesh;
mod namespaces;
#[allow(dead_code, reason = "names are compared another way here")]
#[path = "../authorities/openssl.rs"]
mod openssl;
mod plan;
mod readers;
mod scene;
mod sites;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
mod traffic;
mod upgrade;
