//! Who presents which certificate to whom, and from when to when. A certificate and its CAs are valid without a gap, so what is accepted at
//! the first moment and at the last one is accepted at all moments between them. openssl and Go are the judges.

use std::collections::{BTreeMap, BTreeSet};

use meshbundle::x509::{Certificate, Usage};
use time::OffsetDateTime;

use crate::support::judges::{Case, go_on_chains, openssl};

/// A certificate that is presented to someone who trusts some CAs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    leaf: String,
    anchors: String,
    /// None of a client.
    host: Option<String>,
}

impl Use {
    /// No `host` of a server is any.
    pub(crate) fn server(leaf: &str, anchors: &str, host: &str) -> Self {
        Self { leaf: leaf.to_owned(), anchors: anchors.to_owned(), host: Some(host.to_owned()) }
    }

    pub(crate) fn client(leaf: &str, anchors: &str) -> Self {
        Self { leaf: leaf.to_owned(), anchors: anchors.to_owned(), host: None }
    }

    fn case(&self, at: i64) -> Case {
        let mut chain = ders(&self.leaf);
        Case {
            name: format!("at {at}"),
            leaf: chain.remove(0),
            intermediates: chain,
            anchors: ders(&self.anchors),
            usage: if self.host.is_some() { Usage::ServerAuth } else { Usage::ClientAuth },
            host: self.host.clone().filter(|host| !host.is_empty()),
            at: OffsetDateTime::from_unix_timestamp(at).expect("a time"),
        }
    }
}

/// What was presented, with the first and the last moment, Unix seconds.
#[derive(Default)]
pub(crate) struct Uses {
    periods: BTreeMap<Use, (i64, i64)>,
}

impl Uses {
    pub(crate) fn note(&mut self, at: i64, one: Use) {
        let period = self.periods.entry(one).or_insert((at, at));
        *period = (period.0.min(at), period.1.max(at));
    }

    /// Has both judges look at everything: what was presented was accepted, and no certificate outlives its CA. Returns how much there was.
    pub(crate) fn judge(&self) -> usize {
        let ends = self.periods.iter().flat_map(|(one, (first, last))| [(one, *first), (one, *last)]);
        // At the very second of its end, openssl refuses a certificate, and Go does not.
        let valid: BTreeSet<(&Use, i64)> = ends.chain(self.ends().map(|(one, end)| (one, end - 1))).collect();
        let expired: BTreeSet<(&Use, i64)> = self.ends().map(|(one, end)| (one, end + 1)).collect();
        for (questions, is_good) in [(&valid, true), (&expired, false)] {
            let cases: Vec<Case> = questions.iter().map(|(one, at)| one.case(*at)).collect();
            for (case, go) in cases.iter().zip(go_on_chains(&cases)) {
                assert_eq!(go.is_ok(), is_good, "Go, {}: {go:?}", case.name);
                let openssl = openssl(case);
                assert_eq!(openssl.is_ok(), is_good, "openssl, {}: {openssl:?}", case.name);
            }
        }
        valid.len()
    }

    /// Each certificate once, with the second of its end, by what it says itself.
    fn ends(&self) -> impl Iterator<Item = (&Use, i64)> {
        let leaves: BTreeMap<&str, &Use> = self.periods.keys().map(|one| (one.leaf.as_str(), one)).collect();
        let end = |one: &Use| Certificate::from_der(&ders(&one.leaf)[0]).expect("a certificate").not_after().unix_timestamp();
        leaves.into_values().map(move |one| (one, end(one)))
    }
}

fn ders(text: &str) -> Vec<Vec<u8>> {
    pem::parse_many(text).expect("PEM").into_iter().map(pem::Pem::into_contents).collect()
}
