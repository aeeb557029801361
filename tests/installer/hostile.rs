//! Archives that someone else has made, handed to a script that is trusted: nothing is written but where bundles write.

use std::fs;
use std::path::{Path, PathBuf};

use crate::installer::mesh::MESH;
use crate::installer::node::{Node, in_each_shell};
use crate::support::{Ran, tool};

/// Packs `top` anew, with checksums that fit.
fn packed(node: &Node, top: &Path, more: &[&str]) -> PathBuf {
    let sums = tool(
        "sh",
        "dash",
        [
            "-c",
            "cd \"$1\" && find . -type f ! -name SHA256SUMS | sed 's,^./,,' | xargs -d '\\n' sha256sum >.sums && sed 's,  \\./,  ,; /\\.sums$/d' .sums >SHA256SUMS; rm .sums",
            "sh",
            top.to_str().expect("text"),
        ],
    );
    assert!(sums.is_empty());
    let archive = node.sandbox.path("hostile.tar.gz");
    let folder = top.parent().expect("a folder").to_str().expect("text");
    let name = top.file_name().expect("a name").to_str().expect("text");
    let words = [&["-czPf", archive.to_str().expect("text"), "-C", folder], more, &[name]].concat();
    tool("tar", "tar", words);
    archive
}

fn hostile(node: &Node, archive: &Path) -> Ran {
    let script = node.unpacked("a/nodes/n1").join("install.sh");
    let root = node.root();
    let ran = Ran::of(&mut node.command(&script, &["--root", root.to_str().expect("text"), archive.to_str().expect("text")]));
    assert!(node.tree().is_empty(), "{:?}", node.tree().keys());
    ran
}

#[test]
fn files_that_no_bundle_has_are_refused() {
    in_each_shell(MESH, |node| {
        for path in [
            "payload/etc/passwd",
            "payload/etc/cron.d/x",
            "payload/etc/systemd/system/sshd.service.d/50-clustermesh.conf",
            "payload/etc/etcd/clustermesh/server.key",
            "payload/var/lib/clustermesh/evil",
            "payload/var/lib/clustermesh/b.etcd-client.key.sh",
            "options/other",
            "extra.sh",
        ] {
            let top = node.unpacked("a/nodes/n1");
            fs::create_dir_all(top.join(path).parent().expect("a parent")).expect("folders");
            fs::write(top.join(path), "evil").expect("written");
            let ran = hostile(node, &packed(node, &top, &[]));
            assert!(ran.status == 1 && ran.said("is not a file of a bundle"), "{path}: {} {}", ran.status, ran.stderr);
        }
    });
}

#[test]
fn a_manifest_that_points_elsewhere_is_refused() {
    in_each_shell(MESH, |node| {
        for (from, to) in [
            ("\"configDir\": \"/var/lib/clustermesh\"", "\"configDir\": \"/etc/../var/lib/clustermesh\""),
            ("\"configDir\": \"/var/lib/clustermesh\"", "\"configDir\": \"/etc\""),
            ("\"generation\": 1", "\"generation\": \"$(touch x)\""),
            ("\"generation\": 1", "\"generation\": 1,\n  \"floor\": 2"),
            ("\"generation\": 1", "\"generation\": 1,\n  \"floor\": \"$(touch x)\""),
            ("\"kind\": \"node\"", "\"kind\": \"other\""),
            ("\"format\": 1", "\"format\": 2"),
            ("\"unit\": \"cilium-agent.service\"", "\"unit\": \"../../x\""),
            ("\"configDir\": \"/var/lib/clustermesh\"", "\"configDir\": \"/etc/cron.d\""),
            ("\"removedLinks\": []", "\"removedLinks\": [\n    \"../../../../../precious\"\n  ]"),
            ("\"removedLinks\": []", "\"removedLinks\": [\n    \"sub/west\"\n  ]"),
            ("\"name\": \"b\"", "\"name\": \"../b\""),
        ] {
            let top = node.unpacked("a/nodes/n1");
            let manifest = fs::read_to_string(top.join("manifest.json")).expect("a manifest");
            assert!(manifest.contains(from), "{manifest}");
            fs::write(top.join("manifest.json"), manifest.replace(from, to)).expect("written");
            let ran = hostile(node, &packed(node, &top, &[]));
            assert_eq!(ran.status, 1, "{to}: {}", ran.stderr);
        }
    });
}

#[test]
fn links_paths_outside_and_other_kinds_are_refused() {
    in_each_shell(MESH, |node| {
        let outside = node.sandbox.path("outside");
        fs::write(&outside, "x").expect("written");
        let outside = outside.to_str().expect("text");
        for more in [vec![outside], vec!["--transform=s,manifest,../../manifest,"], vec!["--transform=s,^,/tmp/x/,"]] {
            let top = node.unpacked("a/nodes/n1");
            let ran = hostile(node, &packed(node, &top, &more));
            // Busybox takes the slash away that leads out, and what is left is no bundle.
            assert!(
                ran.status == 1
                    && (ran.said("outside it") || ran.said("does not unpack into one folder") || ran.said("is not a bundle")),
                "{more:?}: {} {}",
                ran.status,
                ran.stderr
            );
        }
        for (tool_name, words) in [("ln", vec!["-s", "/etc"]), ("mkfifo", vec![])] {
            let top = node.unpacked("a/nodes/n1");
            let archive = {
                let at = top.join("payload/x");
                let words = words.iter().copied().chain([at.to_str().expect("text")]);
                tool(tool_name, "coreutils", words.collect::<Vec<_>>());
                packed(node, &top, &[])
            };
            let ran = hostile(node, &archive);
            assert!(
                ran.status == 1 && (ran.said("has a link") || ran.said("neither a file nor a folder")),
                "{tool_name}: {}",
                ran.stderr
            );
        }
        let top = node.unpacked("a/nodes/n1");
        fs::write(top.join("payload/var/lib/clustermesh/b"), "* * * * * root touch /x\n").expect("written");
        let ran = hostile(node, &packed(node, &top, &[]));
        assert!(ran.status == 1 && ran.said("is not an etcd client config"), "{}", ran.stderr);
        for garbage in ["", "no archive"] {
            let archive = node.sandbox.path("garbage.tar.gz");
            fs::write(&archive, garbage).expect("written");
            let ran = hostile(node, &archive);
            assert!(ran.status == 1, "{}", ran.stderr);
        }
    });
}

/// Gigabytes were unpacked before anything was checked. The limits are those of `verify`.
#[test]
fn archives_that_unpack_to_gigabytes_are_refused_before_they_are_unpacked() {
    let kinds = [
        ("more than 64 MiB", "head -c 70000000 /dev/zero >a.n1/x && tar -czf h.tar.gz a.n1"),
        ("more than 64 MiB", "head -c 70000000 /dev/urandom >a.n1/x && tar -cf - a.n1 | gzip -1 >h.tar.gz"),
        ("more than a hundred times its size", "head -c 16000000 /dev/zero >a.n1/x && tar -czf h.tar.gz a.n1"),
        (
            "more than 64 deep",
            "cd a.n1 && for level in $(seq 1500); do mkdir d && cd d; done && cd \"$1\" && tar -czf h.tar.gz a.n1",
        ),
        ("has a file of 17000000 bytes", "head -c 17000000 /dev/urandom >a.n1/x && tar -cf - a.n1 | gzip -1 >h.tar.gz"),
        ("has a file of 99999999999 bytes", "truncate -s 99999999999 a.n1/x && tar -Sczf h.tar.gz a.n1"),
        (
            "more than 20000 entries",
            "od -An -tx1 -N 320016 /dev/urandom | while read name; do : >\"a.n1/$name\"; done && tar -cf - a.n1 | gzip -1 >h.tar.gz",
        ),
    ];
    in_each_shell(MESH, |node| {
        for (number, (words, make)) in kinds.into_iter().enumerate() {
            let folder = node.sandbox.path(format!("made-{number}"));
            fs::create_dir_all(folder.join("a.n1")).expect("folders");
            let folder = folder.to_str().expect("text");
            tool("sh", "dash", ["-c", &format!("cd \"$1\" && {make}"), "sh", folder]);
            let ran = hostile(node, &Path::new(folder).join("h.tar.gz"));
            // Busybox knows no sparse files.
            let sparse = make.starts_with("truncate") && ran.said("cannot be unpacked");
            assert!(ran.status == 1 && (ran.said(words) || sparse), "{words}: {} {}", ran.status, ran.stderr);
        }
    });
}

/// Shells count no further than some digits, and take 08 for octal.
#[test]
fn generations_ids_and_names_out_of_bounds_are_refused() {
    in_each_shell(MESH, |node| {
        for (from, to) in [
            ("\"generation\": 1", "\"generation\": 08"),
            ("\"generation\": 1", "\"generation\": -1"),
            ("\"generation\": 1", "\"generation\": 99999999999999999999"),
            ("\"generation\": 1", "\"generation\": ../../1"),
            ("\"generation\": 1", "\"generation\": one"),
            ("    \"id\": 1", "    \"id\": 01"),
            ("    \"id\": 1", "    \"id\": 65536"),
            ("    \"id\": 1", "    \"id\": ../1"),
            ("\"node\": \"n1\"", "\"node\": \"../n1\""),
            ("\"node\": \"n1\"", "\"node\": \"--reference=x\""),
            ("\"node\": \"n1\"", "\"node\": \"-n1\""),
            ("\"mesh\": \"m\"", "\"mesh\": \"..\""),
            ("\"name\": \"b\"", "\"name\": \"-b\""),
            ("\"configDir\": \"/var/lib/clustermesh\"", "\"configDir\": \"var/lib/clustermesh\""),
        ] {
            let top = node.unpacked("a/nodes/n1");
            let manifest = fs::read_to_string(top.join("manifest.json")).expect("a manifest");
            assert!(manifest.contains(from), "{manifest}");
            fs::write(top.join("manifest.json"), manifest.replace(from, to)).expect("written");
            let ran = hostile(node, &packed(node, &top, &[]));
            let words = [
                " is not valid",
                " is not a file of a bundle",
                "cannot be a clustermesh directory",
                "has no valid generation",
                "this is the bundle of ``",
            ];
            assert!(ran.status == 1 && words.iter().any(|words| ran.said(words)), "{to}: {}", ran.stderr);
        }
    });
}

/// Escapes in names moved the cursor of root's terminal, and a new line in one faked a line of the report.
#[test]
fn control_characters_in_names_are_made_visible() {
    let is_plain = |ran: &Ran| ran.stderr.chars().all(|letter| letter == '\n' || (' '..='~').contains(&letter));
    let name = "x\u{1b}[2J\rdone: generation 1\u{7}\u{202e}";
    in_each_shell(MESH, |node| {
        let top = node.unpacked("a/nodes/n1");
        fs::write(top.join("payload").join(name), "evil").expect("written");
        let ran = hostile(node, &packed(node, &top, &[]));
        assert!(ran.status == 1 && is_plain(&ran), "{:?}", ran.stderr);
        fs::write(top.join("payload").join(name), "evil").expect("written");
        let ran = Ran::of(&mut node.command(&top.join("install.sh"), &["--root", node.root().to_str().expect("text")]));
        assert!(ran.status == 1 && is_plain(&ran), "{:?}", ran.stderr);
        assert!(ran.said("x\\033[2J\\015done: generation 1\\007\\342\\200\\256"), "{:?}", ran.stderr);
        node.write(&format!("var/lib/clustermesh/a\n{name}"), "endpoints: [https://10.9.9.9:2379]\n");
        let ran = node.install("a/nodes/n1", &["--dry-run"]);
        assert!(ran.status == 0 && is_plain(&ran) && ran.said("a\\012x\\033[2J"), "{:?}", ran.stderr);
    });
}
