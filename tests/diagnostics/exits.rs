//! Exit codes of `lint`, and where its words go. tests/manual has those of all commands.

use std::fs;

use crate::diagnostics::fixture::one;
use crate::support::files::files;
use crate::support::{Ran, Sandbox, sample};

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
fn what_cannot_be_read_is_3_and_a_wrong_command_line_2_and_stderr_says_why() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("bytes.yaml"), b"mesh: \xff\xfe\n").expect("written");
    fs::create_dir(sandbox.path("folder.yaml")).expect("made");
    for (status, args, said) in [
        (3, &["lint", "nowhere.yaml"][..], "`nowhere.yaml` is not there"),
        (3, &["lint"], "help: `meshbundle init` writes one to start from"),
        (3, &["lint", "meshes/mesh.yaml"], "help: `meshbundle init meshes` writes one to start from"),
        (3, &["lint", "bytes.yaml"], "`bytes.yaml` is not text in UTF-8"),
        (3, &["lint", "folder.yaml"], "folder.yaml"),
        (2, &["lint", "mesh.yaml", "--format", "xml"], "xml"),
        (2, &["lind", "mesh.yaml"], "lint"),
        (2, &["plan", "-"], "only `lint` reads a mesh from standard input"),
        (2, &["verify", "--mesh", "-"], "only `lint` reads a mesh from standard input"),
        (2, &["explain", "CM9999"], "there is no code `CM9999`"),
    ] {
        let ran = sandbox.run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{args:?}\n{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

/// From a pipe the findings are the same; what the mesh names is looked for below the working directory.
#[test]
fn lint_reads_a_mesh_from_standard_input() {
    let mut sandbox = Sandbox::new();
    files(&sandbox.path("ca"));
    sandbox.at("2026-11-21");
    let named = "trust:\n  authorities: { corp: { certificate: ca/corp.crt }, lost: { certificate: ca/lost.crt } }\n";
    let mesh = sample("guide-two-clusters.yaml").replace("\ntrust:\n", &format!("\n{named}"));
    sandbox.write("mesh.yaml", &mesh);
    let file = sandbox.run(&["lint", "mesh.yaml"]);
    let mut command = sandbox.command(&["lint", "-"]);
    let ran = Ran::of(command.stdin(fs::File::open(sandbox.path("mesh.yaml")).expect("the mesh")));
    assert_eq!((ran.status, ran.stdout.replace("<stdin>", "mesh.yaml")), (1, file.stdout), "{}", ran.stderr);
    assert!(ran.stdout.contains("--> <stdin>:") && ran.stdout.contains("ca/lost.crt"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("`ca/corp.crt`"), "{}", ran.stdout);
}

/// Quietly, a good mesh says nothing, and a bad one nothing but its findings.
#[test]
fn quiet_prints_findings_only() {
    let good = Sandbox::with_sample("guide-two-clusters.yaml");
    let ran = good.run(&["lint", "-q"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    let bad = one("CM0105-twice");
    let (all, quiet) = (bad.play(&[]), bad.play(&["--quiet"]));
    assert!(quiet.status == 1 && quiet.stdout.starts_with("error[CM0105]") && all.stdout.starts_with(&quiet.stdout));
    assert!(!quiet.stdout.contains("meshbundle explain"), "{}", quiet.stdout);
}

#[test]
fn findings_keep_generate_and_plan_from_everything() {
    let sandbox = Sandbox::with_mesh(&sample("guide-two-clusters.yaml").replace("id: 102", "id: 101"));
    for verb in ["plan", "generate"] {
        let ran = sandbox.run(&[verb]);
        assert_eq!((ran.status, ran.stderr.as_str()), (1, ""), "{verb}");
        assert!(ran.stdout.contains("error[CM0105]: cluster id 101 of `cluster2` is also the id of"), "{}", ran.stdout);
        let json = sandbox.run(&[verb, "--format", "json"]);
        assert_eq!((json.status, &json.json()["findings"][0]["code"]), (1, &"CM0105".into()), "{verb}");
    }
    assert!(!sandbox.path("out").exists() && !sandbox.path("state").exists(), "nothing was made");
}
