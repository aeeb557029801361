//! Ports for servers that share the machine's network.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port of 127.0.0.1 that is free. No two tests of a run get the same one, and none is given to a connection: the kernel takes
/// those from 32768 upwards (ip(7), `ip_local_port_range`).
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Another run begins elsewhere.
    let begin = std::process::id() % 20_000;
    for _ in 0..20_000 {
        let port =
            u16::try_from(10_000 + (begin + u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % 20_000).expect("below 30000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port from 10000 to 29999 is free");
}
