//! etcd and etcdctl of each generation that members have: 3.4 is the machine's, later ones are built of their Go modules, once,
//! into `target/etcd`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The releases that are built. Debian 12 has 3.4.
const BUILT: [&str; 3] = ["3.5.35", "3.6.16", "3.7.3"];

/// A generation: its minor version, and the folder that its programs are in.
#[derive(Debug, Clone)]
pub struct Generation {
    pub minor: &'static str,
    pub programs: PathBuf,
}

impl Generation {
    pub fn etcd(&self) -> PathBuf {
        self.programs.join("etcd")
    }

    pub fn etcdctl(&self) -> PathBuf {
        self.programs.join("etcdctl")
    }

    /// PATH with these programs first.
    pub fn path(&self) -> String {
        format!("{}:{}", self.programs.display(), std::env::var("PATH").expect("a PATH"))
    }
}

/// All generations, the oldest first.
pub fn generations() -> Vec<Generation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/etcd");
    fs::create_dir_all(&folder).expect("a folder");
    // Another test may be building, too, and so may `make conformance`.
    let lock = File::create(folder.join("lock")).expect("a lock");
    lock.lock().expect("locked");
    let machine = folder.join("3.4");
    fs::create_dir_all(&machine).expect("a folder");
    for program in ["etcd", "etcdctl"] {
        let _ = fs::remove_file(machine.join(program));
        let at = ["/usr/bin", "/usr/local/bin"].map(|folder| Path::new(folder).join(program)).into_iter().find(|at| at.is_file());
        let at = at.expect("etcd and etcdctl; apt-get install etcd-server etcd-client");
        std::os::unix::fs::symlink(at, machine.join(program)).expect("linked");
    }
    let said = Command::new(machine.join("etcd")).arg("--version").output().expect("etcd starts");
    assert!(String::from_utf8_lossy(&said.stdout).contains("etcd Version: 3.4."), "the machine's etcd is of another generation");
    let mut all = vec![Generation { minor: "3.4", programs: machine }];
    all.extend(BUILT.map(|version| Generation { minor: &version[..3], programs: built(&folder, version) }));
    all
}

/// The programs of a release, of Go's module proxy.
fn built(folder: &Path, version: &str) -> PathBuf {
    let programs = folder.join(version);
    let parts = [
        ("etcd", "server/v3", "server/v3/etcdmain", "import \"os\"", "etcdmain.Main(os.Args)"),
        ("etcdctl", "etcdctl/v3", "etcdctl/v3/ctlv3", "", "ctlv3.MustStart()"),
    ];
    for (program, module, package, import, call) in parts {
        let at = programs.join(program);
        if at.is_file() {
            continue;
        }
        let source = folder.join(format!("{program}-{version}"));
        fs::create_dir_all(&source).expect("a folder");
        let module = format!("module built\n\ngo 1.24\n\nrequire go.etcd.io/etcd/{module} v{version}\n");
        fs::write(source.join("go.mod"), module).expect("written");
        let main = format!("package main\n\n{import}\nimport \"go.etcd.io/etcd/{package}\"\n\nfunc main() {{ {call} }}\n");
        fs::write(source.join("main.go"), main).expect("written");
        fs::create_dir_all(&programs).expect("a folder");
        let mut go = Command::new("go");
        go.args(["build", "-mod=mod", "-buildvcs=false", "-ldflags=-s -w", "-o"]).arg(source.join("program")).arg(".");
        let built = go.current_dir(&source).env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local").output().expect("go starts");
        assert!(built.status.success(), "etcd {version}: {}", String::from_utf8_lossy(&built.stderr));
        fs::rename(source.join("program"), at).expect("renamed");
    }
    programs
}
