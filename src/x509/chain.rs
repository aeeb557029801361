//! Verifies chains: leaf, intermediates and anchors -> a verified chain, or why there is none.
//!
//! Go's `Certificate.Verify` (crypto/x509/verify.go), step by step: candidates are found by the issuer's bytes, anchors before
//! intermediates; each is compared with the chain so far; whole chains must pass policies, extended key usages and name
//! constraints. An anchor is checked like any CA, only its own signature is not. Go collects every chain; here the first good one
//! ends the search, which gives the same verdict. A signature that Go can check and meshbundle cannot is skipped: if the rest of
//! a chain is valid, the answer is that it cannot be judged.

use time::OffsetDateTime;

use crate::x509::certificate::Certificate;
use crate::x509::chain_error::ChainError;
use crate::x509::go_rules::{GoRule, GoRules};
use crate::x509::hostname::host_matches;
use crate::x509::public_key::PublicKey;
use crate::x509::signature::{SignatureAlgorithm, SignatureError};
use crate::x509::usage::Usage;
use crate::x509::{name_check, policy};

/// Proves a chain from `leaf` to one of `anchors` at the instant `at` by the rules of today's Go, and returns it, leaf first.
///
/// With `host` the leaf must also be valid for it; an empty host is rejected, where Go would check nothing. A leaf that
/// is itself an anchor needs no issuer. Anchors need not be self-signed.
///
/// # Errors
/// [`ChainError`] with the most specific reason, if every candidate chain fails.
pub fn verify_chain(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    usage: Usage,
    host: Option<&str>,
    at: OffsetDateTime,
) -> Result<Vec<Certificate>, ChainError> {
    verify_chain_by(GoRules::NEWEST, leaf, intermediates, anchors, usage, host, at)
}

/// [`verify_chain`] by the rules of another Go.
///
/// # Errors
/// As [`verify_chain`].
pub fn verify_chain_by(
    rules: GoRules,
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    usage: Usage,
    host: Option<&str>,
    at: OffsetDateTime,
) -> Result<Vec<Certificate>, ChainError> {
    check_validity(leaf, at, rules)?;
    if let Some(host) = host.filter(|host| !host_matches(leaf, host)) {
        return Err(wrong_host(leaf, host));
    }
    let mut chain = vec![leaf];
    if anchors.contains(leaf) {
        check_whole(&chain, usage, rules)?;
    } else {
        let mut search = Search { rules, intermediates, anchors, usage, at, signature_checks: 0, reason: None };
        if !search.extend(&mut chain, None) {
            return Err(search.reason.unwrap_or_else(|| unknown_authority(leaf, anchors)));
        }
    }
    Ok(chain.into_iter().cloned().collect())
}

/// A depth-first search for one good chain.
struct Search<'a> {
    rules: GoRules,
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    usage: Usage,
    at: OffsetDateTime,
    signature_checks: usize,
    /// Of the chains that failed, the reason of the one that came furthest; of equals, the first.
    reason: Option<ChainError>,
}

impl<'a> Search<'a> {
    /// Go's limit against hostile sets of CAs that share a name.
    const MAX_SIGNATURE_CHECKS: usize = 100;

    /// Looks for the issuer of the chain's last certificate. True once `chain` is valid up to an anchor. `doubt` is a signature
    /// of the chain that could not be checked.
    fn extend(&mut self, chain: &mut Vec<&'a Certificate>, doubt: Option<&ChainError>) -> bool {
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
                let new = match self.check_candidate(candidate, is_anchor, chain) {
                    Ok(doubt) => doubt,
                    Err(reason) => {
                        self.note(reason);
                        continue;
                    }
                };
                let doubt = doubt.or(new.as_ref());
                chain.push(candidate);
                let good = if is_anchor {
                    let whole = check_whole(chain, self.usage, self.rules);
                    whole.and(doubt.map_or(Ok(()), |doubt| Err(doubt.clone()))).map_err(|reason| self.note(reason)).is_ok()
                } else {
                    self.extend(chain, doubt)
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

    /// Whether `candidate` may follow on `chain`, and has signed its last certificate. A signature that could not be checked is
    /// returned.
    fn check_candidate(
        &self,
        candidate: &Certificate,
        is_anchor: bool,
        chain: &[&Certificate],
    ) -> Result<Option<ChainError>, ChainError> {
        let doubt = match chain.last().map_or(Ok(()), |child| check_issued(child, candidate, self.rules)) {
            Err(doubt) if doubt.is_doubt() => Some(doubt),
            judged => judged.map(|()| None)?,
        };
        check_validity(candidate, self.at, self.rules)?;
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
        Ok(doubt)
    }

    fn note(&mut self, reason: ChainError) {
        if self.reason.as_ref().is_none_or(|noted| noted.progress() < reason.progress()) {
            self.reason = Some(reason);
        }
    }
}

/// Those of `pool` with the name of `child`'s issuer, each once, the likeliest first: same key identifier, then
/// one without, then another (Go's `CertPool.findPotentialParents`). Key identifiers only affect the order.
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

/// Whether the candidate is there already: the same name, key and SAN, so that cross-signed CAs make no loop. Like
/// Go's `alreadyInChain` it stops where only one of two has a SAN; otherwise the count of signature checks would differ.
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

/// Go's `CheckSignatureFrom`: may the issuer sign certificates, and has it signed this one?
fn check_issued(child: &Certificate, issuer: &Certificate, rules: GoRules) -> Result<(), ChainError> {
    check_signer(issuer)?;
    child.check_signed_by(issuer).map_err(|error| match error {
        SignatureError::WeakAlgorithm => {
            ChainError::WeakAlgorithm { subject: child.label(), algorithm: child.signature_algorithm().to_string() }
        }
        SignatureError::WeakKey { bits } if rules.has(GoRule::ShortRsa) => {
            ChainError::WeakKey { authority: issuer.label(), bits }
        }
        SignatureError::WeakKey { .. } | SignatureError::Unsupported => {
            let (subject, algorithm) = (child.label(), child.signature_algorithm().to_string());
            let key = issuer.public_key_kind().to_string();
            if matches!(child.signature_algorithm(), SignatureAlgorithm::Other(_) | SignatureAlgorithm::Dsa(_))
                || !verifies_signatures(issuer)
            {
                ChainError::Unsupported { subject, algorithm, key }
            } else {
                ChainError::Unjudged { subject, algorithm, key }
            }
        }
        SignatureError::Mismatch => ChainError::SignatureMismatch { subject: child.label(), issuer: issuer.label() },
    })
}

/// What Go's `CheckSignatureFrom` requires of an issuer before it checks the signature.
fn check_signer(issuer: &Certificate) -> Result<(), ChainError> {
    // RFC 5280 4.2.1.9: CAs of version 3 must have the CA flag.
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
    Ok(())
}

/// Whether Go verifies any signature with this key.
fn verifies_signatures(issuer: &Certificate) -> bool {
    !matches!(issuer.public_key(), PublicKey::Dsa | PublicKey::Unknown(_))
}

/// Checks that an anchor can verify any certificate below it. If not, it may still be the leaf itself.
///
/// # Errors
/// The reason.
pub fn check_anchor(anchor: &Certificate, usage: Usage, at: OffsetDateTime, rules: GoRules) -> Result<(), ChainError> {
    check_validity(anchor, at, rules)?;
    check_signer(anchor)?;
    if !verifies_signatures(anchor) {
        return Err(ChainError::Powerless { authority: anchor.label(), key: anchor.public_key_kind().to_string() });
    }
    check_usage(&[anchor], usage)
}

/// Checks the leaf alone, independently of its issuers: the first half of `Certificate.Verify`.
///
/// # Errors
/// The reason.
pub fn check_leaf(leaf: &Certificate, usage: Usage, at: OffsetDateTime, rules: GoRules) -> Result<(), ChainError> {
    check_validity(leaf, at, rules)?;
    check_usage(&[leaf], usage)
}

/// What is required of every certificate of a chain (the first half of Go's `isValid`).
fn check_validity(cert: &Certificate, at: OffsetDateTime, rules: GoRules) -> Result<(), ChainError> {
    if let Some(oid) = cert.unhandled_critical_extension(rules) {
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

/// What is required of a chain once it has reached an anchor.
fn check_whole(chain: &[&Certificate], usage: Usage, rules: GoRules) -> Result<(), ChainError> {
    if let Some(leaf) = chain.first().filter(|_| rules.has(GoRule::Policies) && !policy::valid(chain)) {
        return Err(ChainError::Policy { subject: leaf.label() });
    }
    check_usage(chain, usage)?;
    name_check::check(chain, rules).map_err(|violation| ChainError::NameConstraints {
        authority: violation.authority.label(),
        subject: violation.subject.label(),
        name: printable(&violation.name),
    })
}

/// Extended key usages nest: a CA that lists some allows no others, and anchors are CAs.
fn check_usage(chain: &[&Certificate], usage: Usage) -> Result<(), ChainError> {
    match chain.iter().rev().find(|cert| !allows(cert, usage)) {
        Some(cert) => Err(ChainError::Usage { subject: cert.label(), usage }),
        None => Ok(()),
    }
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
