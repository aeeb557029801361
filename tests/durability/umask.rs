//! Whatever the umask: nobody else reads a key, and who ran it once can run it again.

use crate::durability::disk::Disk;
use crate::durability::scene::{mesh, with_umask};
use crate::support::{Ran, Sandbox};

/// The last three take rights from the owner, too; the superuser does not need them, so the run must end well for it.
const UMASKS: [&str; 7] = ["000", "002", "022", "077", "0277", "0477", "0777"];

#[test]
fn hides_every_key() {
    let superuser = rustix::process::geteuid().is_root();
    for umask in UMASKS {
        let sandbox = Sandbox::with_mesh(&mesh(1..=3));
        let words = ["generate", "mesh.yaml", "--out", "out", "--create-authorities", "--unpack"];
        let run = |umask: &str| Ran::of(&mut with_umask(&sandbox.command(&words), umask));
        let ran = run(umask);
        let owner_may = umask.len() == 3;
        assert!(ran.status == 0 || (ran.status == 3 && !owner_may && !superuser), "umask {umask}: {}", ran.stderr);
        if ran.status == 0 {
            Disk::new(&sandbox.path("")).judge_clean();
            assert_eq!(run("022").status, 0, "umask {umask}, then 022");
            Disk::new(&sandbox.path("")).judge_clean();
        }
    }
}

/// A state that others may read is refused, not mended in silence: what they have read, they have.
#[test]
fn does_not_open_a_state() {
    let sandbox = Sandbox::with_mesh(&mesh(1..=3));
    sandbox.generate(&[]);
    for mode in ["750", "701", "707"] {
        crate::support::tool("chmod", "coreutils", [mode.as_ref(), sandbox.path("state").as_os_str()]);
        let ran = sandbox.run(&["generate", "mesh.yaml", "--out", "out"]);
        assert_eq!(ran.status, 3, "{mode}");
        assert!(ran.stderr.contains("`state`") && ran.stderr.contains("`chmod -R go= state`"), "{}", ran.stderr);
    }
}
