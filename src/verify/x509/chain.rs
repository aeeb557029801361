//! Chains: leaf, intermediates and anchors -> a proven chain, or why there is none.
//!
//! Go's `Certificate.Verify` (crypto/x509/verify.go), step by step: candidates are found by the issuer's bytes, anchors
//! before intermediates; each is held against the chain so far; whole chains must pass policies, extended key usages
//! and name constraints. An anchor is checked like any authority, only its own signature is not. Go collects every
//! chain; here the first good one ends the search, which gives the same verdict.

use time::OffsetDateTime;

use crate::verify::x509::certificate::Certificate;
use crate::verify::x509::chain_error::ChainError;
use crate::verify::x509::hostname::host_matches;
use crate::verify::x509::signature::SignatureError;
use crate::verify::x509::{name_constraints, policy};

/// What a chain is asked to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Usage {
    /// A TLS server: etcd.
    ServerAuth,
    /// A TLS client: an agent, or an etcd member among its peers.
    ClientAuth,
}

/// Proves a chain from `leaf` to one of `anchors` at the instant `at`, and returns it, leaf first.
///
/// With `host` the leaf must also be valid for it; an empty host is refused, where Go would check nothing. A leaf that
/// is itself an anchor needs no issuer. Anchors need not be self-signed.
///
/// # Errors
/// [`ChainError`] with the most telling reason, if every candidate chain fails.
pub fn verify_chain(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    usage: Usage,
    host: Option<&str>,
    at: OffsetDateTime,
) -> Result<Vec<Certificate>, ChainError> {
    check_validity(leaf, at)?;
    if let Some(host) = host.filter(|host| !host_matches(leaf, host)) {
        return Err(wrong_host(leaf, host));
    }
    let mut chain = vec![leaf];
    if anchors.contains(leaf) {
        check_whole(&chain, usage)?;
    } else {
        let mut search = Search { intermediates, anchors, usage, at, signature_checks: 0, reason: None };
        if !search.extend(&mut chain) {
            return Err(search.reason.unwrap_or_else(|| unknown_authority(leaf, anchors)));
        }
    }
    Ok(chain.into_iter().cloned().collect())
}

/// A depth-first search for one good chain.
struct Search<'a> {
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    usage: Usage,
    at: OffsetDateTime,
    signature_checks: usize,
    /// Of the chains that failed, the reason of the one that came furthest; of equals, the first.
    reason: Option<ChainError>,
}

impl<'a> Search<'a> {
    /// Go's bound against hostile piles of authorities that share a name.
    const MAX_SIGNATURE_CHECKS: usize = 100;

    /// Looks for the issuer of the chain's last certificate. True once `chain` is good up to an anchor.
    fn extend(&mut self, chain: &mut Vec<&'a Certificate>) -> bool {
        let Some(&child) = chain.last() else {
            return false;
        };
        let mut has_issuer = false;
        for (pool, is_anchor) in [(self.anchors, true), (self.intermediates, false)] {
            for candidate in candidates(child, pool) {
                has_issuer = true;
                self.signature_checks += 1;
                if self.signature_checks > Self::MAX_SIGNATURE_CHECKS {
                    let subject = chain.first().map_or_else(String::new, |leaf| leaf.label());
                    self.note(ChainError::TooManyChecks { subject });
                    return false;
                }
                if already_in_chain(candidate, chain) {
                    continue;
                }
                if let Err(reason) = check_candidate(candidate, is_anchor, chain, self.at) {
                    self.note(reason);
                    continue;
                }
                chain.push(candidate);
                let good = if is_anchor {
                    check_whole(chain, self.usage).map_err(|reason| self.note(reason)).is_ok()
                } else {
                    self.extend(chain)
                };
                if good {
                    return true;
                }
                chain.pop();
            }
        }
        if !has_issuer {
            self.note(unknown_authority(child, self.anchors));
        }
        false
    }

    fn note(&mut self, reason: ChainError) {
        if self.reason.as_ref().is_none_or(|noted| noted.progress() < reason.progress()) {
            self.reason = Some(reason);
        }
    }
}

/// Those of `pool` that bear the name of `child`'s issuer, each once, the likeliest first: same key identifier, then
/// one without, then another (Go's `CertPool.findPotentialParents`). Key identifiers order, they decide nothing.
fn candidates<'a>(child: &Certificate, pool: &'a [Certificate]) -> impl Iterator<Item = &'a Certificate> {
    let likelihood = |candidate: &Certificate| {
        let (wanted, has) = (child.authority_key_id().unwrap_or_default(), candidate.subject_key_id().unwrap_or_default());
        match (wanted, has) {
            _ if wanted == has => 0,
            ([], _) | (_, []) => 1,
            _ => 2,
        }
    };
    let issuer = child.issuer_der();
    (0..3).flat_map(move |rank| {
        pool.iter().enumerate().filter_map(move |(at, candidate)| {
            let fits = candidate.subject_der() == issuer && likelihood(candidate) == rank;
            (fits && !pool.iter().take(at).any(|earlier| earlier == candidate)).then_some(candidate)
        })
    })
}

/// Whether the candidate is there already: the same name, key and SAN, so that cross-signed authorities make no loop. Like
/// Go's `alreadyInChain` it stops where only one of two has a SAN; else the count of signature checks would be another.
fn already_in_chain(candidate: &Certificate, chain: &[&Certificate]) -> bool {
    for cert in chain {
        if candidate.subject_der() != cert.subject_der() || candidate.spki_der() != cert.spki_der() {
            continue;
        }
        match (candidate.subject_alt_name(), cert.subject_alt_name()) {
            (None, Some(_)) | (Some(_), None) => return false,
            (one, other) if one == other => return true,
            _ => {}
        }
    }
    false
}

/// Whether `candidate` may follow on `chain`, and has signed its last certificate.
fn check_candidate(
    candidate: &Certificate,
    is_anchor: bool,
    chain: &[&Certificate],
    at: OffsetDateTime,
) -> Result<(), ChainError> {
    if let Some(child) = chain.last() {
        check_issued(child, candidate)?;
    }
    check_validity(candidate, at)?;
    // Anchors of version 1 and 2 have no basic constraints; intermediates need them.
    if !is_anchor && !candidate.is_ca() {
        return Err(ChainError::NotAnAuthority { authority: candidate.label() });
    }
    // Go counts self-issued certificates too, other than RFC 5280 4.2.1.9. The leaf does not count.
    let intermediates_below = chain.len().saturating_sub(1) as u64;
    let limit = candidate.basic_constraints().and_then(|constraints| constraints.path_len);
    if limit.is_some_and(|limit| intermediates_below > limit) {
        let limit = candidate.path_len().unwrap_or_default();
        return Err(ChainError::PathLength { authority: candidate.label(), limit });
    }
    Ok(())
}

/// Go's `CheckSignatureFrom`: may the issuer sign certificates, and has it signed this one?
fn check_issued(child: &Certificate, issuer: &Certificate) -> Result<(), ChainError> {
    // RFC 5280 4.2.1.9: version 3 authorities must say that they are.
    let is_authority = match issuer.basic_constraints() {
        Some(constraints) => constraints.ca,
        None => issuer.version() != 3,
    };
    if !is_authority {
        return Err(ChainError::NotAnAuthority { authority: issuer.label() });
    }
    if issuer.key_usage().is_some_and(|usage| !usage.is_empty() && !usage.cert_sign()) {
        return Err(ChainError::NoCertSign { authority: issuer.label() });
    }
    child.check_signed_by(issuer).map_err(|error| match error {
        SignatureError::WeakAlgorithm => {
            ChainError::WeakAlgorithm { subject: child.label(), algorithm: child.signature_algorithm().to_string() }
        }
        SignatureError::WeakKey { bits } => ChainError::WeakKey { authority: issuer.label(), bits },
        SignatureError::Unsupported => ChainError::Unsupported {
            subject: child.label(),
            algorithm: child.signature_algorithm().to_string(),
            key: issuer.public_key_kind().to_string(),
        },
        SignatureError::Mismatch => ChainError::SignatureMismatch { subject: child.label(), issuer: issuer.label() },
    })
}

/// What is asked of every certificate of a chain (the first half of Go's `isValid`).
fn check_validity(cert: &Certificate, at: OffsetDateTime) -> Result<(), ChainError> {
    if let Some(oid) = cert.unhandled_critical_extension() {
        return Err(ChainError::CriticalExtension { subject: cert.label(), oid: oid.to_owned() });
    }
    if at < cert.not_before() {
        return Err(ChainError::NotYetValid { subject: cert.label(), not_before: cert.not_before() });
    }
    if at > cert.not_after() {
        return Err(ChainError::Expired { subject: cert.label(), not_after: cert.not_after() });
    }
    Ok(())
}

/// What is asked of a chain once it has reached an anchor.
fn check_whole(chain: &[&Certificate], usage: Usage) -> Result<(), ChainError> {
    if let Some(leaf) = chain.first().filter(|_| !policy::valid(chain)) {
        return Err(ChainError::Policy { subject: leaf.label() });
    }
    // Extended key usages nest: an authority that lists some vouches for no other, and anchors are authorities.
    if let Some(cert) = chain.iter().rev().find(|cert| !allows(cert, usage)) {
        return Err(ChainError::Usage { subject: cert.label(), usage });
    }
    name_constraints::check(chain).map_err(|violation| ChainError::NameConstraints {
        authority: violation.authority.label(),
        subject: violation.subject.label(),
        name: printable(&violation.name),
    })
}

fn allows(cert: &Certificate, usage: Usage) -> bool {
    let usages = cert.ext_key_usages();
    let listed = match usage {
        Usage::ServerAuth => usages.server_auth,
        Usage::ClientAuth => usages.client_auth,
    };
    listed || usages.any || !usages.present
}

fn unknown_authority(cert: &Certificate, anchors: &[Certificate]) -> ChainError {
    ChainError::UnknownAuthority {
        subject: cert.label(),
        issuer: cert.issuer(),
        anchors: anchors.iter().map(Certificate::label).collect(),
    }
}

fn wrong_host(leaf: &Certificate, host: &str) -> ChainError {
    let dns = leaf.dns_names().iter().map(|name| format!("DNS:{}", printable(name)));
    let ips = leaf.ip_addresses().iter().map(|address| format!("IP:{address}"));
    ChainError::Host { subject: leaf.label(), host: printable(host), valid_for: dns.chain(ips).collect() }
}

/// A name from a certificate, safe for a terminal.
fn printable(name: &str) -> String {
    name.escape_debug().to_string()
}
