//! Certificates as metrics: in use, issued, due, and what is installed on a machine.

use std::io::{self, Write};

use crate::certs::{CertKind, InstalledBundle};

use super::certs::{CertView, CertsReport, InstalledView};
use super::metric::{Sample, one, print as metric};
use super::value::Timestamp;

/// Prints all metrics, each with its help and its type.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &CertsReport<'_>) -> io::Result<()> {
    let help = "When the certificates were listed, in seconds since 1970.";
    metric(out, "meshbundle_certificates_timestamp_seconds", help, one(report.at.unix()))?;
    metric(out, "meshbundle_certificates", "How many certificates were listed.", one(report.certificates.len()))?;
    // Nothing stops when a CA expires beside which another one is trusted that lasts longer: nobody should be woken.
    let certificates = || report.certificates.iter().filter(|view| view.kind != CertKind::Ca || view.stops);
    let in_use = |time: fn(&CertView<'_>) -> Option<Timestamp>| {
        certificates().filter_map(move |view| Some((labels(view), time(view)?.unix().to_string())))
    };
    let help = "When the certificate expires that is in use, or the first of those that may be, in seconds since 1970.";
    metric(out, "meshbundle_certificate_not_after_timestamp_seconds", help, in_use(|view| view.in_use.expires))?;
    let unknown = certificates().filter(|view| view.undetermined).map(|view| (labels(view), "1".to_owned()));
    let help = "Whether something else may be in use, so that it may expire earlier.";
    metric(out, "meshbundle_certificate_undetermined", help, unknown)?;
    if report.mesh.is_some() {
        let newest = in_use(|view| view.newest.as_ref()?.expires);
        let help = "When the certificate expires that was issued last, in seconds since 1970.";
        metric(out, "meshbundle_certificate_newest_not_after_timestamp_seconds", help, newest)?;
        let help = "When the certificate is due to be renewed, in seconds since 1970.";
        metric(out, "meshbundle_certificate_renew_timestamp_seconds", help, in_use(|view| view.renew_at))?;
        let behind = certificates().map(|view| (labels(view), view.behind.to_string()));
        metric(out, "meshbundle_certificate_units_behind", "How many units may have an earlier certificate.", behind)?;
    }
    if report.installed.is_empty() { Ok(()) } else { of_installed(out, &report.installed) }
}

fn of_installed(out: &mut dyn Write, installed: &[InstalledView<'_>]) -> io::Result<()> {
    let unit = |view: &InstalledView<'_>| vec![("unit", view.unit.clone())];
    let generations = installed.iter().map(|view| (unit(view), view.generation.to_string()));
    metric(out, "meshbundle_bundle_generation", "The generation of the bundle that is installed.", generations)?;
    let due = installed.iter().flat_map(|view| {
        InstalledBundle::RESTARTS.iter().map(move |what| {
            let mut labels = unit(view);
            labels.push(("what", (*what).to_owned()));
            (labels, u8::from(view.due.contains(what)).to_string())
        })
    });
    metric(out, "meshbundle_restart_due", "Whether it must be restarted before the installed files are in use.", due)
}

/// What tells a certificate from all others: two of one name and use have two serial numbers.
fn labels(view: &CertView<'_>) -> Vec<(&'static str, String)> {
    let serial = view.in_use.serial.or_else(|| view.newest.as_ref()?.serial);
    let all = [
        ("kind", Some(view.kind.word())),
        ("cluster", view.cluster),
        ("member", view.member),
        ("name", Some(view.name)),
        ("serial", serial),
    ];
    let labels: Sample = (all.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))).collect(), String::new());
    labels.0
}
