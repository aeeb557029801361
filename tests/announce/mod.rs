//! `announce` against real etcds: both keys come and stay, it steps back, it takes over, and it survives what etcds go through.

mod health;
mod keys;
mod others;
mod rights;
mod scene;
mod systemd;
mod unit;
mod weather;
