//! `etcd-auth.sh` against real etcds: whatever state they are in, wherever it is killed, in dash and busybox's ash. What each
//! user may then do is tried call by call.
//!
//! `PATH` decides which etcd and etcdctl these are; `generations` tries each etcdctl at each etcd.

mod agents;
mod etcd;
mod generated;
mod generations;
mod killed;
mod receipts;
mod revoked;
mod rights;
mod script;
mod states;
mod switch;
