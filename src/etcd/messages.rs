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
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) value: Vec<u8>,
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
    #[prost(bool, tag = "4")]
    pub(crate) canceled: bool,
    #[prost(string, tag = "6")]
    pub(crate) cancel_reason: String,
    #[prost(message, repeated, tag = "11")]
    pub(crate) events: Vec<Event>,
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::{
        Event, KeyValue, RangeRequest, RangeResponse, ResponseHeader, StatusResponse, WatchCreateRequest, WatchRequest,
        WatchResponse,
    };

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("?"), 16).expect("hexadecimal");
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    // The bytes were made by etcd's own Go code, go.etcd.io/etcd/api/v3 at v3.6.4, with every field set that it has.

    #[test]
    fn requests_are_encoded_as_etcds_own_client_encodes_them() {
        let range = RangeRequest { key: b"a".into(), range_end: b"b".into(), limit: 16, keys_only: true };
        assert_eq!(range.encode_to_vec(), bytes("0a016112016218104001"));
        let create = WatchCreateRequest { key: b"a".into(), range_end: b"b".into(), start_revision: 43 };
        let watch = WatchRequest { create_request: Some(create) };
        assert_eq!(watch.encode_to_vec(), bytes("0a080a0161120162182b"));
    }

    #[test]
    fn responses_of_etcd_are_understood_among_fields_that_are_not_needed() {
        let header = Some(ResponseHeader { cluster_id: 0xcdf8_1819_4e3a_8c32, revision: 42 });
        let pair = KeyValue { key: b"k".into(), value: b"v".into() };
        let range = bytes("0a1108b298eaf1948386fccd011007182a2003120e0a016b1001180220032a0176300418012002");
        assert_eq!(RangeResponse::decode(&*range), Ok(RangeResponse { header: header.clone(), kvs: vec![pair.clone()] }));
        let status = bytes("0a1108b298eaf1948386fccd011007182a20031205332e362e341801200728093003420178");
        assert_eq!(StatusResponse::decode(&*status), Ok(StatusResponse { header, version: "3.6.4".to_owned(), leader: 7 }));
        let watched = "0a1108b298eaf1948386fccd011007182a200310011801200128053204676f6e65\
                       5a120801120e0a016b1001180220032a01763004";
        let events = vec![Event { kind: 1, kv: Some(pair) }];
        let expected = WatchResponse { canceled: true, cancel_reason: "gone".to_owned(), events };
        assert_eq!(WatchResponse::decode(&*bytes(watched)), Ok(expected));
    }
}
