//! Files for resolvers, judged by resolvers: BIND reads the zone, and dnsmasq answers from its options and from the hosts lines.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::MESH;
use crate::support::etcd::Process;
use crate::support::ports::free_port;
use crate::support::{Ran, Sandbox, tool};

type Records = BTreeMap<String, BTreeSet<IpAddr>>;

/// Every name with an address, as the report has it.
fn wanted(sandbox: &Sandbox) -> Records {
    let report = sandbox.ok(&["dns", "--format", "json"]).json();
    let names = report["names"].as_array().expect("names");
    let address = |value: &serde_json::Value| value.as_str().expect("text").parse().expect("an address");
    let record = |name: &serde_json::Value| {
        let addresses: BTreeSet<IpAddr> = name["addresses"].as_array().expect("a list").iter().map(address).collect();
        (name["name"].as_str().expect("text").to_owned(), addresses)
    };
    let records: Records = names.iter().map(record).filter(|(_, addresses)| !addresses.is_empty()).collect();
    assert!(records.len() >= 5, "{records:?}");
    records
}

/// Runs `named-checkzone`, which prints the zone in its canonical form.
fn checkzone(zone: &str, file: &Path) -> Ran {
    let mut command = Command::new("named-checkzone");
    command.args(["-i", "local", "-D", "-o", "-", zone]).arg(file);
    command.output().expect("`named-checkzone` cannot be run; install it with: apt-get install bind9-utils");
    Ran::of(&mut command)
}

#[test]
fn bind_reads_every_zone() {
    let sandbox = Sandbox::with_mesh(MESH);
    let mut read = Records::new();
    for zone in ["oslo.example.net", "example.org", "mesh.cilium.io"] {
        let text = sandbox.ok(&["dns", "--format", "zone", "--zone", zone, "--nameserver", "ns1.example.com."]).stdout;
        sandbox.write(zone, &text);
        let ran = checkzone(zone, &sandbox.path(zone));
        assert_eq!(ran.status, 0, "{text}{}{}", ran.stdout, ran.stderr);
        for line in ran.stdout.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [name, "300", "IN", "A" | "AAAA", address] = words.as_slice() {
                read.entry(name.trim_end_matches('.').to_owned()).or_default().insert(address.parse().expect("an address"));
            }
        }
        assert!(ran.stdout.contains("ns1.example.com."), "{}", ran.stdout);
    }
    assert_eq!(read, wanted(&sandbox));
    // The control: what is no address is no zone.
    let broken = sandbox.read("example.org").replace("10.2.0.9", "10.2.0");
    sandbox.write("broken", &broken);
    assert_ne!(checkzone("example.org", &sandbox.path("broken")).status, 0, "{broken}");
}

/// A later run has a later serial number, so that secondary servers take it.
#[test]
fn the_serial_number_rises() {
    let mut sandbox = Sandbox::with_mesh(MESH);
    let serial = |sandbox: &Sandbox| {
        let zone = sandbox.ok(&["dns", "--format", "zone", "--zone", "example.org"]).stdout;
        let soa = zone.lines().find(|line| line.contains("SOA")).expect("a SOA").to_owned();
        soa.split_whitespace().nth(6).expect("a serial").parse::<u32>().expect("a number")
    };
    let first = serial(&sandbox);
    sandbox.at("2031-02-03T04:05:06Z");
    assert!(serial(&sandbox) > first, "{first}");
    let given = sandbox.ok(&["dns", "--format", "zone", "--zone", "example.org", "--serial", "7"]).stdout;
    assert!(given.contains("( 7 "), "{given}");
}

#[test]
fn a_zone_is_asked_for_where_there_are_several() {
    let sandbox = Sandbox::with_mesh(MESH);
    let several = sandbox.run(&["dns", "--format", "zone"]);
    assert_eq!((several.status, several.stdout.as_str()), (2, ""));
    assert!(several.said("`meshbundle dns mesh.yaml --format zone --zone mesh.cilium.io`"), "{}", several.stderr);
    assert_eq!(sandbox.run(&["dns", "--format", "zone", "--zone", "example.invalid"]).status, 2);
    assert_eq!(sandbox.run(&["dns", "--format", "zone", "--zone", "no;zone"]).status, 2);
    // A name that only ends with the same letters is not within a zone.
    assert_eq!(sandbox.run(&["dns", "--format", "zone", "--zone", "xample.org"]).status, 2);
    let whole = sandbox.ok(&["dns", "--format", "zone", "--zone", "rome.example.org"]).stdout;
    assert!(whole.contains("\n@ IN A 10.2.0.9\n"), "{whole}");
}

/// A dnsmasq on loopback that knows nothing but `options`.
fn dnsmasq(options: &[&str]) -> (Process, u16) {
    let port = free_port();
    let mut command = Command::new("dnsmasq");
    command.args(["--keep-in-foreground", "--no-resolv", "--no-hosts", "--pid-file=", "--bind-interfaces", "--user="]);
    command.args(["--listen-address=127.0.0.1", &format!("--port={port}")]).args(options);
    let child: Child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("dnsmasq runs: apt-get install dnsmasq-base");
    let process = Process(child);
    for _ in 0..100 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return (process, port);
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("dnsmasq {options:?} does not answer");
}

/// What the server at `port` answers for the names of `wanted`.
fn answers(port: u16, wanted: &Records) -> Records {
    let ask = |name: &String| {
        let asked =
            |kind: &str| tool("dig", "bind9-dnsutils", ["@127.0.0.1", "-p", &port.to_string(), "+short", "+tcp", kind, name]);
        let answer = [asked("A"), asked("AAAA")].concat();
        (name.clone(), answer.lines().map(|line| line.parse().expect("an address")).collect())
    };
    wanted.keys().map(ask).collect()
}

#[test]
fn dnsmasq_answers_with_every_address() {
    let sandbox = Sandbox::with_mesh(MESH);
    let wanted = wanted(&sandbox);
    sandbox.write("mesh.conf", &sandbox.ok(&["dns", "--format", "dnsmasq"]).stdout);
    sandbox.write("hosts", &sandbox.ok(&["dns", "--format", "hosts"]).stdout);
    let [options, hosts] = ["mesh.conf", "hosts"].map(|name| sandbox.path(name).display().to_string());
    tool("dnsmasq", "dnsmasq-base", ["--test", &format!("--conf-file={options}")]);
    let (_by_options, port) = dnsmasq(&[&format!("--conf-file={options}")]);
    assert_eq!(answers(port, &wanted), wanted);
    // Nothing is said of names below.
    let below = tool("dig", "bind9-dnsutils", ["@127.0.0.1", "-p", &port.to_string(), "+short", "+tcp", "x.rome.example.org"]);
    assert_eq!(below, "");
    let (_by_hosts, port) = dnsmasq(&[&format!("--addn-hosts={hosts}"), "--conf-file=/dev/null"]);
    assert_eq!(answers(port, &wanted), wanted);
}
