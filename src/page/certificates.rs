//! The certificates in order of their end, those of one kind and one day together.

use std::collections::BTreeMap;

use serde::Serialize;
use time::{Date, OffsetDateTime};

use crate::diag::plural;
use crate::scene::{CertificateKind, Scene, SceneCertificate};

use super::words::{certificate, when};

/// The most rows.
const MOST: usize = 40;
/// Holders that a row names.
const NAMED: usize = 3;

/// How urgent a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Urgency {
    Expired,
    Soon,
    /// Inside `renewBefore`.
    Due,
    Later,
}

impl Urgency {
    const fn word(self) -> &'static str {
        match self {
            Self::Expired => "✕ expired",
            Self::Soon => "▲ soon",
            Self::Due => "○ renewal due",
            Self::Later => "",
        }
    }
}

/// Certificates of one kind that expire on one day.
#[derive(Serialize)]
pub(super) struct CertificateRow {
    pub(super) what: String,
    signer: String,
    pub(super) urgency: Urgency,
    urgency_word: &'static str,
    expires: String,
    /// How many links they are the first to expire of.
    first_of: usize,
    #[serde(skip)]
    pub(super) until: OffsetDateTime,
}

/// The rows, and what has none.
#[derive(Serialize)]
pub(super) struct Certificates {
    pub(super) rows: Vec<CertificateRow>,
    rest: Option<String>,
}

impl Certificates {
    pub(super) fn of(scene: &Scene) -> Self {
        let mut days: BTreeMap<(Date, CertificateKind), Vec<&SceneCertificate>> = BTreeMap::new();
        for certificate in &scene.certificates {
            days.entry((certificate.until.date(), certificate.kind)).or_default().push(certificate);
        }
        let rest: usize = days.values().skip(MOST).map(Vec::len).sum();
        let rows = days.into_values().take(MOST).filter_map(|group| row(scene, &group)).collect();
        Self { rows, rest: (rest > 0).then(|| format!("{} more, which expire later", plural(rest, "certificate"))) }
    }
}

fn row(scene: &Scene, group: &[&SceneCertificate]) -> Option<CertificateRow> {
    let first = group.first()?;
    let mut signers: Vec<&str> = group.iter().filter_map(|one| one.signer.as_deref()).collect();
    signers.sort_unstable();
    signers.dedup();
    let what = match group {
        [only] => certificate(only),
        several => {
            let mut holders: Vec<&str> = several.iter().map(|one| one.holder.as_str()).collect();
            holders.sort_unstable();
            holders.dedup();
            let named = holders.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            let and = if holders.len() > NAMED { ", …" } else { "" };
            let kind = match first.kind {
                CertificateKind::Authority => "CAs".to_owned(),
                kind => format!("{} certificates", kind.word()),
            };
            format!("{} {kind}: {named}{and}", several.len())
        }
    };
    let urgency = urgency(scene, first);
    Some(CertificateRow {
        what,
        signer: match signers.as_slice() {
            [] => "–".to_owned(),
            [only] => (*only).to_owned(),
            several => plural(several.len(), "CA"),
        },
        urgency,
        urgency_word: urgency.word(),
        expires: when(first.until, scene.now),
        first_of: group.iter().map(|one| one.first_of).sum(),
        until: first.until,
    })
}

fn urgency(scene: &Scene, certificate: &SceneCertificate) -> Urgency {
    let left = certificate.until - scene.now;
    if left.is_negative() {
        Urgency::Expired
    } else if left < scene.soon {
        Urgency::Soon
    } else if certificate.issued && certificate.kind != CertificateKind::Authority && left < scene.renew_before {
        Urgency::Due
    } else {
        Urgency::Later
    }
}
