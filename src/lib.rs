#![doc = include_str!("../ARCHITECTURE.md")]

pub mod cli;
pub mod diag;
pub mod generate;
pub mod lint;
pub mod pack;
pub mod pki;
pub mod plan;
pub mod render;
pub mod spec;
pub mod store;
pub mod verify;
