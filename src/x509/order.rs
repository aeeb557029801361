//! Certificates of a file -> those to present: the leaf, then those that it needs, upwards.
//!
//! It verifies nothing: of several issuers all are kept, because the other end may trust any of them.

use crate::x509::certificate::Certificate;

impl Certificate {
    /// The first of `chain`, then its issuers, then theirs, each once. A root is left out, because the other end either has it or
    /// does not trust it, and so are certificates that have signed none of the others.
    pub fn presented(chain: &[Self]) -> Vec<Self> {
        let Some((leaf, rest)) = chain.split_first() else { return Vec::new() };
        let (mut presented, mut below) = (vec![leaf.clone()], 0);
        while let Some(lower) = presented.get(below).cloned() {
            below += 1;
            for issuer in rest.iter().filter(|issuer| lower.is_below(issuer) && !issuer.is_root()) {
                if !presented.contains(issuer) {
                    presented.push(issuer.clone());
                }
            }
        }
        presented
    }

    /// Whether `issuer` has signed it, as far as that can be checked.
    fn is_below(&self, issuer: &Self) -> bool {
        self.issuer_der() == issuer.subject_der() && self.is_signed_by(issuer) != Some(false)
    }

    /// Whether it has signed itself.
    fn is_root(&self) -> bool {
        self.is_below(self)
    }
}
