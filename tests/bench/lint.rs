//! How long `lint` takes over a large mesh, as a ratio to reading the same file: 511 clusters with 200 nodes and 8 ranges each.
//!
//! Both are measured in one run, best of five, so that the ratio says the same on every machine.

#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark fails by panicking")]

use std::fmt::Write;
use std::time::Instant;

use meshbundle::diag::Diagnostic;
use meshbundle::lint::{ProvidedFiles, lint};
use meshbundle::mesh::parse;
use time::OffsetDateTime;

const CLUSTERS: usize = 511;
const NODES: usize = 200;

fn main() {
    let text = mesh();
    let now = OffsetDateTime::now_utc();
    let read = best_of_five(|| {
        assert!(parse(&text).mesh.is_some(), "the mesh can be read");
    });
    let both = best_of_five(|| {
        let parsed = parse(&text);
        let linted = lint(parsed.mesh.expect("the mesh can be read"), &ProvidedFiles::new(now), parsed.findings);
        let open: Vec<&Diagnostic> = linted.findings.iter().collect();
        assert!(open.is_empty(), "{} findings, the first: {:?}", open.len(), open.first());
    });
    let rules = both - read;
    println!("mesh of {CLUSTERS} clusters x {NODES} nodes x 8 ranges, {} KiB", text.len() / 1024);
    println!("  reading it         {read:8.3} s");
    println!("  the rules over it  {rules:8.3} s, {:.2} of reading", rules / read);
}

fn best_of_five(mut call: impl FnMut()) -> f64 {
    let round = |()| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    };
    std::iter::repeat_n((), 5).map(round).fold(f64::INFINITY, f64::min)
}

/// A mesh that nothing is wrong with: every cluster has two /16 of everything, and every node an address.
fn mesh() -> String {
    let mut mesh = String::from(
        "version: 1\nmesh: large\ncilium: { version: \"1.20\", maxConnectedClusters: 511, routingMode: tunnel, encryption: none }\n\
         clusters:\n",
    );
    for n in 1..=CLUSTERS {
        let (high, low) = (n / 256, n % 256);
        let address = format!("10.{high}.{low}.1");
        write!(
            mesh,
            "- name: c{n:03}\n  id: {n}\n  etcd:\n    endpoints: [\"https://{address}:2379\"]\n    localClients: true\n    members: [{{ name: e, addresses: \
             [{address}] }}]\n  podCIDRs: [100.{high}.{low}.0/25, 100.{high}.{low}.128/25, \"fd01:{n:x}::/48\", \"fd02:{n:x}::/48\"]\n  \
             nodeCIDRs: [10.{high}.{low}.0/24, \"fd03:{n:x}::/48\"]\n  serviceCIDRs: [172.{high}.{low}.0/24, \"fd04:{n:x}::/112\"]\n  nodes:\n"
        )
        .expect("memory");
        for node in 2..NODES + 2 {
            writeln!(mesh, "  - {{ name: c{n:03}-n{node:03}, address: 10.{high}.{low}.{node} }}").expect("memory");
        }
    }
    mesh
}
