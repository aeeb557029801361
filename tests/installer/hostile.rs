//! Archives that someone else has made, handed to a script that is trusted: nothing is written but where bundles write.

use std::fs;
use std::path::{Path, PathBuf};

use crate::mesh::MESH;
use crate::node::{Node, in_each_shell};
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
            assert!(ran.status == 1 && ran.said("is no file of a bundle"), "{path}: {} {}", ran.status, ran.stderr);
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
fn links_ways_out_and_other_kinds_are_refused() {
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
                    && (ran.said("out of it") || ran.said("does not unpack into one folder") || ran.said("is no bundle")),
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
                ran.status == 1 && (ran.said("has a link") || ran.said("neither file nor folder")),
                "{tool_name}: {}",
                ran.stderr
            );
        }
        let top = node.unpacked("a/nodes/n1");
        fs::write(top.join("payload/var/lib/clustermesh/b"), "* * * * * root touch /x\n").expect("written");
        let ran = hostile(node, &packed(node, &top, &[]));
        assert!(ran.status == 1 && ran.said("is no config of a cluster"), "{}", ran.stderr);
        for garbage in ["", "no archive"] {
            let archive = node.sandbox.path("garbage.tar.gz");
            fs::write(&archive, garbage).expect("written");
            let ran = hostile(node, &archive);
            assert!(ran.status == 1, "{}", ran.stderr);
        }
    });
}
