//! Very many links, most of them black holes: they are waited for together.

use std::time::{Duration, Instant};

use crate::probe::scene::{Config, Scene, hold};
use crate::probe::verdicts::black_holes;
use crate::support::namespaces::alone;

#[test]
fn black_holes_are_waited_for_together() {
    alone("probe::many::black_holes_are_waited_for_together", || {
        black_holes();
        let scene = Scene::new();
        let client = scene.client("remote");
        let names: Vec<_> = (1..255).map(|number| format!("c{number}")).collect();
        for (number, name) in names.iter().enumerate() {
            let endpoints: Vec<_> = (0..2).map(|member| format!("https://10.99.{member}.{number}:2379")).collect();
            let endpoints: Vec<_> = endpoints.iter().map(String::as_str).collect();
            scene.add(&Config::new(name, &endpoints, &client));
        }
        let began = Instant::now();
        let links = scene.links(&["--timeout", "2"]);
        let took = began.elapsed();
        hold(&links, &names.iter().map(|name| (name.as_str(), "CM0803")).collect::<Vec<_>>());
        // The bound is told before: twice the timeout. One after the other they would take 1000 s.
        assert!(took < Duration::from_secs(4 * 4), "{took:?}");
        let ran = scene.probe(&["--timeout", "1"]);
        assert!(ran.stderr.starts_with("probing 254 links: at most 3 s, and 120 s more"), "{}", ran.stderr);
        assert_eq!(ran.status, 1);
    });
}
