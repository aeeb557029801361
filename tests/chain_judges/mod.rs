//! Chains before three judges: this crate's `verify`, Go's crypto/x509 (what etcd and the agent really ask) and
//! `openssl verify`. Ours must say what Go says, always; what OpenSSL is known to see otherwise stands in the tables.

mod agreement;
mod der;
mod files;
mod forge;
mod handshakes;
mod hostile;
mod kits;
mod mint;
mod names;
mod policies;
mod random;
mod reasons;
mod row;
mod shapes;
mod shapes_extensions;
mod subjects;
mod table;
mod table_algorithms;
mod table_authorities;
mod table_names;
mod table_usages;
