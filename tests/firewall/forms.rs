//! The same list in each form, read by other programs: Python's csv, firewalld, nft.

use std::collections::BTreeSet;
use std::process::Command;

use crate::firewall::scene::MESH;
use crate::support::{Sandbox, tool};

const READ: &str = "import csv, json, sys\nprint(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='')))))";

#[test]
fn a_sheet_has_every_line_with_every_address() {
    let sandbox = Sandbox::with_mesh(MESH);
    let report = sandbox.ok(&["firewall", "--format", "json"]).json();
    sandbox.write("list.csv", &sandbox.ok(&["firewall", "--format", "csv"]).stdout);
    let path = sandbox.path("list.csv");
    let read = tool("python3", "python3", ["-c", READ, path.to_str().expect("text")]);
    let rows: serde_json::Value = serde_json::from_str(&read).expect("JSON");
    let (rows, lines) = (rows.as_array().expect("rows"), report["lines"].as_array().expect("lines"));
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(lines) {
        let party = &report["parties"][line["to"].as_str().expect("text")];
        let words: Vec<&str> = row["to addresses"].as_str().expect("text").split(' ').collect();
        let addresses = party["addresses"].as_array().expect("a list").iter().map(|net| net.as_str().expect("text"));
        let addresses: Vec<&str> = addresses.map(|net| net.trim_end_matches("/32").trim_end_matches("/128")).collect();
        assert_eq!(words, addresses, "{row:#}");
        assert_eq!((&row["why"], &row["source"], &row["to cluster"]), (&line["why"], &line["source"], &party["cluster"]));
        let number = line["number"].as_u64().map(|number| number.to_string()).unwrap_or_default();
        assert_eq!(row["port"], number.as_str());
        let is_ping = line["protocol"] == "icmp";
        assert_eq!(is_ping, row["protocol"] == "icmp echo-request", "all of ICMP is not asked for: {row:#}");
    }
    // Markdown has as many rows, and each has as many cells as its head.
    let page = sandbox.ok(&["firewall", "--format", "md"]).stdout;
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    let sections = page.lines().filter(|line| line.starts_with("## ") && *line != "## Not in the mesh").count();
    assert_eq!(rows.len(), lines.len() + 2 * sections, "{page}");
    assert!(rows.iter().all(|row| row.matches(" | ").count() == 6), "{page}");
}

/// Who has no place in a list is not taken for his cluster, and a ruleset says whom it leaves out.
#[test]
fn what_is_chosen_is_what_is_printed() {
    let sandbox = Sandbox::with_mesh(MESH);
    for selector in ["rome/helm", "oslo/operator", "oslo/users", "rome/n1"] {
        let ran = sandbox.run(&["firewall", "--for", selector]);
        assert!(ran.status == 2 && ran.stderr.contains("CLUSTER/node/NAME or CLUSTER/member/NAME"), "{selector}: {}", ran.stderr);
    }
    let rules =
        |more: &[&str]| sandbox.ok(&[&["firewall", "--format", "nft", "--for", "oslo/member/e1"][..], more].concat()).stdout;
    let dropped = "administrators, dropped: `--admin` names none";
    assert!(rules(&[]).contains(dropped) && !rules(&["--admin", "10.9.0.5"]).contains(dropped));
    // Where nodes are not known, others may pass, and so may administrators.
    let unknown = Sandbox::with_mesh(&MESH.replace("nodeCIDRs: [10.2.0.0/24, \"fd00:2::/64\"], ", ""));
    let open = unknown.ok(&["firewall", "--format", "nft", "--for", "oslo/member/e1"]).stdout;
    let of_clients = open.split("\n\n").find(|lines| lines.contains("tcp dport 2379")).expect("lines of the port");
    assert!(of_clients.contains("cannot tell") && !of_clients.contains(dropped), "{open}");
}

/// firewalld reads the policy, finds nothing wrong, and has the same rules as the table.
#[test]
fn firewalld_reads_its_policy() {
    // Two hyphens end a comment of XML, and may be in a name.
    let sandbox = Sandbox::with_mesh(&MESH.replace("name: rome", "name: rome--2"));
    let policy = sandbox.ok(&["firewall", "--format", "firewalld", "--for", "oslo/member/e1", "--admin", "10.9.0.0/28"]).stdout;
    sandbox.write("firewalld/policies/meshbundle.xml", &policy);
    sandbox.write("firewalld/firewalld.conf", "DefaultZone=public\n");
    let folder = sandbox.path("firewalld");
    let ask = |what: &str| {
        let mut command = Command::new("firewall-offline-cmd");
        let ran = command.arg("--system-config").arg(&folder).arg(what).output().expect("firewalld is installed: `make tools`");
        let said = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).expect("text"));
        (ran.status.success(), said[0].clone(), said[1].clone())
    };
    // It calls a file with rules that it passes over good, and warns.
    let (good, _, complaints) = ask("--check-config");
    assert!(good && complaints.is_empty(), "{complaints}");
    let (good, info, _) = ask("--info-policy=meshbundle");
    assert!(good && info.contains("target: CONTINUE") && info.contains("egress-zones: HOST"), "{info}");
    let read: BTreeSet<&str> = info.lines().map(str::trim).filter(|line| line.starts_with("rule ")).collect();
    assert_eq!(read.len(), policy.lines().filter(|line| line.contains("<rule ")).count(), "{info}");
    for rule in [
        r#"rule priority="-10" family="ipv4" source address="10.2.0.0/24" port port="2379" protocol="tcp" accept"#,
        r#"rule priority="-10" family="ipv4" source address="10.9.0.0/28" port port="2380" protocol="tcp" accept"#,
        r#"rule priority="-10" family="ipv6" source address="fd00:2::/64" port port="51871" protocol="udp" accept"#,
        r#"rule priority="-10" family="ipv4" source address="10.2.0.0/24" protocol value="esp" accept"#,
        r#"rule priority="-10" family="ipv6" source address="fd00:2::/64" icmp-type name="echo-request" accept"#,
        r#"rule priority="10" family="ipv6" port port="2379" protocol="tcp" drop"#,
    ] {
        assert!(read.contains(rule), "{rule}\n{info}");
    }
    // A file that is wrong is noticed: the judge judges.
    sandbox.write("firewalld/policies/meshbundle.xml", &policy.replace("port=\"2379\"", "port=\"99999\""));
    assert!(ask("--check-config").2.contains("INVALID_PORT"));
}

/// Of a machine that is several of the mesh's, the rules are one.
#[test]
fn a_member_on_a_node_has_the_rules_of_both() {
    let sandbox = Sandbox::with_mesh(MESH);
    let rules = |units: &[&str]| {
        let units: Vec<&str> = units.iter().flat_map(|unit| ["--for", unit]).collect();
        sandbox.ok(&[&["firewall", "--format", "nft"], &units[..]].concat()).stdout
    };
    let body = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&rules(&["oslo/node/n1"])), body(&rules(&["oslo/member/e1"])), "they have one address");
    assert!(!rules(&["oslo/node/n2"]).contains("dport 2379") && !rules(&["oslo/member/e2"]).contains("dport 8472"));
    let both = rules(&["oslo/node/n2", "oslo/member/e2"]);
    assert!(both.contains("dport 2379") && both.contains("dport 8472"), "{both}");
}

#[test]
fn a_ruleset_is_for_one_machine_of_the_mesh() {
    let sandbox = Sandbox::with_mesh(MESH);
    for (words, said) in [
        (&["--format", "nft"][..], "--for CLUSTER/node/NAME"),
        (&["--format", "firewalld", "--for", "oslo"], "`oslo/node/NAME`"),
        (&["--for", "oslo/node/n9"], "the mesh has no `oslo/node/n9`"),
        (&["--for", "lima"], "the mesh has no `lima`"),
        (&["--for", "oslo/node"], "CLUSTER/node/NAME"),
        (&["--check"], "--for"),
        (&["--check", "--for", "oslo/node/n1", "--format", "csv"], "--format json"),
        (&["--admin", "nowhere"], "write an address"),
    ] {
        let ran = sandbox.run(&[&["firewall"], words].concat());
        assert_eq!((ran.status, ran.stderr.contains(said)), (2, true), "{words:?}: {}", ran.stderr);
    }
}
