//! Requests to one etcd member over an open connection, and the refusals that it may answer with.

use std::fmt;
use std::sync::{Arc, Mutex};

use hyper_util::rt::TokioIo;
use tonic::client::Grpc;
use tonic::codegen::http::Uri;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::tokio_stream::{self, Stream, StreamExt};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

use super::messages::{
    Compare, KeyValue, LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest, LeaseKeepAliveResponse, PutRequest,
    RangeRequest, RangeResponse, RequestOp, StatusRequest, StatusResponse, TxnRequest, TxnResponse, WatchCreateRequest,
    WatchRequest, WatchResponse,
};
use super::tls;

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The user has no right to this, or does not exist.
    Denied,
    /// A proxy reports that the etcd denies it.
    ProxyDenied,
    /// etcd requires a user, and the certificate names none.
    Nameless,
    /// The etcd does not serve: its own message.
    Unwell(String),
    /// The server is not etcd.
    Stranger(String),
    /// The connection broke.
    Gone(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("etcd denies the user"),
            Self::ProxyDenied => f.write_str("etcd denies a proxy"),
            Self::Nameless => f.write_str("etcd requires a user"),
            Self::Unwell(what) | Self::Stranger(what) | Self::Gone(what) => f.write_str(what),
        }
    }
}

/// One member of an etcd.
#[derive(Clone)]
pub(crate) struct Client {
    grpc: Grpc<Channel>,
}

impl Client {
    /// Speaks gRPC over `stream`.
    ///
    /// # Errors
    /// [`Refusal::Gone`] or [`Refusal::Stranger`], if the server does not speak HTTP/2.
    pub(super) async fn over(stream: Box<dyn tls::Stream>, scheme: &str, authority: &str) -> Result<Self, Refusal> {
        let endpoint = Endpoint::from_shared(format!("{scheme}://{authority}"))
            .or_else(|_| Endpoint::from_shared(format!("{scheme}://etcd")))
            .map_err(|error| Refusal::Gone(error.to_string()))?;
        // There is one stream: a broken connection is not made again.
        let once = Arc::new(Mutex::new(Some(stream)));
        let connector = tower::service_fn(move |_: Uri| {
            let stream = once.lock().ok().and_then(|mut stream| stream.take());
            async move { stream.map(TokioIo::new).ok_or_else(|| std::io::Error::other("the connection has ended")) }
        });
        let channel = endpoint.connect_with_connector(connector).await.map_err(|error| Refusal::Gone(root(&error)))?;
        Ok(Self { grpc: Grpc::new(channel) })
    }

    /// Asks the member for its status.
    pub(crate) async fn status(&self) -> Result<StatusResponse, Refusal> {
        self.unary(StatusRequest {}, "/etcdserverpb.Maintenance/Status").await
    }

    /// The first `limit` keys that begin with `prefix`.
    pub(crate) async fn list(&self, prefix: &str, limit: i64, keys_only: bool) -> Result<RangeResponse, Refusal> {
        let request = RangeRequest { key: prefix.into(), range_end: end_of(prefix), limit, keys_only };
        self.unary(request, "/etcdserverpb.KV/Range").await
    }

    /// One key.
    pub(crate) async fn get(&self, key: &str) -> Result<RangeResponse, Refusal> {
        let request = RangeRequest { key: key.into(), ..RangeRequest::default() };
        self.unary(request, "/etcdserverpb.KV/Range").await
    }

    /// Watches the keys that begin with `prefix`, or the one key, from `revision` on.
    pub(crate) async fn watch(&self, key: &str, prefix: bool, revision: i64) -> Result<Watch, Refusal> {
        let range_end = if prefix { end_of(key) } else { Vec::new() };
        let create = WatchCreateRequest { key: key.into(), range_end, start_revision: revision };
        let request = WatchRequest { create_request: Some(create) };
        // The stream of requests stays open: some servers end a watch when the client closes its half.
        let requests = tokio_stream::once(request).chain(tokio_stream::pending());
        self.streaming(requests, "/etcdserverpb.Watch/Watch").await.map(Watch)
    }

    /// Puts `key` under `lease`, if each key of `unchanged` was last changed at its revision, 0 for a key that does not exist.
    /// Returns the revision of the put, or nothing if one of them has changed.
    pub(crate) async fn put_if(
        &self,
        key: &str,
        value: &[u8],
        lease: i64,
        unchanged: &[(&str, i64)],
    ) -> Result<Option<i64>, Refusal> {
        let compare =
            |(key, revision): &(&str, i64)| Compare { target: Compare::MOD, key: (*key).into(), mod_revision: Some(*revision) };
        let put = PutRequest { key: key.into(), value: value.to_vec(), lease };
        let request =
            TxnRequest { compare: unchanged.iter().map(compare).collect(), success: vec![RequestOp { request_put: Some(put) }] };
        let response: TxnResponse = self.unary(request, "/etcdserverpb.KV/Txn").await?;
        Ok(response.succeeded.then(|| response.header.map_or(0, |header| header.revision)))
    }

    /// Creates a lease that expires `seconds` after it was last kept alive.
    pub(crate) async fn grant(&self, seconds: i64) -> Result<i64, Refusal> {
        let granted: LeaseGrantResponse =
            self.unary(LeaseGrantRequest { ttl: seconds }, "/etcdserverpb.Lease/LeaseGrant").await?;
        if granted.error.is_empty() { Ok(granted.id) } else { Err(Refusal::Unwell(granted.error)) }
    }

    /// Keeps a lease alive, once. Returns whether the lease exists.
    pub(crate) async fn keep_alive(&self, lease: i64) -> Result<bool, Refusal> {
        let path = "/etcdserverpb.Lease/LeaseKeepAlive";
        // The stream ends with its one request: both ends keep an open stream as long as the connection.
        let mut answers = self.streaming(tokio_stream::once(LeaseKeepAliveRequest { id: lease }), path).await?;
        let answer: Option<LeaseKeepAliveResponse> = answers.message().await.map_err(|status| Refusal::of(&status))?;
        answer.map(|answer| answer.ttl > 0).ok_or_else(|| Refusal::Gone("the stream has ended".to_owned()))
    }

    /// The answers to a stream of requests.
    async fn streaming<Q, A>(
        &self,
        requests: impl Stream<Item = Q> + Send + 'static,
        path: &'static str,
    ) -> Result<Streaming<A>, Refusal>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Refusal::Gone(root(&error)))?;
        let codec: ProstCodec<Q, A> = ProstCodec::default();
        let response = grpc.streaming(Request::new(requests), PathAndQuery::from_static(path), codec).await;
        response.map(tonic::Response::into_inner).map_err(|status| Refusal::of(&status))
    }

    async fn unary<Q, A>(&self, request: Q, path: &'static str) -> Result<A, Refusal>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Refusal::Gone(root(&error)))?;
        let codec: ProstCodec<Q, A> = ProstCodec::default();
        let answer = grpc.unary(Request::new(request), PathAndQuery::from_static(path), codec).await;
        answer.map(tonic::Response::into_inner).map_err(|status| Refusal::of(&status))
    }
}

/// Events, as they come.
pub(crate) struct Watch(Streaming<WatchResponse>);

impl Watch {
    /// Waits for the first answer, which confirms the watch, and returns the etcd cluster that it names, 0 for none.
    pub(crate) async fn begun(&mut self) -> Result<u64, Refusal> {
        let first = self.0.message().await.map_err(|status| Refusal::of(&status))?;
        let first = first.ok_or_else(|| Refusal::Gone("the watch has ended".to_owned()))?;
        Ok(first.header.map_or(0, |header| header.cluster_id))
    }

    /// Waits for the next key that is written. Deletions are skipped, as agents do.
    pub(crate) async fn next_put(&mut self) -> Result<KeyValue, Refusal> {
        loop {
            let Some(response) = self.0.message().await.map_err(|status| Refusal::of(&status))? else {
                return Err(Refusal::Gone("the watch has ended".to_owned()));
            };
            if response.canceled {
                let denied = response.cancel_reason.contains("permission denied");
                return Err(if denied { Refusal::Denied } else { Refusal::Unwell(response.cancel_reason) });
            }
            let mut events = response.events.into_iter();
            if let Some(written) = events.find_map(|event| event.kv.filter(|_| event.kind == 0)) {
                return Ok(written);
            }
        }
    }
}

impl Refusal {
    /// Whether the connection or the etcd failed, and not only the user's rights.
    pub(crate) fn is_broken(&self) -> bool {
        !matches!(self, Self::Denied | Self::Nameless)
    }

    /// Whether a put named a lease that no longer exists.
    pub(crate) fn lacks_lease(&self) -> bool {
        matches!(self, Self::Unwell(what) if what == "requested lease not found")
    }

    /// etcd's messages are in api/v3rpc/rpctypes/error.go.
    fn of(status: &Status) -> Self {
        let said = status.message();
        // tonic makes these statuses from those of HTTP: the server does not speak gRPC.
        if said.contains("grpc-status header missing") || said.contains("invalid content type") {
            return Self::Stranger(said.to_owned());
        }
        // tonic takes the page of a web server for a gRPC message.
        if said.contains("invalid compression flag") {
            let status = said.rsplit_once("with status: ").map_or("a page", |(_, status)| status);
            return Self::Stranger(format!("a web server answers with `{status}`"));
        }
        match status.code() {
            Code::PermissionDenied | Code::Unauthenticated => Self::Denied,
            Code::InvalidArgument if said.contains("user name is empty") => Self::Nameless,
            // etcd's denial has its own code; its proxy only keeps the text (server/proxy/grpcproxy).
            Code::Unknown if said.contains("permission denied") || said.contains("user name is empty") => Self::ProxyDenied,
            Code::Unimplemented => Self::Stranger(said.to_owned()),
            _ if said.starts_with("etcdserver: ") => Self::Unwell(said.trim_start_matches("etcdserver: ").to_owned()),
            _ => Self::Gone(root(status)),
        }
    }
}

/// The innermost reason: the outer ones say `transport error`.
fn root(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// The first key after all that begin with `prefix` (`GetPrefixRangeEnd` in etcd's client/v3/op.go).
fn end_of(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    while let Some(last) = end.pop() {
        if last < 0xff {
            end.push(last + 1);
            return end;
        }
    }
    vec![0]
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn a_prefix_ends_where_etcds_client_ends_it() {
        assert_eq!(end_of("cilium/.heartbeat"), b"cilium/.heartbeau");
        assert_eq!(end_of("cilium/state/nodes/v1/c1/"), b"cilium/state/nodes/v1/c10");
        assert_eq!(end_of(""), [0]);
    }
}
