//! `announce` against real etcds: both keys come and stay, it steps back, it takes over, and it survives what etcds go through.

mod health;
mod keys;
mod network_faults;
mod others;
mod rights;
mod scene;
mod systemd;
mod unit;
