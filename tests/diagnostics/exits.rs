//! The exit status: 0 clean, 1 findings, 2 usage or no work done.

use std::fs;

use crate::fixture::one;
use crate::support::{Sandbox, sample};

#[test]
fn a_clean_mesh_is_0() {
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    assert_eq!(sandbox.ok(&["lint", "mesh.yaml"]).stdout.lines().last(), Some("mesh.yaml: no findings"));
    sandbox.ok(&["lint", "mesh.yaml", "--deny-warnings"]);
    let report = sandbox.ok(&["lint", "mesh.yaml", "--format", "json"]).json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn errors_are_1_and_warnings_only_when_denied() {
    assert_eq!(one("CM0105-twice").play(&[]).status, 1);
    assert_eq!(one("CM0405-servers-unknown").play(&[]).status, 0);
    assert_eq!(one("CM0405-servers-unknown").play(&["--deny-warnings"]).status, 1);
    assert_eq!(one("accept-a-warning").play(&[]).status, 0, "accepted warnings are not denied");
    let json = one("CM0405-servers-unknown").play(&["--deny-warnings", "--format", "json"]);
    assert_eq!((json.status, &json.json()["count"]["warnings"]), (1, &1.into()));
}

#[test]
fn what_cannot_be_read_is_2_and_says_why_on_stderr() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("bytes.yaml"), b"mesh: \xff\xfe\n").expect("written");
    fs::create_dir(sandbox.path("folder.yaml")).expect("made");
    for (args, said) in [
        (&["lint", "nowhere.yaml"][..], "nowhere.yaml"),
        (&["lint", "bytes.yaml"], "`bytes.yaml` is not text in UTF-8"),
        (&["lint", "folder.yaml"], "folder.yaml"),
        (&["lint"], "Usage: "),
        (&["lint", "mesh.yaml", "--format", "xml"], "xml"),
        (&["lind", "mesh.yaml"], "lint"),
        (&["explain", "CM9999"], "there is no code `CM9999`"),
    ] {
        let ran = sandbox.run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}\n{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn findings_keep_generate_and_plan_from_everything() {
    let sandbox = Sandbox::with_mesh(&sample("guide-two-clusters.yaml").replace("id: 102", "id: 101"));
    for verb in ["plan", "generate"] {
        let ran = sandbox.run(&[verb, "mesh.yaml", "--out", "out"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{verb}");
        assert!(ran.stderr.contains("error[CM0105]: cluster id 101 of `cluster2` is also that of"), "{}", ran.stderr);
    }
    assert!(!sandbox.path("out").exists() && !sandbox.path("state").exists(), "nothing was made");
}
