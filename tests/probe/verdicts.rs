//! Failures on the way to an etcd, each by its own code: name, TCP, TLS, both certificates, and what is no etcd.

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd};
use time::OffsetDateTime;

use crate::probe::scene::{Config, Scene, hold, verdict, warnings};
use crate::support::etcd::{Etcd, Member, Process, await_listener};
use crate::support::namespaces::{add_addresses, alone};
use crate::support::pki::{Authority, Wish};
use crate::support::tool;

const GOOD: &str = "https://127.0.0.1:2379";

/// Addresses that swallow whatever is sent to them: 10.99.0.0/16.
pub(crate) fn black_holes() {
    add_addresses(["10.98.0.1".parse::<IpAddr>().expect("an address")]);
    tool("ip", "iproute2", ["route", "add", "10.99.0.0/16", "dev", "lo", "src", "10.98.0.1"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of failures, played in one scene")]
fn each_failure_on_the_way_has_its_code() {
    alone("probe::verdicts::each_failure_on_the_way_has_its_code", || {
        black_holes();
        let mut scene = Scene::new();
        scene.machine.host("127.0.0.1", "etcd.test");
        let server = scene.server();
        let ended = scene.authority.issue(&Wish::named("ended").sans(&["127.0.0.3"]).until(date_time_ymd(2025, 1, 1)));
        let for_clients =
            scene.authority.issue(&Wish::named("unfit").sans(&["127.0.0.4"]).usage(ExtendedKeyUsagePurpose::ClientAuth));
        let start = |name, addresses: &[&str], server, clients| {
            Etcd::alone(&scene.sandbox, &Member { name, addresses, server, clients, cluster: &[] })
        };
        let etcd = start("good", &["127.0.0.1", "127.0.0.9"], Some(&server), Some(&scene.authority));
        let others = [
            start("plain", &["127.0.0.2"], None, None),
            start("ended", &["127.0.0.3"], Some(&ended), None),
            start("unfit", &["127.0.0.4"], Some(&for_clients), None),
        ];
        let _beats = [etcd.beat(), others[0].beat()];
        others[0].announce("open", r#"{"id":9}"#);
        scene.sandbox.write("s.crt", &server.certificate);
        scene.sandbox.write("s.key", &server.key);
        let mut web = Command::new("openssl");
        web.args(["s_server", "-accept", "127.0.0.1:4433", "-www", "-quiet", "-cert"]);
        web.arg(scene.sandbox.path("s.crt")).arg("-key").arg(scene.sandbox.path("s.key"));
        let _web = Process(web.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("openssl starts"));
        await_listener("127.0.0.1:4433".parse().expect("an address"), None);

        let client = scene.client("remote");
        let soon = OffsetDateTime::now_utc() + time::Duration::days(10);
        let soon = scene.authority.issue(&Wish::named("remote").until(soon));
        let expired = scene.authority.issue(&Wish::named("remote").until(date_time_ymd(2025, 1, 1)));
        let foreign = Authority::new("another");
        let stranger = foreign.issue(&Wish::named("remote"));
        let expected: [(&str, &[&str], &str); 11] = [
            ("healthy", &[GOOD], "ready"),
            ("named", &["https://etcd.test:2379"], "ready"),
            ("nameless", &["https://unknown.test:2379"], "CM0801"),
            ("refused", &["https://127.0.0.1:2999"], "CM0802"),
            ("silent", &["https://10.99.0.1:2379"], "CM0803"),
            ("plain", &["https://127.0.0.2:2379"], "CM0804"),
            ("othername", &["https://127.0.0.9:2379"], "CM0806"),
            ("ended", &["https://127.0.0.3:2379"], "CM0807"),
            ("unfit", &["https://127.0.0.4:2379"], "CM0808"),
            ("web", &["https://127.0.0.1:4433"], "CM0820"),
            ("portless", &["https://127.0.0.1"], "CM0825"),
        ];
        for (cluster, endpoints, _) in expected {
            scene.add(&Config::new(cluster, endpoints, &client));
        }
        scene.add(&Config { anchors: Some(&foreign), ..Config::new("wrongca", &[GOOD], &client) });
        scene.add(&Config::new("clientended", &[GOOD], &expired));
        scene.add(&Config::new("stranger", &[GOOD], &stranger));
        scene.add(&Config { client: None, ..Config::new("anonymous", &[GOOD], &client) });
        scene.add(&Config::new("soon", &[GOOD], &soon));
        // One of three works, and that is enough.
        scene.add(&Config::new("partly", &["https://10.99.0.1:2379", GOOD, "https://127.0.0.1:2999"], &client));
        scene.add(&Config::new("keyless", &[GOOD], &client));
        std::fs::remove_file(scene.sandbox.path("node/etc/cilium/clustermesh/keyless/client.key")).expect("removed");
        // TLS is not demanded where the endpoint says that there is none.
        scene.add(&Config::new("open", &["http://127.0.0.2:2379"], &client));
        scene.add(&Config::new("httptotls", &["http://127.0.0.1:2379"], &client));
        // What stands in the files on this side is the better cause.
        let for_servers = scene.authority.issue(&Wish::named("remote").usage(ExtendedKeyUsagePurpose::ServerAuth));
        scene.add(&Config::new("wronguse", &[GOOD], &for_servers));
        scene.add(&Config { more: "insecure-transport: true\n", ..Config::new("insecure", &[GOOD], &client) });
        scene.add(&Config::new("mixed", &[GOOD, "http://127.0.0.2:2379"], &client));
        scene.add(&Config::new("relative", &[GOOD], &client));
        let relative = std::fs::read_to_string(scene.folder().join("relative")).expect("a config");
        let relative = relative.replace("key-file: /", "key-file: ");
        std::fs::write(scene.folder().join("relative"), relative).expect("written");
        scene.add(&Config::new("peerport", &["http://127.0.0.1:2380"], &client));
        for (number, cluster) in ["healthy", "named", "soon", "partly"].into_iter().enumerate() {
            etcd.announce(cluster, &format!("{{\"id\":{}}}", number + 1));
        }

        let links = scene.links(&["--timeout", "8"]);
        let more = [
            ("open", "ready"),
            ("wrongca", "CM0805"),
            ("clientended", "CM0809"),
            ("stranger", "CM0810"),
            ("anonymous", "CM0811"),
            ("soon", "ready"),
            ("partly", "ready"),
            ("keyless", "CM0706"),
            ("httptotls", "CM0820"),
            ("wronguse", "CM0733"),
            ("insecure", "CM0717"),
            ("mixed", "CM0303"),
            ("relative", "CM0825"),
            ("peerport", "CM0815"),
        ];
        let all: Vec<_> = expected.iter().map(|(cluster, _, code)| (*cluster, *code)).chain(more).collect();
        hold(&links, &all);
        let message = |cluster: &str| links[cluster]["message"].as_str().expect("a message").to_owned();
        assert!(message("relative").contains("is relative"), "{}", message("relative"));
        assert!(message("httptotls").contains("it may require TLS"), "{}", message("httptotls"));
        assert_eq!(warnings(&links["healthy"]), [""; 0]);
        assert_eq!(warnings(&links["soon"]), ["CM0732"]);
        assert_eq!(warnings(&links["partly"]), ["CM0803", "CM0802"]);
        let healthy = &links["healthy"]["attempts"][0];
        assert!(healthy["etcdVersion"].as_str().is_some_and(|version| version.starts_with("3.")), "{healthy}");
        assert_eq!(healthy["address"], "127.0.0.1:2379");
        assert!(healthy["etcdClusterId"].is_string() && healthy["roundTripMs"].is_u64(), "{healthy}");

        // A name among the aliases needs no hosts file, but a version that reads them.
        let aliases = "cilium-host-aliases:\n- hostname: alias.test\n  ips: [127.0.0.1]\n";
        for (cluster, _, _) in expected {
            std::fs::remove_file(scene.folder().join(cluster)).expect("removed");
        }
        for (cluster, _) in more {
            std::fs::remove_file(scene.folder().join(cluster)).expect("removed");
        }
        let server = "https://alias.test:2379";
        scene.add(&Config { more: aliases, ..Config::new("healthy", &[server], &client) });
        // The name is none of the certificate's, which shows that it was reached.
        hold(&scene.links(&["--cilium", "1.20"]), &[("healthy", "CM0806")]);
        let links = scene.links(&["--cilium", "1.19"]);
        hold(&links, &[("healthy", "CM0801")]);
        assert!(links["healthy"]["findings"][0]["cause"].as_str().is_some_and(|cause| cause.contains("`cilium-host-aliases`")));
    });
}

#[test]
fn a_slow_network_is_reported() {
    alone("probe::verdicts::a_slow_network_is_reported", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        etcd.announce("slow", r#"{"id":2}"#);
        let listener = TcpListener::bind("127.0.0.1:3000").expect("a port");
        thread::spawn(move || listener.incoming().for_each(|stream| delay(&stream.expect("a stream"))));
        let client = scene.client("remote");
        scene.add(&Config::new("slow", &["https://127.0.0.1:3000"], &client));
        let links = scene.links(&["--timeout", "30"]);
        assert_eq!(verdict(&links["slow"]), "ready", "{}", links["slow"]);
        assert_eq!(warnings(&links["slow"]), ["CM0823"]);
        assert!(links["slow"]["attempts"][0]["roundTripMs"].as_u64().is_some_and(|time| time > 1000));
    });
}

/// Passes everything on, each piece 600 ms late.
fn delay(client: &TcpStream) {
    let server = TcpStream::connect("127.0.0.1:2379").expect("etcd");
    let pass = |mut from: TcpStream, mut to: TcpStream| {
        thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(length @ 1..) = from.read(&mut buffer) {
                thread::sleep(Duration::from_millis(600));
                if to.write_all(&buffer[..length]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
    };
    pass(client.try_clone().expect("a copy"), server.try_clone().expect("a copy"));
    pass(server, client.try_clone().expect("a copy"));
}
