//! Rows on what certificates may be used for, and on extensions.

use crate::chain_judges::row::Row;
use crate::support::workshop::{CA, LEAF, Workshop};

pub(crate) fn rows() -> Vec<Row> {
    let w = Workshop::new();
    [usages(&w), extensions(&w)].into_iter().flatten().collect()
}

fn usages(w: &Workshop) -> Vec<Row> {
    let root = w.authority("root", None, CA);
    let leaf = |usage: &str| {
        let line = if usage.is_empty() { String::new() } else { format!("extendedKeyUsage={usage}\n") };
        w.leaf(&root, &LEAF.replace("extendedKeyUsage=serverAuth,clientAuth\n", &line))
    };
    let authority = |usage: &str, issuer| {
        let made = w.authority(usage, issuer, &format!("{CA}extendedKeyUsage={usage}\n"));
        let leaf = w.leaf(&made, LEAF);
        (made, leaf)
    };
    let (server, client, none, other) = (leaf("serverAuth"), leaf("clientAuth"), leaf(""), leaf("codeSigning"));
    let any = leaf("anyExtendedKeyUsage");
    let unknown = leaf("1.2.3.4");
    let (servers, by_servers) = authority("serverAuth", None);
    let (servers_between, by_servers_between) = authority("serverAuth,1.2.3", Some(&root));
    let (any_authority, by_any) = authority("anyExtendedKeyUsage,codeSigning", None);
    let sign_only = w.leaf(&root, &LEAF.replace("digitalSignature", "keyCertSign"));
    let any_unknown = "OpenSSL's purposes do not know anyExtendedKeyUsage";
    vec![
        Row::new("server leaf as server", &server, &[], &[&root]),
        Row::new("server leaf as client", &server, &[], &[&root]).client().bad("usage"),
        Row::new("client leaf as client", &client, &[], &[&root]).client(),
        Row::new("client leaf as server", &client, &[], &[&root]).bad("usage"),
        Row::new("leaf without usages as server", &none, &[], &[&root]),
        Row::new("leaf without usages as client", &none, &[], &[&root]).client(),
        Row::new("leaf for code", &other, &[], &[&root]).bad("usage"),
        Row::new("leaf for something unknown", &unknown, &[], &[&root]).client().bad("usage"),
        Row::new("leaf for any use", &any, &[], &[&root]).client().openssl_differs(any_unknown),
        Row::new("anchor for servers, server", &by_servers, &[], &[&servers]),
        Row::new("anchor for servers, client", &by_servers, &[], &[&servers]).client().bad("usage"),
        Row::new("intermediate for servers, server", &by_servers_between, &[&servers_between], &[&root]),
        Row::new("intermediate for servers, client", &by_servers_between, &[&servers_between], &[&root]).client().bad("usage"),
        Row::new("anchor for any use", &by_any, &[], &[&any_authority]).client().openssl_differs(any_unknown),
        Row::new("a leaf that is the anchor still needs its usage", &server, &[], &[&server]).client().bad("usage"),
        Row::new("leaf without digitalSignature", &sign_only, &[], &[&root]).openssl_differs("Go looks at no leaf's key usage"),
    ]
}

fn extensions(w: &Workshop) -> Vec<Row> {
    let unknown = "1.2.3.4=critical,ASN1:UTF8String:x\n";
    let policy = "certificatePolicies=1.2.3.4\n";
    let root = w.authority("root", None, CA);
    let odd_root = w.authority("odd root", None, &format!("{CA}{unknown}"));
    let explicit = w.authority("explicit", Some(&root), &format!("{CA}{policy}policyConstraints=requireExplicitPolicy:0\n"));
    let critical_key_id = w.leaf(&root, &LEAF.replace("authorityKeyIdentifier=", "authorityKeyIdentifier=critical,"));
    let leaf = |issuer, more: &str| w.leaf(issuer, &format!("{LEAF}{more}"));
    vec![
        Row::new("unknown extension", &leaf(&root, "1.2.3.4=ASN1:UTF8String:x\n"), &[], &[&root]),
        Row::new("unknown critical extension of a leaf", &leaf(&root, unknown), &[], &[&root]).bad("critical-extension"),
        Row::new("unknown critical extension of an anchor", &leaf(&odd_root, ""), &[], &[&odd_root]).bad("critical-extension"),
        Row::new("critical authority key identifier", &critical_key_id, &[], &[&root]).bad("malformed"),
        Row::new("explicit policy, and there is one", &leaf(&explicit, policy), &[&explicit], &[&root]),
        Row::new("explicit policy, and there is none", &leaf(&explicit, ""), &[&explicit], &[&root])
            .bad("policy")
            .openssl_differs("OpenSSL looks at policies when asked to only"),
    ]
}
