//! Text of a peer's config -> what etcd's client and the agent make of it.
//!
//! Every key is known, ignored or fatal by the version of the agents. Reads the text only: whether the files that it names are
//! there, and what is in them, is `credential`'s.

mod aliases;
mod document;
mod endpoints;
mod keys;
pub(super) mod plain;
mod reader;
mod values;
pub(super) mod yaml_differences;

pub(super) use document::{first_document, place_of_line};
pub(super) use keys::same as same_in_go;
pub use reader::is_config;
pub(super) use reader::{ConfigReading, is_meant, read};
