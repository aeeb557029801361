//! Addresses over the whole mesh: pods, nodes and services of clusters that reach one another, and how packets travel.
//!
//! What is not given is not checked. The other rules use ranges without their host bits; host bits are a separate finding.
//! External clusters, whose agents get no files from meshbundle, have addresses like all others.

mod accepted_places;
mod both_ends;
mod cluster_lists;
mod clusters;
mod host_bits;
mod native;
mod nodes;
mod overlap;
mod pool;
mod reach;
mod rules;
mod search;

pub(super) use rules::check;
