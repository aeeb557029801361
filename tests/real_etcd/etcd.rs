//! Real etcds, of one member or more, that end with the test.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::real_etcd::etcdctl::Client;
use crate::real_etcd::mesh;
use crate::real_etcd::scene::Scene;
use crate::support::Sandbox;
use crate::support::etcd::{Place, Server};
use crate::support::machine::Machine;

/// After it, what has not come never will.
const LONG_ENOUGH: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);
/// etcd's own; with no TLS, which is the owner's affair.
const PEER_PORT: u16 = 2380;

/// A cluster's etcd.
pub(crate) struct Etcd {
    pub(crate) cluster: String,
    /// A door that no certificate names.
    pub(crate) stray: SocketAddr,
    /// What writes into it.
    pub(crate) writer: Client,
    members: Vec<Running>,
}

/// How one member is to run.
struct Member {
    name: String,
    machine: Machine,
    addresses: Vec<IpAddr>,
    /// What the bundle's `etcd.env` sets.
    options: BTreeMap<String, String>,
    /// The owner's own words.
    flags: Vec<String>,
}

/// A member, and where it listens.
struct Running {
    server: Server,
    doors: Vec<SocketAddr>,
}

/// Starts the etcds of all clusters that get their members' certificates from here, with the TLS options and files of
/// the members' bundles, in the places that these name. What the owner adds is what bundles leave alone.
pub(crate) fn from_bundles(scene: &Scene) -> Vec<Etcd> {
    let clusters = scene.mesh.clusters.iter().enumerate().filter(|(_, cluster)| !cluster.etcd.members.is_empty());
    let mut etcds: Vec<_> = clusters
        .map(|(number, cluster)| {
            let of = |member: &mesh::Member| {
                let mut bundles = scene.bundles.members_of(&cluster.name);
                let bundle = bundles.find(|bundle| bundle.name == member.name).expect("a bundle for each member");
                let option = |name: &str| PathBuf::from(&bundle.options[name]);
                let writer = Client {
                    machine: bundle.machine.clone(),
                    endpoint: format!("https://{}", SocketAddr::new(member.addresses[0], cluster.port())),
                    anchors: option("ETCD_TRUSTED_CA_FILE"),
                    // etcd dials itself with its server certificate; so it has to be good for a client, too.
                    pair: Some((option("ETCD_CERT_FILE"), option("ETCD_KEY_FILE"))),
                };
                let member = Member {
                    name: member.name.clone(),
                    machine: bundle.machine.clone(),
                    addresses: member.addresses.clone(),
                    options: bundle.options.clone(),
                    flags: Vec::new(),
                };
                (member, writer)
            };
            let (members, writers): (Vec<_>, Vec<_>) = cluster.etcd.members.iter().map(of).unzip();
            let writer = writers.into_iter().next().expect("a member");
            Etcd::start(&scene.sandbox, number, cluster, &members, writer)
        })
        .collect();
    etcds.iter_mut().for_each(Etcd::await_doors);
    etcds
}

/// Starts the etcds of `brownfield-pki.sh`, in the way that `samples/README.md` shows: of one member each, with files that
/// openssl made. The gateway is off, as advised there.
pub(crate) fn from_brownfield(sandbox: &Sandbox, mesh: &mesh::Mesh) -> Vec<Etcd> {
    let start = |(number, cluster): (usize, &mesh::Cluster)| {
        let file = |name: &str| sandbox.path("brownfield").join(&cluster.name).join(name);
        let flag = |name: &str, path: &str| format!("--{name}={}", file(path).display());
        let door = cluster.doors()[0];
        let member = Member {
            name: cluster.name.clone(),
            machine: Machine::default(),
            addresses: vec![door.ip()],
            options: BTreeMap::new(),
            flags: vec![
                flag("cert-file", "server.crt"),
                flag("key-file", "server.key"),
                flag("trusted-ca-file", "server-client-ca.crt"),
                "--client-cert-auth".to_owned(),
                "--enable-grpc-gateway=false".to_owned(),
            ],
        };
        let mut machine = Machine::default();
        for (name, addresses) in &cluster.etcd.host_aliases {
            addresses.iter().for_each(|address| machine.host(&address.to_string(), name));
        }
        let writer = Client {
            machine,
            endpoint: cluster.etcd.endpoints[0].clone(),
            anchors: file("server-ca.crt"),
            pair: Some((file("own-client.crt"), file("own-client.key"))),
        };
        Etcd::start(sandbox, number, cluster, &[member], writer)
    };
    let mut etcds: Vec<_> = mesh.clusters.iter().enumerate().map(start).collect();
    etcds.iter_mut().for_each(Etcd::await_doors);
    etcds
}

impl Etcd {
    fn start(sandbox: &Sandbox, number: usize, cluster: &mesh::Cluster, members: &[Member], writer: Client) -> Self {
        let name = &cluster.name;
        let peers = members.iter().map(|member| format!("{}={}", member.name, member.peer_url())).collect::<Vec<_>>().join(",");
        let stray = SocketAddr::new(IpAddr::from([127, 99, 0, u8::try_from(number).expect("few clusters")]), cluster.port());
        let start = |(index, member): (usize, &Member)| {
            let of_its = member.addresses.iter().map(|address| SocketAddr::new(*address, cluster.port()));
            let doors: Vec<_> = of_its.chain((index == 0).then_some(stray)).collect();
            member.start(sandbox, name, doors, &peers)
        };
        let members = members.iter().enumerate().map(start).collect();
        Self { cluster: name.clone(), stray, writer, members }
    }

    /// How many members have found together.
    pub(crate) fn started(&self) -> usize {
        self.writer.run(&["member", "list"]).lines().filter(|line| line.contains(", started, ")).count()
    }

    /// The first of its addresses.
    pub(crate) fn door(&self) -> SocketAddr {
        self.members[0].doors[0]
    }

    fn await_doors(&mut self) {
        for Running { server, doors } in &mut self.members {
            doors.iter().for_each(|door| server.await_listener(*door));
        }
    }

    /// Demands that no member has ended since it was started.
    pub(crate) fn demand_running(&mut self) {
        self.members.iter_mut().for_each(|member| member.server.demand_running());
    }

    /// What its members have said so far of connections that failed in TLS.
    pub(crate) fn complaints(&self) -> String {
        let logs = self.members.iter().map(|member| member.server.log()).collect::<String>();
        logs.lines().filter(|line| line.contains("rejected connection") && line.contains("tls: ")).collect::<Vec<_>>().join("\n")
    }

    /// How many of the complaints are of `reason`.
    pub(crate) fn complaints_of(&self, reason: &str) -> usize {
        self.complaints().lines().filter(|line| line.contains(reason)).count()
    }

    /// Waits until there are more complaints of `reason` than `before`.
    pub(crate) fn await_complaint(&self, reason: &str, before: usize) {
        let deadline = Instant::now() + LONG_ENOUGH;
        while self.complaints_of(reason) <= before {
            assert!(Instant::now() < deadline, "the etcd of {} never says `{reason}`, but: {}", self.cluster, self.complaints());
            thread::sleep(PAUSE);
        }
    }
}

impl Member {
    /// Where other members find it: with TLS, if its bundle has that.
    fn peer_url(&self) -> String {
        let scheme = if self.options.contains_key("ETCD_PEER_CERT_FILE") { "https" } else { "http" };
        format!("{scheme}://{}", SocketAddr::new(self.addresses[0], PEER_PORT))
    }

    fn start(&self, sandbox: &Sandbox, cluster: &str, doors: Vec<SocketAddr>, peers: &str) -> Running {
        let data = sandbox.path("etcd").join(format!("{cluster}.{}", self.name));
        let clients: Vec<_> = doors.iter().map(|door| format!("https://{door}")).collect();
        let mut command = self.machine.command("etcd");
        command.envs(&self.options).args(&self.flags);
        Place { name: &self.name, clients: &clients, peer: &self.peer_url(), cluster: peers, data: &data }.add_to(&mut command);
        Running { server: Server::start(&mut command, data.with_extension("log")), doors }
    }
}
