//! Faults of certificates that Go accepts, and other programs may not.

use crate::x509::{Certificate, Usage};

/// Faults of a leaf that Go's TLS passes over, each with its help.
pub fn tolerated_faults(leaf: &Certificate, usage: Usage) -> Vec<(String, &'static str)> {
    let (label, usages, mut faults) = (leaf.label(), leaf.ext_key_usages(), Vec::new());
    if leaf.is_ca() {
        let help = "use a certificate that is no CA: its key can sign others";
        faults.push((format!("the first certificate, `{label}`, is a CA's"), help));
    }
    if usage == Usage::ServerAuth && usages.present && !usages.client_auth && !usages.any {
        let message = format!("`{label}` lacks clientAuth, and etcd dials itself with it (etcd-io/etcd#9785)");
        let help = "issue it again with serverAuth and clientAuth; links work without, etcd's JSON gateway does not";
        faults.push((message, help));
    }
    if leaf.key_usage_digital_signature() == Some(false) {
        let message = format!("`{label}` is not for signing handshakes: digitalSignature is missing");
        faults.push((message, "issue it again with the key usage digitalSignature: Go does not ask for it, other programs do"));
    }
    faults
}
