//! Words that several sections use.

use serde::Serialize;
use time::OffsetDateTime;

use crate::picture::{class, sign};
use crate::scene::{Installed, LinkState, Scene, SceneCertificate, SceneLink};
use crate::verify::{moment, time_left};

/// A state: its class, its sign and its word.
#[derive(Serialize)]
pub(super) struct StateView {
    class: &'static str,
    sign: &'static str,
    word: &'static str,
}

impl From<LinkState> for StateView {
    fn from(state: LinkState) -> Self {
        Self { class: class(state), sign: sign(state), word: state.word() }
    }
}

/// `2026-12-02, in 11 days`, or `2026-11-02: expired`.
pub(super) fn when(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let day = moment(at, now);
    if at < now { format!("{day}: expired") } else { format!("{day}, {}", time_left(at, now)) }
}

/// `2 of 3`, or nothing where nothing was written.
pub(super) fn installed(installed: Installed) -> String {
    if installed.all == 0 { "–".to_owned() } else { format!("{} of {}", installed.done, installed.all) }
}

/// `oslo` reads `rome`.
pub(super) fn reads(scene: &Scene, link: &SceneLink) -> String {
    format!("{} reads {}", scene.name(link.reader), scene.name(link.remote))
}

/// What a certificate is, and whose.
pub(super) fn certificate(certificate: &SceneCertificate) -> String {
    match certificate.kind {
        crate::scene::CertificateKind::Authority => format!("CA {}", certificate.holder),
        kind => format!("{} certificate of {}", kind.word(), certificate.holder),
    }
}
