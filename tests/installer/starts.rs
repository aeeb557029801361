//! How a member's etcd is started: what the installer says of it, before it touches anything, is what etcd does.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::installer::mesh::MESH;
use crate::installer::node::{Node, found, in_each_shell};
use crate::support::ports::free_port;

const MEMBER: &str = "a/etcd/etcd-a";
const UNIT: &str = "etc/systemd/system/etcd.service";
const OURS: &str = "EnvironmentFile=/etc/etcd/clustermesh/etcd.env\n";
/// The bundle's files by flags, as a user may have given them.
const FLAGS: &str = "--cert-file=/etc/etcd/clustermesh/server.crt -key-file /etc/etcd/clustermesh/server.key \
    --trusted-ca-file=/etc/etcd/clustermesh/client-ca.crt --client-cert-auth";
/// The same in a config file.
const TLS: &str = "client-transport-security:\n  cert-file: /etc/etcd/clustermesh/server.crt\n  key-file: '/etc/etcd/clustermesh/server.key'\n  \
    trusted-ca-file: /etc/etcd/clustermesh/client-ca.crt # theirs\n  client-cert-auth: true\n";

/// Files of a machine, and what the installer says where it refuses.
type Case = (Vec<(&'static str, String)>, Option<&'static str>);

/// What an etcd makes of the bundle.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Uses,
    Ignores,
    EndsAtOnce,
}

/// A way to start an etcd: its unit's lines, `/etc/default/etcd`, and its config file. `{client}` is where it listens.
struct Start {
    unit: String,
    defaults: &'static str,
    config: String,
    outcome: Outcome,
    /// What the installer says, where it is not used.
    said: &'static str,
}

fn start(unit: &str, defaults: &'static str, outcome: Outcome, said: &'static str) -> Start {
    Start { unit: unit.to_owned(), defaults, config: String::new(), outcome, said }
}

fn starts() -> Vec<Start> {
    use Outcome::{EndsAtOnce, Ignores, Uses};
    let shadowed = "etcd would not start: `etcd.service` sets";
    let unread = "`etcd.service` does not read it";
    let command = "ExecStart=/usr/bin/etcd\n";
    let by_file = |tls: &str, more: &str, outcome, said| Start {
        config: format!("listen-client-urls: {{client}}\nadvertise-client-urls: {{client}}\n{tls}"),
        ..start(&format!("{OURS}{more}"), "", outcome, said)
    };
    vec![
        start(&format!("{OURS}{command}"), "", Uses, ""),
        start(&format!("{OURS}ExecStart=/usr/bin/etcd --cert-file=/x\n"), "", EndsAtOnce, shadowed),
        start(&format!("{OURS}ExecStart=/usr/bin/etcd -key-file /x\n"), "", EndsAtOnce, shadowed),
        start(&format!("{OURS}ExecStart=/usr/bin/etcd --client-cert-auth\n"), "", EndsAtOnce, shadowed),
        start(&format!("{OURS}ExecStart=/usr/bin/etcd {FLAGS}\n"), "", EndsAtOnce, shadowed),
        start(
            &format!("EnvironmentFile=/etc/default/etcd\n{OURS}ExecStart=/usr/bin/etcd $DAEMON_ARGS\n"),
            "DAEMON_ARGS=\"--trusted-ca-file=/x\"\n",
            EndsAtOnce,
            shadowed,
        ),
        start(&format!("ExecStart=/usr/bin/etcd {FLAGS}\n"), "", Uses, ""),
        start(command, "", Ignores, unread),
        start(
            "ExecStart=/usr/bin/etcd --cert-file=/etc/etcd/clustermesh/server.crt --key-file=/etc/etcd/clustermesh/server.key\n",
            "",
            Ignores,
            unread,
        ),
        start(
            &format!("EnvironmentFile=/etc/default/etcd\n{command}"),
            "ETCD_CERT_FILE=/etc/etcd/clustermesh/server.crt\nETCD_KEY_FILE='/etc/etcd/clustermesh/server.key'\n\
             ETCD_TRUSTED_CA_FILE=\"/etc/etcd/clustermesh/client-ca.crt\"\nETCD_CLIENT_CERT_AUTH=true\n",
            Uses,
            "",
        ),
        start(
            &format!("{OURS}EnvironmentFile=-/etc/default/etcd\n{command}"),
            "ETCD_CLIENT_CERT_AUTH=false\n",
            Ignores,
            "sets other values for `ETCD_CLIENT_CERT_AUTH`",
        ),
        start(&format!("EnvironmentFile=/etc/default/etcd\n{OURS}{command}"), "ETCD_CLIENT_CERT_AUTH=false\n", Uses, ""),
        start(&format!("{OURS}EnvironmentFile=\n{command}"), "", Ignores, unread),
        by_file(
            "",
            "ExecStart=/usr/bin/etcd --config-file=/etc/etcd/conf.yaml\n",
            Ignores,
            "with the config file `/etc/etcd/conf.yaml`",
        ),
        by_file(
            "",
            "ExecStart=/usr/bin/etcd --config-file /etc/etcd/conf.yaml --cert-file=/x\n",
            Ignores,
            "with the config file",
        ),
        by_file(
            "",
            "Environment=ETCD_CONFIG_FILE=/etc/etcd/conf.yaml\nExecStart=/usr/bin/etcd\n",
            Ignores,
            "with the config file",
        ),
        by_file(TLS, "ExecStart=/usr/bin/etcd --config-file=/etc/etcd/conf.yaml\n", Uses, ""),
        start(
            &format!("Environment=ETCD_LISTEN_CLIENT_URLS={{plain}}\n{OURS}{command}"),
            "",
            Ignores,
            "listens for clients on `http://127.0.0.1:",
        ),
    ]
}

fn filled(text: &str, client: &str) -> String {
    text.replace("{client}", client).replace("{plain}", &client.replace("https", "http"))
}

impl Start {
    /// Its files on the node.
    fn write(&self, node: &Node, client: &str) {
        let head = format!("[Service]\nEnvironment=ETCD_LISTEN_CLIENT_URLS={client} \"ETCD_ADVERTISE_CLIENT_URLS={client}\"\n");
        node.write(UNIT, &format!("{head}{}", filled(&self.unit, client)));
        node.write("etc/default/etcd", self.defaults);
        node.write("etc/etcd/conf.yaml", &filled(&self.config, client));
    }

    /// What etcd makes of it, with the bundle installed; systemd's part is played by a shell.
    fn judge(&self, node: &Node, client: &str) -> Outcome {
        let root = node.sandbox.path("root");
        symlink(node.root(), &root).expect("a link");
        let here = |text: &str| text.replace("/etc/etcd/", &format!("{}/etc/etcd/", root.display()));
        node.write("etc/etcd/conf.yaml", &here(&filled(&self.config, client)));
        let peer = address("http");
        let mut script = format!("export ETCD_LISTEN_CLIENT_URLS={client} ETCD_ADVERTISE_CLIENT_URLS={client}\n");
        let config = [
            ("data-dir", "data"),
            ("listen-peer-urls", &peer),
            ("initial-advertise-peer-urls", &peer),
            ("initial-cluster", &format!("default={peer}")),
        ];
        for (option, value) in config {
            script += &format!("export ETCD_{}={value}\n", option.replace('-', "_").to_uppercase());
            if !self.config.is_empty() {
                let text = node.read("etc/etcd/conf.yaml");
                node.write("etc/etcd/conf.yaml", &format!("{text}{option}: {value}\n"));
            }
        }
        let exports = |text: &str| {
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            lines.map(|line| format!("export {line}\n")).collect::<String>()
        };
        let mut files = String::new();
        let mut command = String::new();
        for line in filled(&self.unit, client).lines() {
            match line.split_once('=').expect("a setting") {
                ("Environment", value) => script += &exports(&here(value)),
                ("EnvironmentFile", "") => files.clear(),
                ("EnvironmentFile", path) if path.ends_with("etcd.env") => {
                    files += &exports(&here(&node.read("etc/etcd/clustermesh/etcd.env")));
                }
                ("EnvironmentFile", _) => files += &exports(&here(self.defaults)),
                (_, words) => command = format!("exec {}\n", here(words)),
            }
        }
        // Files come after variables, whatever their order.
        let mut etcd = Command::new("sh");
        etcd.args(["-c", &format!("{script}{files}{command}")]).current_dir(node.sandbox.path("."));
        let mut etcd = etcd.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a shell");
        let log = BufReader::new(etcd.stderr.take().expect("its log"));
        let mut seen = String::new();
        let (mut trusts, mut serves) = (false, None);
        for line in log.lines().map(|line| line.expect("text")) {
            trusts |= line.contains("ClientTLS: cert = ")
                && line.contains("/clustermesh/server.crt")
                && line.contains("/client-ca.crt, client-cert-auth = true");
            if line.contains("serving client requests") || line.contains("serving insecure client requests") {
                serves = Some(!line.contains("insecure"));
                break;
            }
            seen += &format!("{line}\n");
        }
        let _ = etcd.kill();
        etcd.wait().expect("it ends");
        match serves {
            Some(tls) if tls && trusts => Outcome::Uses,
            Some(_) => Outcome::Ignores,
            None if seen.contains("conflicting environment variable") => Outcome::EndsAtOnce,
            // It listens with TLS, and has not seen that there is any.
            None if seen.contains("must be provided for client url") => Outcome::Ignores,
            None => panic!("etcd ends for another reason: {}\n{seen}", self.unit),
        }
    }
}

fn address(scheme: &str) -> String {
    format!("{scheme}://127.0.0.1:{}", free_port())
}

#[test]
fn verdicts_about_a_start_match_etcd() {
    found("etcd", "etcd-server");
    in_each_shell(MESH, |node| {
        for start in starts() {
            let (node, client) = (node.named("n1"), address("https"));
            start.write(&node, &client);
            if start.outcome == Outcome::Uses {
                node.installed(MEMBER, &["--any-host"], "changed=yes restart=etcd");
            } else {
                node.refused(MEMBER, &["--any-host"], start.said);
                node.refused(MEMBER, &["--any-host", "--dry-run"], start.said);
                node.installed(MEMBER, &["--any-host", "--any-etcd"], "changed=yes restart=etcd");
            }
            assert_eq!(start.judge(&node, &client), start.outcome, "{}{}{}", start.unit, start.defaults, start.config);
        }
    });
}

/// What is refused is right once it is as the help says.
#[test]
fn the_help_of_a_refusal_works_when_it_is_pasted() {
    in_each_shell(MESH, |node| {
        node.write(UNIT, "[Service]\nEnvironment=ETCD_LISTEN_CLIENT_URLS=https://10.0.1.1:2379\nExecStart=/usr/bin/etcd\n");
        let ran = node.install(MEMBER, &["--any-host"]);
        let line = ran.stderr.lines().find_map(|line| line.strip_prefix("help: ")).expect("a help");
        // The root's name has a quote in it; `/` has none.
        let line = line.replace(node.root().to_str().expect("text"), ".");
        let pasted = Command::new("sh").args(["-c", &line]).current_dir(node.root()).status().expect("a shell");
        assert!(pasted.success(), "{line}");
        node.installed(MEMBER, &["--any-host"], "changed=yes restart=etcd");

        let node = node.named("n1");
        node.write(UNIT, "[Service]\nExecStart=/usr/bin/etcd --config-file=/etc/etcd/conf.yaml\n");
        node.write("etc/etcd/conf.yaml", "name: etcd-a\n");
        let ran = node.install(MEMBER, &["--any-host"]);
        let lines = ran.stderr.lines().skip_while(|line| !line.starts_with("help: ")).skip(1);
        let lines: Vec<&str> = lines.take_while(|line| line.starts_with("    ") || line.ends_with("security:")).collect();
        let text: String = lines.iter().map(|line| format!("{}\n", line.strip_prefix("  ").expect("indented"))).collect();
        node.write("etc/etcd/conf.yaml", &format!("name: etcd-a\n{text}"));
        assert!(text.contains("  client-cert-auth: true\n"), "{}", ran.stderr);
        node.installed(MEMBER, &["--any-host"], "changed=yes restart=etcd");
    });
}

/// As systemd finds the pieces of a unit, wherever they are.
#[test]
fn a_unit_is_read_with_its_drop_ins() {
    let plain = "[Service]\nEnvironment=ETCD_LISTEN_CLIENT_URLS=https://10.0.1.1:2379\nExecStart=/usr/bin/etcd\n";
    let flagged = plain.replace("/etcd\n", "/etcd \\\n  # why\n  --name=a \\\n  --cert-file=/x\n");
    let reads = format!("[Service]\n{OURS}");
    let drop_in = "etc/systemd/system/etcd.service.d/50-mesh.conf";
    let shadowed = Some("etcd would not start");
    let unread = Some("does not read it");
    let cases: Vec<Case> = vec![
        (vec![("lib/systemd/system/etcd.service", plain.into()), (drop_in, reads.clone())], None),
        (vec![("lib/systemd/system/etcd.service", flagged.clone()), (drop_in, reads.clone())], shadowed),
        // A drop-in gives it another command; the file in /etc hides the one in /lib.
        (
            vec![
                ("lib/systemd/system/etcd.service", flagged.clone()),
                (drop_in, format!("{reads}ExecStart=\nExecStart=-/usr/bin/etcd --name=a\n")),
            ],
            None,
        ),
        (vec![("lib/systemd/system/etcd.service", flagged.clone()), (UNIT, plain.into()), (drop_in, reads.clone())], None),
        // A drop-in of the same name in /etc hides ours in /run; one that comes later takes it back.
        (
            vec![
                (UNIT, plain.into()),
                ("run/systemd/system/etcd.service.d/50-mesh.conf", reads.clone()),
                (drop_in, "[Service]\n".into()),
            ],
            unread,
        ),
        (
            vec![
                (UNIT, plain.into()),
                (drop_in, reads.clone()),
                ("run/systemd/system/etcd.service.d/60.conf", "[Service]\nEnvironmentFile=\n".into()),
            ],
            unread,
        ),
        (vec![(UNIT, plain.into()), ("usr/lib/systemd/system/service.d/10.conf", reads.clone())], None),
        // Debian's way of naming a file, and Fedora's of starting it.
        (
            vec![
                (
                    UNIT,
                    plain.replace(
                        "ExecStart=/usr/bin/etcd",
                        &format!("EnvironmentFile=-/etc/default/%p\n{OURS}ExecStart=/usr/bin/etcd $DAEMON_ARGS"),
                    ),
                ),
                ("etc/default/etcd", "DAEMON_ARGS='--key-file=/x'\n".into()),
            ],
            shadowed,
        ),
        (
            vec![
                (UNIT, plain.replace("/usr/bin/etcd", "/bin/bash -c \"GOMAXPROCS=$(nproc) /usr/bin/etcd --cert-file=/x\"")),
                (drop_in, reads.clone()),
            ],
            shadowed,
        ),
        (
            vec![
                ("etc/systemd/system/etcd@.service", plain.replace("/etcd\n", "/etcd --name=%i\n")),
                ("etc/systemd/system/etcd@.service.d/1.conf", reads.clone()),
            ],
            None,
        ),
        // In a container only what it is given counts.
        (
            vec![
                (UNIT, plain.replace("/usr/bin/etcd", "/usr/bin/docker run --name etcd quay.io/coreos/etcd:v3.5.9")),
                (drop_in, reads.clone()),
            ],
            unread,
        ),
        (
            vec![(
                UNIT,
                plain.replace(
                    "/usr/bin/etcd",
                    "/usr/bin/podman run --env-file /etc/etcd/clustermesh/etcd.env quay.io/coreos/etcd:v3.5.9 etcd",
                ),
            )],
            None,
        ),
        // Not an etcd; and of two, the one that reads it is the member's.
        (
            vec![("etc/systemd/system/etcd-backup.service", "[Service]\nExecStart=/usr/bin/etcdctl snapshot save /x\n".into())],
            None,
        ),
        (vec![("etc/systemd/system/again.service", "[Service]\nExecStart=/bin/systemctl restart etcd\n".into())], None),
        (vec![(UNIT, plain.into()), ("etc/systemd/system/mesh-etcd.service", format!("{plain}{OURS}"))], None),
        (vec![(UNIT, plain.into()), ("etc/systemd/system/mesh-etcd.service", format!("{flagged}{OURS}"))], shadowed),
    ];
    in_each_shell(MESH, |node| {
        for (files, said) in &cases {
            let node = node.named("n1");
            files.iter().for_each(|(path, text)| node.write(path, text));
            judge(&node, *said, &format!("{files:?}"));
        }
    });
}

#[test]
fn a_service_of_compose_is_read_with_its_files() {
    let service = |lines: &str| {
        format!(
            "services:\n  cilium-agent:\n    image: x\n    depends_on: [etcd]\n  cilium-etcd:\n    image: ${{ETCD_IMAGE}}\n{lines}"
        )
    };
    let ours = "    env_file: etc/etcd/clustermesh/etcd.env\n";
    let listed = "    env_file:\n    - other.env\n    - ./etc/etcd/clustermesh/etcd.env\n";
    let etcd = "    entrypoint: [etcd]\n";
    let config = "    command:\n    - etcd\n    - --config-file=/conf/etcd.yaml\n    volumes:\n    - ./conf:/conf:ro\n";
    let file = "docker-compose.yaml";
    let shadowed = Some("etcd would not start: the service `cilium-etcd` sets `--cert-file`");
    let cases: Vec<Case> = vec![
        (vec![(file, service(&format!("{etcd}{ours}")))], None),
        (vec![(file, service(&format!("{etcd}{listed}")))], None),
        (vec![(file, service(etcd))], Some("the service `cilium-etcd` does not read it")),
        (vec![(file, service(&format!("    entrypoint: [etcd, \"--cert-file=/x\"]\n{ours}")))], shadowed),
        (vec![(file, service(&format!("    command: etcd --cert-file /x\n{ours}")))], shadowed),
        (
            vec![
                (file, service(&format!("{etcd}{ours}"))),
                ("compose.override.yaml", service("    command: [--cert-file=/x]\n")),
            ],
            shadowed,
        ),
        (
            vec![(file, service(&format!("{etcd}{ours}    environment:\n      ETCD_CLIENT_CERT_AUTH: \"false\"\n")))],
            Some("sets other values for `ETCD_CLIENT_CERT_AUTH`"),
        ),
        (
            vec![(file, service(&format!("{etcd}    environment: {{ ETCD_CLIENT_CERT_AUTH: \"false\" }}\n{ours}")))],
            Some("sets other values for"),
        ),
        (
            vec![(file, service(&format!("{etcd}{ours}    environment:\n    - ETCD_CONFIG_FILE=/conf.yaml\n")))],
            Some("with the config file `/conf.yaml`"),
        ),
        (
            vec![(file, service(&format!("{config}{ours}"))), ("conf/etcd.yaml", "name: a\n".into())],
            Some("with the config file `/conf/etcd.yaml`"),
        ),
        (vec![(file, service(config)), ("conf/etcd.yaml", TLS.into())], None),
        (
            vec![(file, service(&format!("{etcd}{ours}    environment:\n      ETCD_LISTEN_CLIENT_URLS: http://0.0.0.0:2379\n")))],
            Some("listens for clients on `http://0.0.0.0:2379`"),
        ),
        (vec![(file, "services:\n  cilium-agent:\n    image: x\n    depends_on: [etcd]\n".into())], None),
        (
            vec![
                (file, "services: {}\n".into()),
                (".env", "COMPOSE_FILE=a.yaml:etcd.yaml\n".into()),
                ("etcd.yaml", service(etcd)),
            ],
            Some("does not read it"),
        ),
    ];
    in_each_shell(MESH, |node| {
        for (files, said) in &cases {
            let node = node.named("n1");
            files.iter().for_each(|(path, text)| node.write(path, text));
            judge(&node, *said, &format!("{files:?}"));
        }
        // What the lines of the service do not have may come from where its anchor is: nobody refuses for that.
        let node = node.named("n1");
        node.write(
            file,
            "x-etcd: &etcd\n  env_file: etc/etcd/clustermesh/etcd.env\nservices:\n  etcd:\n    <<: *etcd\n    command: etcd\n",
        );
        let ran = node.installed(MEMBER, &["--any-host"], "changed=yes restart=etcd");
        assert!(ran.said("warning: the service `etcd` takes settings from elsewhere"), "{}", ran.stderr);
    });
}

fn judge(node: &Node, said: Option<&str>, what: &str) {
    let ran = node.install(MEMBER, &["--any-host", "--dry-run"]);
    assert_eq!((ran.status, said.is_none_or(|said| ran.said(said))), (i32::from(said.is_some()), true), "{what}\n{}", ran.stderr);
    assert!(said.is_some() || !ran.said("would"), "{what}\n{}", ran.stderr);
}

/// A member that runs gets its renewed certificates, however it is started; only where it would not start again is it refused.
#[test]
fn a_member_that_is_installed_is_warned() {
    in_each_shell(MESH, |node| {
        let ran = node.installed(MEMBER, &["--any-host"], "changed=yes restart=etcd");
        assert!(ran.said("note: no unit or service in ") && ran.said("starts an etcd"), "{}", ran.stderr);
        node.write(UNIT, "[Service]\nExecStart=/usr/bin/etcd\n");
        let ran = node.installed(MEMBER, &["--any-host"], "changed=no restart=none");
        assert!(ran.said("warning: etcd would ignore"), "{}", ran.stderr);
        node.write(UNIT, &format!("[Service]\n{OURS}ExecStart=/usr/bin/etcd --cert-file=/x\n"));
        node.refused(MEMBER, &["--any-host"], "etcd would not start");
        node.installed(MEMBER, &["--uninstall"], "changed=yes restart=etcd");
    });
}
