//! What is left to ship and to do: what targets are not known to have, in whichever run it was written.

use serde_json::{Value, json};

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Scene, strings};
use crate::installer::mesh::{MESH, moved, three};
use crate::support::receipts::{manifest_of_users, receipt_line, record_everything, unit};

/// Three clusters, everything installed as it was written first.
fn installed(text: &str) -> Scene {
    let scene = Scene::new(text);
    record_everything(&scene.sandbox, 1);
    scene
}

/// A receipt of a bundle as it was written last.
fn record(scene: &Scene, bundle: &str, counter: u64, due: &[&str]) {
    let receipt = receipt_line(&scene.bundle(bundle).manifest(), &unit(bundle), counter, due);
    scene.sandbox.write("receipts.txt", &receipt);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
}

/// The waves of the plan, by name.
fn waves(scene: &Scene) -> Value {
    let plan = scene.plan(&[]);
    let waves = plan["waves"].as_array().expect("waves");
    waves.iter().map(|wave| (wave["wave"].as_str().expect("a name").to_owned(), wave.clone())).collect()
}

/// What the plan lists to ship, by wave.
fn shipped(scene: &Scene) -> Value {
    let waves = waves(scene);
    let waves = waves.as_object().expect("waves").iter();
    waves.map(|(name, wave)| (name.clone(), wave["ship"].clone())).collect()
}

/// The steps of a wave in the plan.
fn steps(scene: &Scene, name: &str) -> Value {
    waves(scene)[name]["steps"].clone()
}

fn three_clusters() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)])
}

/// The waves were once what the last run changed, so a second run forgot what the first had not shipped.
#[test]
fn a_bundle_stays_in_its_wave_until_it_is_recorded() {
    let scene = installed(&three_clusters());
    assert_eq!(shipped(&scene), json!({}), "everything is there");
    scene.change(&edit(&three_clusters(), "10.0.3.1:2379", "10.0.3.1:2479"), &["--node", "b/n2"]);
    let nodes = ["a/nodes/n1.tar.gz", "a/nodes/n2.tar.gz", "b/nodes/n1.tar.gz", "b/nodes/n2.tar.gz"];
    assert_eq!(scene.wave("nodes")["ship"], json!(nodes), "one is written, four have changed");
    scene.generate(&[]);
    let of_users = scene.wave("users");
    assert_eq!((scene.wave("nodes")["ship"].clone(), of_users["ship"].clone()), (json!(nodes), json!(["c/etcd/etcd-auth.sh"])));
    record(&scene, "b/nodes/n2", 2, &[]);
    assert_eq!(shipped(&scene)["nodes"], json!(nodes[..3]));
    let said = scene.sandbox.ok(&["plan"]).stdout;
    assert!(said.contains("nothing to do") && said.contains("of 15 bundles, 4 are not known to be installed"), "{said}");
    record_everything(&scene.sandbox, 3);
    assert_eq!(shipped(&scene), json!({}));
    assert!(!scene.sandbox.ok(&["plan"]).stdout.contains("not known"));
}

/// A run that is killed after it has recorded what it writes has an index of the run before.
#[test]
fn a_run_that_wrote_nothing_loses_no_wave() {
    let scene = installed(&three_clusters());
    let before = scene.out();
    scene.change(&edit(&three_clusters(), "10.0.3.1:2379", "10.0.3.1:2479"), &[]);
    let waves = scene.index()["waves"].clone();
    assert_eq!(waves.as_array().map(Vec::len), Some(2), "{waves:#}");
    std::fs::remove_dir_all(scene.sandbox.path("out")).expect("it is there");
    for (path, (_, bytes)) in before {
        let file = scene.sandbox.path("out").join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bytes).expect("a file");
    }
    scene.generate(&[]);
    assert_eq!(scene.index()["waves"], waves);
}

#[test]
fn users_are_listed_until_their_script_is_recorded() {
    let named = "    clientName: \"remote-{cluster}.{node}\"\n  nodes: [n1, n2]";
    let per_node = three_clusters().replace("  nodes: [n1, n2]", named);
    let scene = installed(&per_node);
    let more = per_node.replacen("[n1, n2]", "[n1, n2, n3]", 1);
    scene.change(&more, &[]);
    assert_eq!(scene.wave("users")["users"], json!({ "b": ["remote-a.n3"], "c": ["remote-a.n3"] }));
    let again = more.replacen("[n1, n2]", "[n1, n2, n9]", 1);
    scene.change(&again, &[]);
    let users = scene.wave("users")["users"].clone();
    assert_eq!(users["a"], json!(["remote-b.n9"]), "a's etcd has all others");
    assert_eq!(strings(&users["c"])[0], "remote-b.n9", "what this run adds comes first");
    assert!(strings(&users["c"]).contains(&"remote-a.n3"), "{users}");
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "c/users"]);
    assert!(waves(&scene)["users"]["users"]["c"].is_null(), "c's has them");
}

/// A user that is to go is listed until the script's receipt says that nothing is left to remove.
#[test]
fn a_withdrawal_is_listed_until_its_receipt_comes() {
    let scene = installed(&three());
    scene.change(&format!("{}links: [[a, b], [b, c]]\n", three()), &["--remove", "a/c"]);
    let users = json!({ "a": ["remote-c"], "c": ["remote-a"] });
    assert_eq!(scene.wave("withdrawal")["users"], users);
    scene.generate(&[]);
    assert_eq!(scene.wave("withdrawal")["users"], users, "a second run forgets nothing");
    let manifest = manifest_of_users(&scene.sandbox, "a");
    let receipt = |due: &[&str], counter| {
        scene.sandbox.write("receipts.txt", &receipt_line(&manifest, "a/users", counter, due));
        scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
        scene.generate(&[]);
        scene.wave("withdrawal")["users"].clone()
    };
    let far = 4_000_000_000;
    assert_eq!(receipt(&["withdrawal"], far), users, "it was run with --add");
    assert_eq!(receipt(&[], far + 1), json!({ "c": ["remote-a"] }));
}

#[test]
fn members_start_together_once_and_change_one_by_one() {
    let members = "members: [{ name: e1, addresses: [10.0.2.1] }, { name: e2, addresses: [10.0.2.2] }]";
    let text = MESH.replace("members: [{ name: etcd-b, addresses: [10.0.2.1] }]", members);
    let scene = Scene::new(&text);
    let start = "./install.sh --restart 'systemctl restart --no-block etcd'";
    let step = |step: &str, command: &str, on: &[&str]| json!({ "step": step, "cluster": "b", "on": on, "command": command });
    assert_eq!(steps(&scene, "members"), json!([step("start-together", start, &["e1", "e2"])]), "a's etcd has one member");
    assert!(scene.sandbox.ok(&["plan", "--out", "new"]).stdout.contains("b: start e1, e2 together, if this etcd is new"));
    record_everything(&scene.sandbox, 1);
    assert_eq!(steps(&scene, "members"), Value::Null);

    scene.change(&text.replace("endpoints: [\"https://10.0.2.1", "endpoints: [\"https://10.0.2.9"), &[]);
    let one = "./install.sh --restart 'systemctl restart etcd'";
    assert_eq!(steps(&scene, "members"), json!([step("one-by-one", one, &["e1", "e2"])]));
    record(&scene, "b/etcd/e1", 2, &["etcd"]);
    let restart = "systemctl restart etcd && /var/lib/meshbundle/member/current/install.sh --receipt";
    assert_eq!(steps(&scene, "members"), json!([step("restart", restart, &["e1"])]), "one is left to install, so in any order");
    record(&scene, "b/etcd/e1", 3, &[]);
    assert_eq!((steps(&scene, "members"), shipped(&scene)["members"].clone()), (Value::Null, json!(["b/etcd/e2.tar.gz"])));
}

#[test]
fn authentication_is_turned_on_once() {
    let scene = Scene::new(MESH);
    let enable = |cluster: &str| {
        let command = format!("{cluster}/etcd/etcd-auth.sh --enable");
        json!({ "step": "enable-authentication", "cluster": cluster, "command": command })
    };
    assert_eq!(steps(&scene, "users"), json!([enable("a"), enable("b")]));
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "a/users"]);
    assert_eq!(steps(&scene, "users"), json!([enable("b")]));
    let foreign = Scene::new(&MESH.replace("localClients: true, ", ""));
    assert_eq!(steps(&foreign, "users"), Value::Null, "its administrator is somebody else's");
}

#[test]
fn a_node_that_left_is_to_be_uninstalled_until_its_receipt_comes() {
    let scene = installed(MESH);
    let manifest = scene.bundle("a/nodes/n1").manifest();
    scene.change(&MESH.replace("[n1, { name: n2, hostname", "[{ name: n2, hostname"), &[]);
    let command = "/var/lib/meshbundle/node/current/install.sh --uninstall";
    let step = json!([{ "step": "uninstall", "cluster": "a", "on": ["n1"], "command": command }]);
    assert_eq!(scene.wave("withdrawal")["steps"], step);
    scene.generate(&[]);
    assert_eq!(scene.wave("withdrawal")["steps"], step, "a second run forgets nothing");
    let said = scene.sandbox.ok(&["plan"]).stdout;
    assert!(said.contains("nothing to do") && said.contains(command), "{said}");
    let removed = json!({ "mesh": "m", "state": manifest["state"], "generation": 0, "digest": manifest["digest"] });
    scene.sandbox.write("receipts.txt", &receipt_line(&removed, "a/node/n1", 9, &[]));
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    assert_eq!(steps(&scene, "withdrawal"), Value::Null);
}

/// A machine that is gone for good prints no receipt.
#[test]
fn a_node_that_is_gone_with_its_machine_is_said_to_be() {
    let scene = installed(MESH);
    scene.change(&MESH.replace("[n1, { name: n2, hostname", "[{ name: n2, hostname"), &[]);
    assert!(steps(&scene, "withdrawal").is_array());
    let listed = || scene.sandbox.ok(&["rollout", "status"]).stdout.contains("a/node/n1");
    assert!(listed());
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "a/node/n1"]);
    assert_eq!(steps(&scene, "withdrawal"), Value::Null);
    assert!(!listed());
}

/// Its machines have bundles of their own from then on: to uninstall there would remove these.
#[test]
fn the_bundle_of_all_machines_is_not_to_be_uninstalled_where_nodes_are_listed() {
    let text = MESH.replace("  nodes: [n1]\n", "");
    let scene = Scene::new(&text);
    scene.change(MESH, &[]);
    assert!(scene.wave("withdrawal").is_null());
    scene.change(&text, &[]);
    let step = &scene.wave("withdrawal")["steps"][0];
    assert_eq!((&step["cluster"], &step["on"]), (&json!("b"), &json!(["n1"])));
}

/// Who records nothing sees all of it each time: to ship it again changes nothing.
#[test]
fn without_a_record_everything_is_listed_and_the_run_is_named() {
    let scene = Scene::new(MESH);
    scene.sandbox.write("mesh.yaml", &moved());
    let said = scene.sandbox.ok(&["plan"]).stdout;
    let ship = said.split("ship in this order").nth(1).expect("waves");
    assert!(ship.contains("b/etcd/etcd-b.tar.gz\n       and 1 written before, not known to be installed"), "{said}");
    assert!(!ship.contains("a/etcd/etcd-a.tar.gz"), "{said}");
}
