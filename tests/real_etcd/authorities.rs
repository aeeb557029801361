//! Authorities as they are found in the wild, each with an etcd whose servers and clients it signs.

use std::fmt::Write;

use crate::real_etcd::etcd::{self, Etcd};
use crate::real_etcd::etcdctl::Client;
use crate::real_etcd::scene::Scene;
use crate::real_etcd::strangers::{Reason, Stranger, UNKNOWN_AUTHORITY, refused, usual};
use crate::real_etcd::{agreement, readers};
use crate::support::Sandbox;
use crate::support::fixture::{self, Fixture};
use crate::support::namespaces::alone;

/// Reads all others, and is read by them.
const HUB: &str = "kubeadm";
/// The one that is not a root.
const SUB_CA: &str = "sub-ca";

#[test]
fn each_signs_for_an_etcd_that_works() {
    alone("real_etcd::authorities::each_signs_for_an_etcd_that_works", || {
        let fixtures = fixture::all();
        let sandbox = Sandbox::with_mesh(&mesh(&fixtures));
        bring(&fixtures, &sandbox);

        let scene = Scene::play(sandbox, &[]);
        agreement::judge(&scene);
        let mut etcds = etcd::from_bundles(&scene);
        assert_eq!(etcds.len(), fixtures.len());
        etcds.iter().for_each(|etcd| etcd.writer.write(&etcd.cluster));
        readers::read_all(&scene);
        etcds.iter().for_each(|etcd| assert_eq!(etcd.complaints(), "", "{}", etcd.cluster));

        let sub_ca = etcds.iter().find(|etcd| etcd.cluster == SUB_CA).expect("a sub-CA among them");
        refused(&[siblings_client(&fixtures, sub_ca)]);
        refused(&etcds.iter().filter(|etcd| etcd.cluster != SUB_CA).flat_map(|etcd| usual(&scene, etcd)).collect::<Vec<_>>());
        etcds.iter_mut().for_each(Etcd::demand_running);
    });
}

/// A cluster for each authority, named after it.
fn mesh(fixtures: &[Fixture]) -> String {
    let mut yaml = "version: 1\nmesh: wild\ncilium: { version: \"1.18\" }\ntrust:\n  authorities:\n".to_owned();
    let names: Vec<_> = fixtures.iter().map(name).collect();
    for name in &names {
        writeln!(yaml, "    {name}: {{ certificate: ca/{name}.crt, key: ca/{name}.key }}").expect("text");
    }
    writeln!(yaml, "links: {{ hub: {HUB} }}\nclusters:").expect("text");
    for (id, name) in (1..).zip(&names) {
        write!(
            yaml,
            "- name: {name}
  id: {id}
  runtime: systemd
  etcd:
    endpoints: [https://127.0.1.{id}:2379]
    authority: {name}
    members: [{{ name: {name}-1, addresses: [127.0.1.{id}] }}]
"
        )
        .expect("text");
    }
    yaml
}

/// Lays the authorities where the mesh says they are.
fn bring(fixtures: &[Fixture], sandbox: &Sandbox) {
    for fixture in fixtures {
        for (file, ending) in [("ca.pem", "crt"), ("ca.key", "key")] {
            sandbox.write(&format!("ca/{}.{ending}", name(fixture)), &fixture.bench.text(file));
        }
    }
}

fn name(fixture: &Fixture) -> String {
    fixture.name.replace('_', "-")
}

/// A client of another intermediate below the root of the sub-CA, with the name of one that has rights.
fn siblings_client<'a>(fixtures: &[Fixture], etcd: &'a Etcd) -> Stranger<'a> {
    let bench = &fixtures.iter().find(|fixture| name(fixture) == SUB_CA).expect("made").bench;
    let words = "-x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30";
    bench.run(&format!(
        "req {words} -config sub.cnf -subj /CN=Sibling -CA root.pem -CAkey root.key -keyout sibling.key -out sibling.pem"
    ));
    bench.write(
        "client.cnf",
        "[req]\ndistinguished_name=name\nx509_extensions=client\n[name]\n[client]\nextendedKeyUsage=clientAuth\n",
    );
    let subject = format!("/CN=remote-{HUB}");
    bench.run(&format!(
        "req {words} -config client.cnf -subj {subject} -CA sibling.pem -CAkey sibling.key -keyout client.key -out client.pem"
    ));
    bench.write("client.crt", bench.text("client.pem") + &bench.text("sibling.pem"));
    bench.run("verify -purpose sslclient -trusted root.pem -untrusted client.crt client.crt");
    let pair = Some((bench.path("client.crt"), bench.path("client.key")));
    Stranger { etcd, client: Client { pair, ..etcd.writer.clone() }, reason: Reason::Client(UNKNOWN_AUTHORITY) }
}
