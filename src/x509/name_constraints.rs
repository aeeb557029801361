//! Name constraints (RFC 5280 4.2.1.10): the extension, and which names of a chain it forbids.
//!
//! Go applies the constraints of every certificate of the chain, the root's too, to the SANs of every certificate
//! below it; directory names it does not handle (crypto/x509/constraints.go). Names are tested one by one as Go did
//! up to 1.25. The search tree of Go 1.26 gives the same answers, except for IP ranges that have bits set past their
//! mask: these it can miss.

use std::net::IpAddr;

use crate::x509::der::{DerReader, Element, SEQUENCE, context, context_constructed};
use crate::x509::domain_name::domain_name_valid;
use crate::x509::error::CertificateError;
use crate::x509::go_rules::{GoRule, GoRules};
use crate::x509::mailbox::Mailbox;

/// One certificate's constraints.
#[derive(Default)]
pub(super) struct NameConstraints {
    permitted: Subtrees,
    excluded: Subtrees,
    /// Whether a kind of name is constrained that Go does not handle: then the extension must not be critical.
    pub(super) unhandled: bool,
}

#[derive(Default)]
struct Subtrees {
    dns: Vec<String>,
    ip: Vec<IpRange>,
    email: Vec<EmailConstraint>,
    uri: Vec<String>,
}

struct IpRange {
    address: IpAddr,
    mask: IpAddr,
}

enum EmailConstraint {
    Whole(Mailbox),
    Domain(String),
}

/// A URI name with its host as `net/url` reports it.
pub(super) struct Uri {
    pub(super) text: String,
    pub(super) host: String,
}

/// The names of a certificate that constraints are about.
pub(super) struct SubjectNames<'a> {
    pub(super) ip_addresses: &'a [IpAddr],
    pub(super) dns_names: &'a [String],
    pub(super) uris: &'a [Uri],
    pub(super) email_addresses: &'a [String],
}

impl NameConstraints {
    /// Reads the extension's value.
    pub(super) fn parse(value: &[u8]) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed("name constraints");
        let mut outer = DerReader::new(value);
        let mut inner = outer.expect(SEQUENCE).ok_or_else(|| malformed.clone())?.reader();
        let permitted = inner.optional(context_constructed(0)).ok_or_else(|| malformed.clone())?;
        let excluded = inner.optional(context_constructed(1)).ok_or_else(|| malformed.clone())?;
        let empty = [&permitted, &excluded].into_iter().flatten().all(|subtrees| subtrees.content.is_empty());
        if !outer.is_empty() || !inner.is_empty() || empty {
            return Err(malformed);
        }
        let mut unhandled = false;
        let mut subtrees = |part: Option<Element<'_>>| match part {
            Some(part) => Subtrees::parse(part.reader(), &mut unhandled).ok_or_else(|| malformed.clone()),
            None => Ok(Subtrees::default()),
        };
        let (permitted, excluded) = (subtrees(permitted)?, subtrees(excluded)?);
        Ok(Self { permitted, excluded, unhandled })
    }

    /// The first of these SANs that is not allowed, unchanged.
    pub(super) fn check_names(&self, names: &SubjectNames<'_>, rules: GoRules) -> Result<(), String> {
        let (permitted, excluded) = (&self.permitted, &self.excluded);
        let domain_allowed = |permitted: &[String], excluded: &[String], name: &str| {
            let siblings = rules.has(GoRule::WildcardSiblings);
            (permitted.is_empty() || permitted.iter().any(|constraint| domain_matches(constraint, name)))
                && !excluded
                    .iter()
                    .any(|constraint| domain_matches(constraint, name) || siblings && is_wildcard_beside(constraint, name))
        };
        for ip in names.ip_addresses {
            let within = |ranges: &[IpRange]| ranges.iter().any(|range| range.contains(*ip));
            if !permitted.ip.is_empty() && !within(&permitted.ip) || within(&excluded.ip) {
                return Err(ip.to_string());
            }
        }
        for name in names.dns_names {
            if !domain_name_valid(name, false) || !domain_allowed(&permitted.dns, &excluded.dns, name) {
                return Err(name.clone());
            }
        }
        for uri in names.uris {
            let allowed = |host: &str| domain_name_valid(host, false) && domain_allowed(&permitted.uri, &excluded.uri, host);
            if !uri.constrained_host().is_some_and(allowed) {
                return Err(uri.text.clone());
            }
        }
        for address in names.email_addresses {
            let allowed = |mailbox: Mailbox| {
                (permitted.email.is_empty() || EmailConstraint::any_matches(&permitted.email, &mailbox))
                    && !EmailConstraint::any_matches(&excluded.email, &mailbox)
            };
            if !Mailbox::parse(address).is_some_and(allowed) {
                return Err(address.clone());
            }
        }
        Ok(())
    }
}

impl Subtrees {
    fn parse(mut reader: DerReader<'_>, unhandled: &mut bool) -> Option<Self> {
        const EMAIL: u8 = context(1);
        const DNS: u8 = context(2);
        const URI: u8 = context(6);
        const IP: u8 = context(7);

        let mut subtrees = Self::default();
        while !reader.is_empty() {
            // Minimum and maximum distances after the base are ignored, as in Go.
            let base = reader.expect(SEQUENCE)?.reader().any()?;
            let text = || base.content.is_ascii().then(|| std::str::from_utf8(base.content).ok())?;
            let domain = || text().filter(|domain| domain_name_valid(domain, true)).map(str::to_owned);
            match base.tag {
                DNS => subtrees.dns.push(domain()?),
                URI if text()?.parse::<IpAddr>().is_ok() => return None,
                URI => subtrees.uri.push(domain()?),
                EMAIL if text()?.contains('@') => subtrees.email.push(EmailConstraint::Whole(Mailbox::parse(text()?)?)),
                EMAIL => subtrees.email.push(EmailConstraint::Domain(domain()?)),
                IP => subtrees.ip.push(IpRange::parse(base.content)?),
                _ => *unhandled = true,
            }
        }
        Some(subtrees)
    }
}

impl IpRange {
    /// Address and mask, each of 4 or of 16 bytes; the mask's ones come first.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (address, mask) = bytes.split_at_checked(bytes.len() / 2)?;
        let (address, mask) = (ip_address(address)?, ip_address(mask)?);
        let bits = ip_bits(mask);
        let contiguous = match mask {
            // A 32-bit mask is in the low bits of the 128.
            IpAddr::V4(_) => (bits << 96).count_ones() == (bits << 96).leading_ones(),
            IpAddr::V6(_) => bits.count_ones() == bits.leading_ones(),
        };
        contiguous.then_some(Self { address, mask })
    }

    fn contains(&self, ip: IpAddr) -> bool {
        // Go's net.IPNet.Contains treats an IPv4-mapped IPv6 address as an IPv4 one, so `::/0` has none of them.
        self.address.is_ipv4() == ip.is_ipv4()
            && self.address.to_canonical().is_ipv4() == ip.to_canonical().is_ipv4()
            && (ip_bits(self.address) ^ ip_bits(ip)) & ip_bits(self.mask) == 0
    }
}

fn ip_bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

/// 4 or 16 bytes as an address of that family.
pub(super) fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

impl EmailConstraint {
    fn any_matches(constraints: &[Self], mailbox: &Mailbox) -> bool {
        constraints.iter().any(|constraint| match constraint {
            Self::Whole(whole) => whole == mailbox,
            Self::Domain(domain) => domain_matches(domain, mailbox.domain()),
        })
    }
}

impl Uri {
    /// The host that constraints are compared with: no port, no IP address, not empty (Go's `parseURIs`).
    fn constrained_host(&self) -> Option<&str> {
        let (host, has_port) = match self.host.rsplit_once(':') {
            Some((host, _port)) if !self.host.ends_with(']') => (host, true),
            _ => (self.host.as_str(), false),
        };
        // Brackets hold an IPv6 address; more colons than the port's are too many for Go's SplitHostPort.
        let too_many = has_port && host.contains([':', '[', ']']);
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let is_name = !host.is_empty() && !too_many && !bracketed && host.parse::<IpAddr>().is_err();
        is_name.then_some(host)
    }
}

/// Whether `name` is in the subtree: the constraint's labels end it. `.x` covers what is below `x` but not `x`;
/// the empty constraint covers all.
fn domain_matches(constraint: &str, name: &str) -> bool {
    constraint.is_empty() || has_suffix(name, constraint)
}

/// A wildcard name could be any of its siblings, so where one of these is excluded so is the wildcard.
fn is_wildcard_beside(constraint: &str, name: &str) -> bool {
    let parent = |name: &str| name.find('.').and_then(|dot| name.get(dot..)).map(str::to_ascii_lowercase);
    name.starts_with('*') && parent(name).is_some() && parent(name) == parent(constraint)
}

/// Go's `dnsHasSuffix`, in any case.
fn has_suffix(name: &str, constraint: &str) -> bool {
    let Some((head, tail)) = name.len().checked_sub(constraint.len()).and_then(|at| name.split_at_checked(at)) else {
        return false;
    };
    tail.eq_ignore_ascii_case(constraint) && (head.is_empty() || constraint.starts_with('.') || head.ends_with('.'))
}
