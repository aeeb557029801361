//! A test alone in the world: the test program starts itself once more, for that one test, in network, mount and process
//! namespaces of its own. Whoever dies first, the rest of the family dies too, and temporary files live in a file system
//! that ends with the namespace.

use std::collections::BTreeSet;
use std::env;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::tool;

/// Tells the second start of the program that it is inside.
pub(crate) const INSIDE: &str = "MESHBUNDLE_TEST_INSIDE";

/// What the tests run, and the Debian package that has it.
const TOOLS: [(&str, &str); 11] = [
    ("etcd", "etcd-server"),
    ("etcdctl", "etcd-client"),
    ("ip", "iproute2"),
    ("mount", "mount"),
    ("openssl", "openssl"),
    ("setpriv", "util-linux"),
    ("sh", "dash"),
    ("sha256sum", "coreutils"),
    ("gzip", "gzip"),
    ("tar", "tar"),
    ("unshare", "util-linux"),
];

/// Loopback is up, and `TMPDIR` is a file system of its own, before the test begins.
const BEGIN: &str = r#"ip link set lo up; mount -t tmpfs none "$TMPDIR"; exec "$@""#;

/// Plays the test called `name`, its path below the crate, in namespaces of its own.
pub(crate) fn alone(name: &str, test: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return test();
    }
    demand_tools();
    let temporary = TempDir::new().expect("a temporary folder");
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"]);
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["sh", "-ec", BEGIN, "sh"]).arg(env::current_exe().expect("this program"));
    command.args(["--exact", name, "--nocapture", "--test-threads", "1"]);
    let output = command.env(INSIDE, "1").env("TMPDIR", temporary.path()).output().expect("setpriv was found");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // A name that is no test's would run none, and succeed.
    let passed = output.status.success() && said.contains("1 passed");
    assert!(passed, "{name}, in namespaces of its own: {}\n{said}\n{complained}", output.status);
}

/// Gives the machine more addresses. Those of 127.0.0.0/8 are there already. Who dials an IPv4 address comes from 127.0.0.1: by
/// itself the kernel would have him come from the address that he dials, which is in no peer's certificate but that peer's
/// (`checkCertSAN` in etcd's `transport/listener_tls.go`).
pub(crate) fn add_addresses(addresses: impl IntoIterator<Item = IpAddr>) {
    let addresses: BTreeSet<_> = addresses.into_iter().filter(|address| !address.is_loopback()).collect();
    for address in addresses {
        let words = match address {
            IpAddr::V4(_) => format!("route add local {address} dev lo table local src 127.0.0.1"),
            // Without duplicate address detection it can be bound at once.
            IpAddr::V6(_) => format!("address add {address}/128 dev lo nodad"),
        };
        tool("ip", "iproute2", words.split(' '));
    }
}

fn demand_tools() {
    let path = env::var_os("PATH").unwrap_or_default();
    let there =
        |tool: &str| env::split_paths(&path).chain([Path::new("/usr/sbin").into()]).any(|folder| folder.join(tool).is_file());
    let missing: Vec<_> = TOOLS.iter().filter(|(tool, _)| !there(tool)).collect();
    let packages: BTreeSet<_> = missing.iter().map(|(_, package)| *package).collect();
    let packages = packages.into_iter().collect::<Vec<_>>().join(" ");
    assert!(missing.is_empty(), "missing: {missing:?}; install with: apt-get install {packages}");
}
