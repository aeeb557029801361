//! The list of who dials whom, and the rules that are made of it: nftables and firewalld judge these, and packets in namespaces of their
//! own show what passes.

mod check;
mod filtering;
mod forms;
mod lines;
mod page;
mod scene;
