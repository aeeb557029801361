//! One row of the table: a chain, what is to be said of it, and where a judge is known to see it otherwise.

use meshbundle::x509::Usage;
use time::{Duration, OffsetDateTime};

use crate::support::judges::{Case, Verdict};
use crate::support::workshop::Made;

pub(crate) struct Row {
    pub(crate) case: Case,
    /// Ours: good, or the code of the reason.
    pub(crate) expected: Result<(), &'static str>,
    /// Why Go says the contrary. Only for what aws-lc-rs cannot check.
    pub(crate) go_differs: Option<&'static str>,
    /// Why OpenSSL says the contrary.
    pub(crate) openssl_differs: Option<&'static str>,
}

impl Row {
    /// A server's chain an hour from now, good if nothing else is said.
    pub(crate) fn new(name: &str, leaf: &Made, intermediates: &[&Made], anchors: &[&Made]) -> Self {
        let ders = |made: &[&Made]| made.iter().map(|made| made.der.clone()).collect();
        let case = Case {
            name: name.to_owned(),
            leaf: leaf.der.clone(),
            intermediates: ders(intermediates),
            anchors: ders(anchors),
            usage: Usage::ServerAuth,
            host: None,
            at: OffsetDateTime::now_utc() + Duration::HOUR,
        };
        Self { case, expected: Ok(()), go_differs: None, openssl_differs: None }
    }

    pub(crate) fn client(mut self) -> Self {
        self.case.usage = Usage::ClientAuth;
        self
    }

    pub(crate) fn host(mut self, host: &str) -> Self {
        self.case.host = Some(host.to_owned());
        self
    }

    pub(crate) fn at(mut self, at: OffsetDateTime) -> Self {
        self.case.at = at;
        self
    }

    /// Days from now.
    pub(crate) fn days(self, days: i64) -> Self {
        let at = self.case.at;
        self.at(at + Duration::days(days))
    }

    pub(crate) fn bad(mut self, code: &'static str) -> Self {
        self.expected = Err(code);
        self
    }

    pub(crate) fn go_differs(mut self, why: &'static str) -> Self {
        self.go_differs = Some(why);
        self
    }

    pub(crate) fn openssl_differs(mut self, why: &'static str) -> Self {
        self.openssl_differs = Some(why);
        self
    }

    /// Where the three verdicts are not what the row says; a known disagreement that is none any more is one too.
    pub(crate) fn complaints(&self, ours: &Verdict, go: &Verdict, openssl: &Verdict) -> Vec<String> {
        let name = &self.case.name;
        let good = self.expected.is_ok();
        let mut complaints = Vec::new();
        // A malformed certificate's reason carries more words than the code.
        let as_expected = match (ours, self.expected) {
            (Ok(()), Ok(())) => true,
            (Err(reason), Err(code)) => reason.split(':').next() == Some(code),
            _ => false,
        };
        if !as_expected {
            complaints.push(format!("{name}: ours says {ours:?}, expected {:?}", self.expected));
        }
        for (judge, verdict, differs) in [("Go", go, self.go_differs), ("OpenSSL", openssl, self.openssl_differs)] {
            if (verdict.is_ok() == good) == differs.is_some() {
                complaints.push(format!("{name}: {judge} says {verdict:?}, known disagreement: {differs:?}"));
            }
        }
        complaints
    }
}
