//! As much of etcd's gRPC API as an agent uses: Range, Watch and Status. It knows nothing of Cilium.

mod client;
mod messages;

pub(super) use client::{Client, Refusal};
pub(super) use messages::{KeyValue, RangeResponse, StatusResponse};
