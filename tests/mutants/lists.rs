//! Meshes in which one list is very long, and each item is a finding or is compared with the others.

/// Items of the list.
const ITEMS: usize = 50_000;

/// A list: its name, and the mesh that has it.
type List = (&'static str, fn() -> String);

pub(crate) const LISTS: [List; 14] = [
    ("equal endpoints", || mesh("", &repeated("https://10.1.1.1:2379"), "")),
    ("endpoints without https", || mesh("", &repeated("http://10.1.1.1:2379"), "")),
    ("endpoints on the loopback", || mesh("", &each(|n| format!("https://127.{}:2379", tail(n))), "")),
    ("endpoints that are no member's", || {
        mesh("", &each(|n| format!("https://10.{}:2379", tail(n))), "members: [{ name: m, addresses: [192.0.2.1] }]")
    }),
    ("overlapping CIDRs", || mesh(&format!("podCIDRs: {}", each(|n| format!("10.0.0.0/{}", 8 + n % 24))), ENDPOINT, "")),
    ("CIDRs with host bits", || mesh(&format!("podCIDRs: {}", each(|n| format!("10.{}/8", tail(n)))), ENDPOINT, "")),
    ("equal nodes", || mesh(&format!("nodes: {}", repeated("n")), ENDPOINT, "")),
    ("unused aliases", || mesh("", ENDPOINT, &format!("hostAliases: {}", map(|n| format!("x{n}.example: [10.0.0.1]"))))),
    ("an alias's addresses", || {
        mesh("", ENDPOINT, &format!("hostAliases: {{ x.example: {} }}", each(|n| format!("127.{}", tail(n)))))
    }),
    ("equal members", || mesh("", ENDPOINT, &format!("members: {}", repeated("{ name: m, addresses: [10.0.0.1] }")))),
    ("names of a front", || {
        mesh("", ENDPOINT, &format!("front: {{ kind: sni, names: {} }}", each(|n| format!("10.{}", tail(n)))))
    }),
    ("endpoints for readers", || mesh("", ENDPOINT, &format!("endpointsFor: {{ b: {} }}", repeated("https://127.0.0.1:2379")))),
    ("endpoints for clusters that are absent", || {
        mesh("", ENDPOINT, &format!("endpointsFor: {}", map(|n| format!("b{n}: {ENDPOINT}"))))
    }),
    ("accepted findings", || {
        mesh("", ENDPOINT, "") + &format!("accept: {}\n", repeated("{ code: CM0405, at: nowhere, reason: none }"))
    }),
];

const ENDPOINT: &str = "[https://10.1.1.1:2379]";

fn mesh(cluster: &str, endpoints: &str, etcd: &str) -> String {
    format!(
        "version: 1\nmesh: m\nclusters:\n- name: a\n  id: 1\n  {cluster}\n  etcd:\n    endpoints: {endpoints}\n    {etcd}\n\
         - {{ name: b, id: 2, nodes: [n], etcd: {{ endpoints: [https://10.2.1.1:2379] }} }}\n"
    )
}

fn each(item: impl Fn(usize) -> String) -> String {
    format!("[{}]", (0..ITEMS).map(item).collect::<Vec<_>>().join(", "))
}

fn map(entry: impl Fn(usize) -> String) -> String {
    format!("{{ {} }}", (0..ITEMS).map(entry).collect::<Vec<_>>().join(", "))
}

fn repeated(item: &str) -> String {
    each(|_| item.to_owned())
}

/// The last three parts of an address.
fn tail(n: usize) -> String {
    format!("{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255)
}
