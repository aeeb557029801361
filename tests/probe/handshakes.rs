//! What a handshake that fails means, and servers that ask too little.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use crate::probe::scene::{Config, Scene, hold, verdict, warnings};
use crate::support::etcd::{Etcd, Member, Process, await_listener};
use crate::support::namespaces::{add_addresses, alone};

/// `openssl s_server` at a port, with these words.
fn server(scene: &Scene, port: u16, words: &[&str]) -> Process {
    let leaf = scene.server();
    scene.sandbox.write("s.crt", &leaf.certificate);
    scene.sandbox.write("s.key", &leaf.key);
    let mut command = Command::new("openssl");
    command.args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-quiet", "-alpn", "h2", "-cert"]);
    command.arg(scene.sandbox.path("s.crt")).arg("-key").arg(scene.sandbox.path("s.key")).args(words);
    let started = Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("openssl starts"));
    await_listener(format!("127.0.0.1:{port}").parse().expect("an address"), None);
    started
}

/// Two etcds, at 127.0.0.1 and 127.0.0.2.
fn two_etcds(scene: &Scene) -> [Etcd; 2] {
    let leaf = scene.server();
    [("one", "127.0.0.1"), ("two", "127.0.0.2")].map(|(name, address)| {
        let addresses = &[address];
        let member = Member { name, addresses, server: Some(&leaf), clients: Some(&scene.authority), cluster: &[] };
        Etcd::alone(&scene.sandbox, &member)
    })
}

#[test]
fn nothing_in_common_is_not_called_no_tls() {
    alone("probe::handshakes::nothing_in_common_is_not_called_no_tls", || {
        let scene = Scene::new();
        let _servers = [
            // grpc-go since 1.60 offers no RSA key exchange and no CBC, and Go since 1.25 no SHA-1.
            server(&scene, 4001, &["-no_tls1_3", "-cipher", "AES128-GCM-SHA256"]),
            server(&scene, 4002, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
            server(&scene, 4003, &["-tls1_3", "-groups", "X448"]),
            server(&scene, 4004, &["-no_tls1_3", "-cipher", "ECDHE-ECDSA-AES128-SHA"]),
            server(&scene, 4005, &["-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0", "-sigalgs", "ECDSA+SHA1"]),
        ];
        let kinds = ["cipher", "version", "curve", "cbc", "sha1"];
        for (name, port) in kinds.into_iter().zip(4001..) {
            let endpoint = format!("https://127.0.0.1:{port}");
            scene.add(&Config::new(name, &[&endpoint], &scene.client("remote")));
        }
        hold(&scene.links(&[]), &kinds.map(|name| (name, "CM0831")));
        // Older agents offer some of it, and the server does not say what it misses.
        let older = kinds.map(|name| (name, if name == "version" { "CM0831" } else { "CM0826" }));
        hold(&scene.links(&["--cilium", "1.18"]), &older);
    });
}

#[test]
fn an_etcd_that_asks_for_no_certificate_is_reported() {
    alone("probe::handshakes::an_etcd_that_asks_for_no_certificate_is_reported", || {
        let scene = Scene::new();
        let leaf = scene.server();
        let member = Member { name: "open", addresses: &["127.0.0.1"], server: Some(&leaf), clients: None, cluster: &[] };
        let etcd = Etcd::alone(&scene.sandbox, &member);
        let _beat = etcd.beat();
        etcd.announce("open", r#"{"id":1}"#);
        scene.add(&Config::new("open", &["https://127.0.0.1:2379"], &scene.client("remote")));
        // Go makes the scheme lower case.
        etcd.announce("capital", r#"{"id":2}"#);
        scene.add(&Config::new("capital", &["HTTPS://127.0.0.1:2379"], &scene.client("remote")));
        let links = scene.links(&[]);
        hold(&links, &[("open", "ready"), ("capital", "ready")]);
        assert_eq!(warnings(&links["open"]), ["CM0832"]);
    });
}

#[test]
fn odd_endpoints_are_dialled_as_agents_dial_them() {
    alone("probe::handshakes::odd_endpoints_are_dialled_as_agents_dial_them", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        let client = scene.client("remote");
        // A password is not kept, and what is shown in its place is no name.
        for (cluster, endpoint) in [
            ("user", "https://someone:secret@127.0.0.1:2379"),
            ("link", "https://[fe80::1]:2379"),
            ("zone", "https://[fe80::1%25lo]:2379"),
        ] {
            etcd.announce(cluster, &format!("{{\"id\":{}}}", cluster.len()));
            scene.add(&Config::new(cluster, &[endpoint], &client));
        }
        let ran = scene.probe(&["--format", "json", "--heartbeat", "3"]);
        assert!(!ran.stdout.contains("secret"), "{}", ran.stdout);
        let links = scene.links(&["--heartbeat", "3"]);
        assert_ne!(verdict(&links["user"]), "CM0801", "{:#}", links["user"]);
        for cluster in ["link", "zone"] {
            assert_eq!(verdict(&links[cluster]), "CM0825", "{:#}", links[cluster]);
            assert!(links[cluster]["message"].as_str().is_some_and(|text| text.contains("link-local")), "{:#}", links[cluster]);
        }
    });
}

#[test]
fn of_a_name_with_several_addresses_each_is_tried() {
    alone("probe::handshakes::of_a_name_with_several_addresses_each_is_tried", || {
        let mut scene = Scene::new();
        let [etcd, other] = two_etcds(&scene);
        let _beats = [etcd.beat(), other.beat()];
        let _mute = TcpListener::bind("127.0.0.3:2379").expect("a port");
        let names = [
            ("goodfirst", ["127.0.0.1", "127.0.0.3"], "ready"),
            ("mutefirst", ["127.0.0.3", "127.0.0.1"], "CM0803"),
            ("refusedfirst", ["127.0.0.9", "127.0.0.1"], "ready"),
            ("twoetcds", ["127.0.0.1", "127.0.0.2"], "CM0819"),
        ];
        let names_of_server: Vec<_> = names.iter().map(|(name, _, _)| format!("{name}.test")).collect();
        for (name, addresses, _) in names {
            addresses.iter().for_each(|address| scene.machine.host(address, &format!("{name}.test")));
        }
        // The certificate has one name only: the others are dialled without a look at it.
        let client = scene.client("remote");
        for (number, (name, host)) in names.iter().zip(&names_of_server).enumerate() {
            etcd.announce(name.0, &format!("{{\"id\":{}}}", number + 1));
            let endpoint = format!("https://{host}:2379");
            scene.add(&Config { more: "insecure-skip-tls-verify: true\n", ..Config::new(name.0, &[&endpoint], &client) });
        }
        let links = scene.links(&["--timeout", "3"]);
        hold(&links, &names.map(|(name, _, code)| (name, code)));
        for (name, addresses, _) in names {
            let tried: Vec<_> =
                links[name]["attempts"].as_array().expect("attempts").iter().map(|one| one["address"].clone()).collect();
            assert_eq!(tried, addresses.map(|address| format!("{address}:2379")), "each address is reported");
        }
        // With aliases the order is another each time.
        let aliases =
            "insecure-skip-tls-verify: true\ncilium-host-aliases:\n- hostname: alias.test\n  ips: [127.0.0.1, 127.0.0.3]\n";
        scene.add(&Config { more: aliases, ..Config::new("goodfirst", &["https://alias.test:2379"], &client) });
        assert_eq!(verdict(&scene.links(&["--timeout", "3"])["goodfirst"]), "CM0803");
    });
}

#[test]
fn two_etcds_behind_one_address_are_found() {
    alone("probe::handshakes::two_etcds_behind_one_address_are_found", || {
        add_addresses(["10.11.0.100".parse::<std::net::IpAddr>().expect("an address")]);
        let scene = Scene::new();
        let [etcd, other] = two_etcds(&scene);
        let _beats = [etcd.beat(), other.beat()];
        let listener = TcpListener::bind("127.0.0.1:3001").expect("a port");
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let to = ["127.0.0.1:2379", "127.0.0.2:2379"][number % 2];
                pass(client.expect("a stream"), TcpStream::connect(to).expect("etcd"));
            }
        });
        etcd.announce("both", r#"{"id":1}"#);
        other.announce("both", r#"{"id":1}"#);
        scene.add(&Config::new("both", &["https://127.0.0.1:3001"], &scene.client("remote")));
        let link = &scene.links(&[])["both"];
        assert_eq!(verdict(link), "CM0819", "{link:#}");
        assert!(link["help"].as_str().is_some_and(|help| help.contains("balancer")), "{link:#}");
    });
}

/// A path that loses what needs large packets: everything passes but pieces of more than 4 KiB from the etcd.
#[test]
fn large_packets_that_are_lost_are_named() {
    alone("probe::handshakes::large_packets_that_are_lost_are_named", || {
        let (scene, etcd) = Scene::with_etcd();
        let _beat = etcd.beat();
        etcd.announce("hole", r#"{"id":1}"#);
        for node in 0..40 {
            etcd.put(&format!("cilium/state/nodes/v1/hole/n{node}"), &"x".repeat(1000));
        }
        let listener = TcpListener::bind("127.0.0.1:3001").expect("a port");
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, etcd) = (client.expect("a stream"), TcpStream::connect("127.0.0.1:2379").expect("etcd"));
                let (mut from, mut to) = (etcd.try_clone().expect("a copy"), client.try_clone().expect("a copy"));
                thread::spawn(move || {
                    let mut buffer = vec![0; 1 << 20];
                    while let Ok(length @ 1..=4096) = from.read(&mut buffer) {
                        let _ = to.write_all(&buffer[..length]);
                    }
                    thread::park();
                });
                forward(client, etcd);
            }
        });
        scene.add(&Config::new("hole", &["https://127.0.0.1:3001"], &scene.client("remote")));
        let link = &scene.links(&["--timeout", "4"])["hole"];
        assert_eq!(verdict(link), "CM0833", "{link:#}");
        assert!(link["help"].as_str().is_some_and(|help| help.contains("ping -c 3 -M do -s 1472 127.0.0.1")), "{link:#}");
    });
}

fn pass(client: TcpStream, server: TcpStream) {
    forward(server.try_clone().expect("a copy"), client.try_clone().expect("a copy"));
    forward(client, server);
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
}
