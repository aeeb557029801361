//! Handshakes before two judges: this crate's `probe`, and Go's crypto/tls on both ends, which is what agents and etcds have.
//! Every kind of key and signature, as a server's, as a client's and as a CA's, with TLS 1.2 and 1.3.

mod kinds;
mod scene;
