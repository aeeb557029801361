//! Bundles against the programs that they are for: `etcd` and `etcdctl` 3.4 and later, with OpenSSL as the judge of every
//! certificate and GNU tar as the one who unpacks.
//!
//! Each test plays in network, mount and process namespaces of its own, so that the addresses of the samples are free,
//! files stand where the bundles name them, and nothing is left when it ends. Links are read from the bundles, never
//! written down here. Cilium's own side is tried in `tests/conformance/`.

mod agreement;
mod authorities;
mod brownfield;
mod bundle;
mod ca_change;
mod certificate;
mod etcd;
mod etcdctl;
mod loopback;
mod member;
mod mesh;
mod plan;
mod readers;
mod scene;
mod sites;
mod strangers;
mod traffic;
mod upgrade;
