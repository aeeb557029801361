//! In each file that is read, in its name, and in the command line.

use std::fs;

use crate::secrets::material::Key;
use crate::support::{Sandbox, tree};

#[test]
fn a_key_that_is_linted_as_a_mesh() {
    let sandbox = Sandbox::new();
    for key in Key::all() {
        for (form, text) in key.forms() {
            sandbox.write("a.yaml", &text);
            for command in [&["lint", "a.yaml"][..], &["lint", "a.yaml", "--format", "json"], &["generate", "a.yaml"]] {
                key.is_hidden(&format!("{command:?} {form}"), &sandbox.run(command));
            }
        }
    }
}

/// As the name of a Secret's key, as its value in each field, and where nothing of the kind belongs.
#[test]
fn a_key_in_a_secret_of_kubernetes() {
    let sandbox = Sandbox::new();
    let places: [fn(&str) -> String; 6] = [
        |text| format!("data:\n  oslo: {}\n", text.trim()),
        |text| format!("data:\n  oslo: {}\n", serde_json::json!(text)),
        |text| format!("stringData:\n  oslo: |\n{}", text.lines().map(|line| format!("    {line}\n")).collect::<String>()),
        |text| format!("stringData:\n  {}: 7\n", serde_json::json!(text)),
        |text| format!("{}: 7\ndata: {}\n", serde_json::json!(text), serde_json::json!(text)),
        |text| format!("data: {text}\n"),
    ];
    for key in Key::all() {
        for (form, text) in key.forms() {
            for place in places {
                let head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cilium-clustermesh\n";
                sandbox.write("secrets.yaml", &format!("{head}{}", place(&text)));
                for command in [&["verify", "secrets.yaml"][..], &["verify", "secrets.yaml", "--format", "json"]] {
                    key.is_hidden(&format!("{command:?} {form}"), &sandbox.run(command));
                }
            }
        }
    }
}

#[test]
fn a_key_in_the_command_line() {
    let sandbox = Sandbox::new();
    let mut number = 0;
    for key in Key::all() {
        for (form, text) in key.forms() {
            let text = text.trim();
            let commands: [&[&str]; 13] = [
                &["lint", text],
                &["lint", "--format", text],
                &[text],
                &["verify", text],
                &["verify", "--mesh", text],
                &["verify", "--at", text],
                &["probe", text],
                &["explain", text],
                &["generate", text],
                &["generate", "--out", text, "--remove", text],
                &["completions", text],
                &["announce", "--cluster-name", text],
                &["announce", "--check", "--cluster-name", "a", "--cluster-id", "1", "--etcd-config", text],
            ];
            // Each form with some of the commands, each command with many of the forms.
            number += 1;
            for command in commands.iter().skip(number % 4).step_by(4) {
                key.is_hidden(&format!("{form}: {:?}", command.first()), &sandbox.run(command));
            }
        }
    }
}

/// Each file of a bundle, of the output folder and of the state, with a key in place of it and behind it.
#[test]
fn a_key_in_each_file_that_is_read() {
    let keys = Key::all();
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&[]);
    let bundle = sandbox.unpack("cluster1/nodes/node1");
    let member = sandbox.unpack("cluster2/etcd/etcd1");
    let mut count = 0;
    for folder in [bundle, member, sandbox.path("state"), sandbox.path("out")] {
        for (path, (_, good)) in tree(&folder) {
            let at = folder.join(&path);
            for behind in [false, true] {
                count += 1;
                let key = &keys[count % keys.len()];
                let forms = key.forms();
                let (form, text) = &forms[count % forms.len()];
                let bytes = if behind { [&good[..], b"\n", text.as_bytes(), b"\n"].concat() } else { text.clone().into_bytes() };
                fs::write(&at, bytes).expect("written");
                let (folder, what) = (folder.to_str().expect("text"), format!("{form} in {path}"));
                let of_bundle = folder.contains("unpacked");
                let commands: &[&[&str]] = if of_bundle {
                    &[&["verify", folder], &["verify", folder, "--format", "json"], &["probe", folder, "--timeout", "1"]]
                } else {
                    &[&["plan"], &["plan", "--format", "json"], &["verify"], &["generate"]]
                };
                for command in commands {
                    key.is_hidden(&format!("{command:?} {what}"), &sandbox.run(command));
                }
                fs::write(&at, &good).expect("written");
            }
        }
    }
    assert!(count > 60, "{count}");
}
