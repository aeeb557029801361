//! The few messages of etcd's `rpc.proto` and `kv.proto` that are needed, by their field numbers
//! (api/etcdserverpb/rpc.proto, api/mvccpb/kv.proto in etcd-io/etcd). Fields that are not needed are not here: protobuf
//! skips them.

/// `etcdserverpb.ResponseHeader`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct ResponseHeader {
    /// The etcd cluster, which agents pin.
    #[prost(uint64, tag = "1")]
    pub(crate) cluster_id: u64,
    /// The revision that was read.
    #[prost(int64, tag = "3")]
    pub(crate) revision: i64,
}

/// `mvccpb.KeyValue`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct KeyValue {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    /// The revision that wrote it last.
    #[prost(int64, tag = "3")]
    pub(crate) mod_revision: i64,
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) value: Vec<u8>,
    /// The lease that the key expires with; 0 for none.
    #[prost(int64, tag = "6")]
    pub(crate) lease: i64,
}

/// `etcdserverpb.RangeRequest`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    /// Empty for the single key.
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) range_end: Vec<u8>,
    #[prost(int64, tag = "3")]
    pub(crate) limit: i64,
    #[prost(bool, tag = "8")]
    pub(crate) keys_only: bool,
}

/// `etcdserverpb.RangeResponse`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct RangeResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) header: Option<ResponseHeader>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) kvs: Vec<KeyValue>,
}

/// `etcdserverpb.StatusRequest`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct StatusRequest {}

/// `etcdserverpb.StatusResponse`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct StatusResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) header: Option<ResponseHeader>,
    #[prost(string, tag = "2")]
    pub(crate) version: String,
    /// The member that leads; 0 for none.
    #[prost(uint64, tag = "4")]
    pub(crate) leader: u64,
}

/// `etcdserverpb.WatchCreateRequest`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct WatchCreateRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) range_end: Vec<u8>,
    #[prost(int64, tag = "3")]
    pub(crate) start_revision: i64,
}

/// `etcdserverpb.WatchRequest`, of whose union only the creation is needed.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct WatchRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) create_request: Option<WatchCreateRequest>,
}

/// `mvccpb.Event`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Event {
    /// 0 for a put, 1 for a deletion.
    #[prost(int32, tag = "1")]
    pub(crate) kind: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) kv: Option<KeyValue>,
}

/// `etcdserverpb.WatchResponse`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct WatchResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) header: Option<ResponseHeader>,
    #[prost(bool, tag = "4")]
    pub(crate) canceled: bool,
    #[prost(string, tag = "6")]
    pub(crate) cancel_reason: String,
    #[prost(message, repeated, tag = "11")]
    pub(crate) events: Vec<Event>,
}

/// `etcdserverpb.PutRequest`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct PutRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
    #[prost(int64, tag = "3")]
    pub(crate) lease: i64,
}

/// `etcdserverpb.Compare`, of whose union only the revision of the last change is needed. The result is `EQUAL`, which is 0.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct Compare {
    #[prost(int32, tag = "2")]
    pub(crate) target: i32,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) key: Vec<u8>,
    /// 0 for a key that does not exist.
    #[prost(int64, optional, tag = "6")]
    pub(crate) mod_revision: Option<i64>,
}

impl Compare {
    /// `Compare.CompareTarget.MOD`.
    pub(crate) const MOD: i32 = 2;
}

/// `etcdserverpb.RequestOp`, of whose union only the put is needed.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct RequestOp {
    #[prost(message, optional, tag = "2")]
    pub(crate) request_put: Option<PutRequest>,
}

/// `etcdserverpb.TxnRequest`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct TxnRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) compare: Vec<Compare>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) success: Vec<RequestOp>,
}

/// `etcdserverpb.TxnResponse`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct TxnResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) header: Option<ResponseHeader>,
    /// Whether all comparisons succeeded.
    #[prost(bool, tag = "2")]
    pub(crate) succeeded: bool,
}

/// `etcdserverpb.LeaseGrantRequest`; etcd chooses the id.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct LeaseGrantRequest {
    /// In seconds.
    #[prost(int64, tag = "1")]
    pub(crate) ttl: i64,
}

/// `etcdserverpb.LeaseGrantResponse`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct LeaseGrantResponse {
    #[prost(int64, tag = "2")]
    pub(crate) id: i64,
    #[prost(string, tag = "4")]
    pub(crate) error: String,
}

/// `etcdserverpb.LeaseKeepAliveRequest`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct LeaseKeepAliveRequest {
    #[prost(int64, tag = "1")]
    pub(crate) id: i64,
}

/// `etcdserverpb.LeaseKeepAliveResponse`.
#[derive(Clone, PartialEq, ::prost::Message)]
pub(crate) struct LeaseKeepAliveResponse {
    #[prost(int64, tag = "2")]
    pub(crate) id: i64,
    /// Seconds until it expires; 0 for a lease that no longer exists.
    #[prost(int64, tag = "3")]
    pub(crate) ttl: i64,
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::{
        Compare, Event, KeyValue, LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveRequest, LeaseKeepAliveResponse,
        PutRequest, RangeRequest, RangeResponse, RequestOp, ResponseHeader, StatusResponse, TxnRequest, TxnResponse,
        WatchCreateRequest, WatchRequest, WatchResponse,
    };

    fn bytes(digits: &str) -> Vec<u8> {
        hex::decode(digits).expect("hexadecimal")
    }

    // The bytes were made by etcd's own Go code, go.etcd.io/etcd/api/v3 at v3.6.4, with every field set that it has.

    #[test]
    fn requests_are_encoded_as_etcds_own_client_encodes_them() {
        let range = RangeRequest { key: b"a".into(), range_end: b"b".into(), limit: 16, keys_only: true };
        assert_eq!(range.encode_to_vec(), bytes("0a016112016218104001"));
        let create = WatchCreateRequest { key: b"a".into(), range_end: b"b".into(), start_revision: 43 };
        let watch = WatchRequest { create_request: Some(create) };
        assert_eq!(watch.encode_to_vec(), bytes("0a080a0161120162182b"));
        assert_eq!(LeaseGrantRequest { ttl: 900 }.encode_to_vec(), bytes("088407"));
        assert_eq!(LeaseKeepAliveRequest { id: 77 }.encode_to_vec(), bytes("084d"));
    }

    #[test]
    fn a_transaction_compares_with_what_is_not_there_as_etcds_own_client_does() {
        let unchanged = |key: &[u8], revision| Compare { target: Compare::MOD, key: key.into(), mod_revision: Some(revision) };
        let put = PutRequest { key: b"a".into(), value: b"v".into(), lease: 77 };
        let txn = TxnRequest {
            compare: vec![unchanged(b"a", 43), unchanged(b"b", 0)],
            success: vec![RequestOp { request_put: Some(put) }],
        };
        assert_eq!(txn.encode_to_vec(), bytes("0a0710021a0161302b0a0710021a01623000120a12080a0161120176184d"));
    }

    #[test]
    fn answers_to_writes_are_understood() {
        let header = Some(ResponseHeader { cluster_id: 0xcdf8_1819_4e3a_8c32, revision: 42 });
        let done = "0a1108b298eaf1948386fccd011007182a200310011a2512230a1108b298eaf1948386fccd011007182a2003\
                    120e0a016b1001180220032a01763004";
        assert_eq!(TxnResponse::decode(&*bytes(done)), Ok(TxnResponse { header: header.clone(), succeeded: true }));
        let changed = bytes("0a1108b298eaf1948386fccd011007182a2003");
        assert_eq!(TxnResponse::decode(&*changed), Ok(TxnResponse { header, succeeded: false }));
        let granted = bytes("0a1108b298eaf1948386fccd011007182a2003104d188407220165");
        assert_eq!(LeaseGrantResponse::decode(&*granted), Ok(LeaseGrantResponse { id: 77, error: "e".to_owned() }));
        let kept = bytes("0a1108b298eaf1948386fccd011007182a2003104d188407");
        assert_eq!(LeaseKeepAliveResponse::decode(&*kept), Ok(LeaseKeepAliveResponse { id: 77, ttl: 900 }));
        let lost = bytes("0a1108b298eaf1948386fccd011007182a2003104d");
        assert_eq!(LeaseKeepAliveResponse::decode(&*lost), Ok(LeaseKeepAliveResponse { id: 77, ttl: 0 }));
    }

    #[test]
    fn responses_of_etcd_are_understood_among_fields_that_are_not_needed() {
        let header = Some(ResponseHeader { cluster_id: 0xcdf8_1819_4e3a_8c32, revision: 42 });
        let pair = KeyValue { key: b"k".into(), mod_revision: 2, value: b"v".into(), lease: 4 };
        let range = bytes("0a1108b298eaf1948386fccd011007182a2003120e0a016b1001180220032a0176300418012002");
        assert_eq!(RangeResponse::decode(&*range), Ok(RangeResponse { header: header.clone(), kvs: vec![pair.clone()] }));
        let status = bytes("0a1108b298eaf1948386fccd011007182a20031205332e362e341801200728093003420178");
        assert_eq!(
            StatusResponse::decode(&*status),
            Ok(StatusResponse { header: header.clone(), version: "3.6.4".to_owned(), leader: 7 })
        );
        let watched = "0a1108b298eaf1948386fccd011007182a200310011801200128053204676f6e65\
                       5a120801120e0a016b1001180220032a01763004";
        let events = vec![Event { kind: 1, kv: Some(pair) }];
        let expected = WatchResponse { header, canceled: true, cancel_reason: "gone".to_owned(), events };
        assert_eq!(WatchResponse::decode(&*bytes(watched)), Ok(expected));
    }
}
