//! What `install.sh` says is to do, done as it says: it has to work, and be over, whatever the etcd does.

use crate::environment::machine;
use crate::mesh::MESH;
use crate::support::Sandbox;

#[test]
fn x() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "a", "cilium-agent.service");
    let ran = machine.ok("sh install.sh n1.tar.gz");
    eprintln!("{}", ran.stderr);
    for line in [
        "systemctl daemon-reload && time timeout 3 systemctl restart cilium-agent.service clustermesh-announce.service",
        "journalctl --no-pager -u clustermesh-announce",
        "systemctl show -p StatusText clustermesh-announce",
        "systemctl list-units --no-pager", "ls /sys/fs/cgroup",
    ] {
        let ran = machine.sh(line);
        eprintln!("$ {line}\n{}{}{}", ran.stdout, ran.stderr, ran.status);
    }
    panic!();
}
