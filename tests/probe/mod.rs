//! `probe` against real etcds, proxies and black holes: each failure has its own code, and a healthy link is ready.

mod balancers;
mod contents;
mod forms;
mod generations;
mod handshakes;
mod heartbeats;
mod kinds;
mod many;
mod members;
mod proxies;
mod recipe;
mod rounds;
mod scene;
mod unwell;
mod verdicts;
