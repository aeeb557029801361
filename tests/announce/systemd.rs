//! What systemd is told: ready, status, watchdog, stopping.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::announce::scene::{Announcer, Scene};
use crate::support::namespaces::alone;

/// Messages that have come, until one has `words`.
fn until(socket: &UnixDatagram, words: &str) -> Vec<String> {
    let (mut messages, mut bytes) = (Vec::new(), [0; 4096]);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < deadline, "no {words}: {messages:?}");
        let length = socket.recv(&mut bytes).unwrap_or_else(|error| panic!("no {words}: {error}: {messages:?}"));
        messages.push(String::from_utf8_lossy(bytes.get(..length).expect("read")).into_owned());
        if messages.last().is_some_and(|last| last.contains(words)) {
            return messages;
        }
    }
}

#[test]
fn systemd_hears_of_each_state_and_that_it_lives() {
    alone("announce::systemd::systemd_hears_of_each_state_and_that_it_lives", || {
        let scene = Scene::new();
        let path = scene.sandbox.path("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let mut command = scene.command(&[]);
        let oslo = Announcer::start(command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000"));
        // An etcd that is down is no reason to restart us.
        let first = until(&socket, "STATUS=cannot announce: `https://127.0.0.1:2379`: nothing listens at 127.0.0.1:2379");
        assert!(first.iter().all(|message| !message.contains("READY=1")), "{first:?}");
        let began = Instant::now();
        for _ in 0..4 {
            let messages = until(&socket, "WATCHDOG=1");
            assert!(messages.iter().all(|message| !message.contains("READY=1")), "{messages:?}");
        }
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        let _etcd = scene.etcd();
        let messages = until(&socket, "READY=1");
        assert!(messages.last().is_some_and(|last| last.contains("STATUS=again announcing `oslo` (id 7)")), "{messages:?}");
        until(&socket, "WATCHDOG=1");
        oslo.stop(Signal::TERM);
        until(&socket, "STOPPING=1");
    });
}
