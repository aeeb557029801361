//! The metrics, as promtool and `node_exporter` read them: the two do not agree on everything, and `node_exporter` skips a whole file.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::certs::MESH;
use crate::support::Sandbox;
use crate::support::metrics::promtool;
use crate::support::namespaces::alone;
use crate::support::pki::Authority;

/// What `node_exporter` shows of the files in `folder`.
fn scraped(folder: &Path) -> String {
    let address = "127.0.0.1:9100";
    let mut command = Command::new("prometheus-node-exporter");
    command.args(["--collector.disable-defaults", "--collector.textfile", "--web.listen-address", address]);
    command.arg(format!("--collector.textfile.directory={}", folder.display()));
    let mut child: Child = command.stderr(Stdio::null()).spawn().expect("apt-get install prometheus-node-exporter");
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut stream = loop {
        assert!(Instant::now() < deadline, "node_exporter does not listen");
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").expect("asked");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("answered");
    child.kill().and_then(|()| child.wait()).expect("it ended");
    text
}

/// The samples of a metric.
fn samples<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))).collect()
}

/// Of a mesh, of a node beside a probe, and of a certificate whose subject has everything that a label must escape.
#[test]
fn promtool_and_node_exporter_take_what_is_written() {
    alone("certs::metrics::promtool_and_node_exporter_take_what_is_written", || {
        let sandbox = Sandbox::with_mesh(MESH);
        sandbox.generate(&["--unpack"]);
        fs::create_dir(sandbox.path("textfiles")).expect("a folder");
        let hostile = Authority::new("a \"quoted\" \\ name\nwith lines, ü and {braces}");
        sandbox.write("pki/hostile.pem", &hostile.certificate);
        let node = "out/unpacked/oslo/nodes/node1";
        for (file, paths) in [("mesh", vec![]), ("node", vec![node, "pki"])] {
            let output = format!("textfiles/{file}.prom");
            sandbox.ok(&[&["certs", "list", "--format", "prometheus", "--output", &output], &*paths].concat());
            promtool(&sandbox.read(&output));
        }
        // The same metrics twice would be an error: a machine has one such file, and one of `probe`.
        let folder = |name: &str| {
            let folder = sandbox.path(format!("machine-{name}"));
            fs::create_dir(&folder).expect("a folder");
            fs::copy(sandbox.path(format!("textfiles/{name}.prom")), folder.join("certs.prom")).expect("copied");
            let probe = format!("machine-{name}/probe.prom");
            let links = format!("{node}/payload/var/lib/clustermesh");
            let words = ["probe", &links, "--timeout", "1", "--format", "prometheus", "--output", &probe];
            assert_eq!(sandbox.run(&words).status, 1);
            folder
        };
        for (name, certificates) in [("mesh", 14), ("node", 5)] {
            let text = scraped(&folder(name));
            assert!(text.contains("\nnode_textfile_scrape_error 0\n"), "{text}");
            let metric = "meshbundle_certificate_not_after_timestamp_seconds";
            let written = sandbox.read(format!("textfiles/{name}.prom"));
            assert_eq!((samples(&text, metric).len(), samples(&written, metric).len()), (certificates, certificates), "{text}");
            assert!(!samples(&text, "meshbundle_link_ready").is_empty(), "{text}");
        }
        let text = sandbox.read("textfiles/node.prom");
        assert!(text.contains("ü and {braces}\","), "{text}");
    });
}

/// A container has no timer: the program goes on, and replaces the file again and again.
#[test]
fn a_container_writes_again_and_again() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&["--unpack"]);
    let words =
        ["certs", "list", "out/unpacked/oslo/nodes/node1", "--format", "prometheus", "--output", "m.prom", "--every", "1"];
    let mut child = sandbox.command(&words).env_remove("MESHBUNDLE_NOW").spawn().expect("it starts");
    let inode = || {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(sandbox.path("m.prom")).ok().map(|metadata| (metadata.ino(), metadata.mtime_nsec()))
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut seen = Vec::new();
    while seen.len() < 3 {
        assert!(Instant::now() < deadline && child.try_wait().expect("a child").is_none(), "{seen:?}");
        seen.extend(inode().filter(|now| !seen.contains(now)));
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().and_then(|()| child.wait()).expect("it ended");
    promtool(&sandbox.read("m.prom"));
    for words in [
        vec!["certs", "list", "--every", "5"],
        vec!["certs", "list", "--every", "5", "--output", "m", "--within", "3d"],
        vec!["probe", "out", "--watch", "--format", "prometheus"],
        vec!["probe", "out", "--watch", "--output", "m"],
    ] {
        assert_eq!(sandbox.run(&words).status, 2, "{words:?}");
    }
}
