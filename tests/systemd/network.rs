//! A network of machines: a bridge here, and an interface `eth0` on each of them. For a test in a network namespace of its own.

use crate::support::tool;
use crate::systemd::machine::Machine;

/// A bridge that all machines are connected to.
pub(crate) struct Network {
    connected: usize,
}

impl Network {
    /// A bridge with an address of `10.0.0.0/8`: that of the machine where the mesh was generated.
    pub(crate) fn new(address: &str) -> Self {
        for words in ["link add mesh type bridge", &format!("address add {address}/8 dev mesh"), "link set mesh up"] {
            tool("ip", "iproute2", words.split(' '));
        }
        Self { connected: 0 }
    }

    /// Gives a machine its interface with an address.
    pub(crate) fn connect(&mut self, machine: &Machine, address: &str) {
        self.connected += 1;
        let (port, init) = (format!("port{}", self.connected), machine.init());
        for words in [
            format!("link add {port} type veth peer name eth0 netns {init}"),
            format!("link set {port} master mesh"),
            format!("link set {port} up"),
        ] {
            tool("ip", "iproute2", words.split(' '));
        }
        // As systemd's sysctl.d/50-default.conf has it: an address stays when the one before it goes.
        let promote = "echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries";
        tool("nsenter", "util-linux", ["--target", &init.to_string(), "--net", "sh", "-c", promote]);
        machine.ok(&format!("ip link set lo up && ip link set eth0 up && ip address add {address}/8 dev eth0"));
    }
}
