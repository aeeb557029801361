//! Servers between agents and etcd that terminate TLS, and answer in their own name or not at all.

use std::net::TcpListener;
use std::process::Command;

use crate::probe::balancers::start;
use crate::probe::scene::{Config, Scene, hold};
use crate::support::etcd::Process;
use crate::support::namespaces::alone;
use crate::support::pki::Wish;

const ETCD: &str = "https://127.0.0.1:2379";
const PROXY: &str = "https://127.0.0.1:23790";
const WEB: &str = "https://127.0.0.1:4443";

/// Writes `server`, `nameless`, which is a client without a name, and the CA for a proxy to present and trust.
fn write_credentials(scene: &Scene) {
    let (server, nameless) = (scene.server(), scene.authority.issue(&Wish::named("")));
    for (name, leaf) in [("server", &server), ("nameless", &nameless)] {
        scene.sandbox.write(&format!("{name}.crt"), &leaf.certificate);
        scene.sandbox.write(&format!("{name}.key"), &leaf.key);
    }
    scene.sandbox.write("ca.crt", &scene.authority.certificate);
}

/// A grpc-proxy before the etcd.
fn grpc_proxy(scene: &Scene) -> Process {
    let mut proxy = Command::new("etcd");
    proxy.current_dir(scene.sandbox.path("")).args(["grpc-proxy", "start", "--listen-addr", "127.0.0.1:23790"]);
    proxy.args(["--endpoints", ETCD, "--cert", "nameless.crt", "--key", "nameless.key", "--cacert", "ca.crt"]);
    proxy.args(["--cert-file", "server.crt", "--key-file", "server.key", "--trusted-ca-file", "ca.crt"]);
    start(&mut proxy, "127.0.0.1:23790")
}

/// An nginx that terminates TLS for agents; `rest` is what it does with their requests.
fn web(scene: &Scene, rest: &str) -> Process {
    let here = scene.sandbox.path("");
    let settings = format!(
        "pid {0}/nginx.pid;\nerror_log stderr;\ndaemon off;\nmaster_process off;\nuser root;\nevents {{}}\nhttp {{ access_log off; \
         client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path \
         {0}/s; server {{ listen 127.0.0.1:4443 ssl http2; ssl_certificate {0}/server.crt; ssl_certificate_key \
         {0}/server.key; ssl_client_certificate {0}/ca.crt; ssl_verify_client on; {rest} }} }}\n",
        here.display()
    );
    scene.sandbox.write("nginx.conf", &settings);
    start(Command::new("nginx").arg("-p").arg(&here).arg("-c").arg(here.join("nginx.conf")), "127.0.0.1:4443")
}

#[test]
fn a_proxy_and_a_web_server_cannot_answer() {
    alone("probe::proxies::a_proxy_and_a_web_server_cannot_answer", || {
        let scene = Scene::new();
        let etcd = scene.etcd();
        let _beat = etcd.beat();
        etcd.user("reader", &["cilium/*"]);
        etcd.enable_auth();
        for (name, id) in [("proxy", 1), ("web", 2), ("besideproxy", 3), ("besideweb", 4)] {
            etcd.announce(name, &format!("{{\"id\":{id}}}"));
        }
        write_credentials(&scene);
        let _proxy = grpc_proxy(&scene);
        let _web = web(&scene, &format!("root {}/none;", scene.sandbox.path("").display()));
        let client = scene.client("reader");
        let endpoints: [(&str, &[&str]); 4] =
            [("proxy", &[PROXY]), ("web", &[WEB]), ("besideproxy", &[ETCD, PROXY]), ("besideweb", &[ETCD, WEB])];
        for (name, endpoints) in endpoints {
            scene.add(&Config::new(name, endpoints, &client));
        }
        let links = scene.links(&[]);
        hold(&links, &[("proxy", "CM0812"), ("web", "CM0820"), ("besideproxy", "CM0812"), ("besideweb", "CM0820")]);
        let says = |name: &str, word: &str| links[name]["message"].as_str().is_some_and(|text| text.contains(word));
        assert!(says("proxy", "grpc-proxy") && says("web", "404 Not Found"), "{:#}", links["web"]);
    });
}

/// Agents take the id of the etcd from every answer. The second watch behind a grpc-proxy gets one without.
#[test]
fn a_grpc_proxy_answers_watches_in_its_own_name() {
    alone("probe::proxies::a_grpc_proxy_answers_watches_in_its_own_name", || {
        let scene = Scene::new();
        let etcd = scene.etcd();
        let _beat = etcd.beat();
        etcd.announce("proxy", r#"{"id":1}"#);
        write_credentials(&scene);
        let _proxy = grpc_proxy(&scene);
        scene.add(&Config::new("proxy", &[PROXY], &scene.client("reader")));
        hold(&scene.links(&[]), &[("proxy", "CM0834")]);
        // Agents before 1.16 do not look at the id.
        hold(&scene.links(&["--cilium", "1.15"]), &[("proxy", "ready")]);
    });
}

/// An agent waits for such an etcd for ever: it lists the keys once, and never learns what changes.
#[test]
fn a_proxy_that_passes_no_watch_on_is_not_ready() {
    alone("probe::proxies::a_proxy_that_passes_no_watch_on_is_not_ready", || {
        let scene = Scene::new();
        let etcd = scene.etcd();
        let _beat = etcd.beat();
        etcd.announce("web", r#"{"id":1}"#);
        write_credentials(&scene);
        let _takes_and_answers_nothing = TcpListener::bind("127.0.0.1:4444").expect("a free port");
        let passes = "grpc_ssl_certificate nameless.crt; grpc_ssl_certificate_key nameless.key; location / { grpc_pass \
                      grpcs://127.0.0.1:2379; }";
        let passes = passes.replace("nameless", &scene.sandbox.path("nameless").display().to_string());
        let holds = "location /etcdserverpb.Watch/ { grpc_pass grpc://127.0.0.1:4444; }";
        scene.add(&Config::new("web", &[WEB], &scene.client("reader")));
        let running = web(&scene, &passes);
        hold(&scene.links(&[]), &[("web", "ready")]);
        drop(running);
        let _running = web(&scene, &format!("{passes} {holds}"));
        let links = scene.links(&["--timeout", "3"]);
        hold(&links, &[("web", "CM0821")]);
        assert!(links["web"]["message"].as_str().is_some_and(|text| text.contains("confirms no watch")), "{:#}", links["web"]);
    });
}
