//! Links as metrics.

use std::io::{self, Write};

use crate::diag::Code;

use super::metric::{one, print as metric};
use super::probe::{AttemptView, LinkView, ProbeReport};
use super::value::Timestamp;

/// Prints all metrics, each with its help and its type; of a probe that could try nothing only those that say so.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: Option<&ProbeReport<'_>>, now: Timestamp) -> io::Result<()> {
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    metric(
        out,
        "meshbundle_build_info",
        "The version of meshbundle that has probed.",
        std::iter::once((version, "1".to_owned())),
    )?;
    let help = "Whether links were tried: 0 if no config of a remote cluster could be read.";
    metric(out, "meshbundle_probe_success", help, one(u8::from(report.is_some())))?;
    let help = "When the probe ended, in seconds since 1970.";
    metric(out, "meshbundle_probe_timestamp_seconds", help, one(now.unix()))?;
    let count = report.map_or(0, |report| report.summary.links);
    metric(out, "meshbundle_links", "How many links there should be.", one(count))?;
    report.map_or(Ok(()), |report| of_links(out, report))
}

fn of_links(out: &mut dyn Write, report: &ProbeReport<'_>) -> io::Result<()> {
    let links = &report.links;
    // Links of the mesh that are not there are not ready, either.
    let missing = || report.missing.iter().map(|name| vec![("cluster", name.clone())]);
    let cluster = |link: &LinkView<'_>| vec![("cluster", link.cluster.to_owned())];
    let with = |mut labels: Vec<(&'static str, String)>, name, value: &str| {
        labels.push((name, value.to_owned()));
        labels
    };
    let ready = links.iter().map(|link| (cluster(link), u8::from(link.ready).to_string()));
    let ready = ready.chain(missing().map(|labels| (labels, "0".to_owned())));
    metric(out, "meshbundle_link_ready", "Whether an agent on this node would be ready with the link.", ready)?;
    let cause = links.iter().filter_map(|link| Some((with(cluster(link), "code", link.code?.0.as_str()), "1".to_owned())));
    let cause = cause.chain(missing().map(|labels| (with(labels, "code", Code::LinkMissing.as_str()), "1".to_owned())));
    metric(out, "meshbundle_link_cause", "Why the link is not ready: the code of the first cause.", cause)?;
    let endpoints = || links.iter().flat_map(|link| link.attempts.iter().map(move |attempt| (link, attempt)));
    // Where a name has several addresses, each of them is a sample.
    let labels = |link: &LinkView<'_>, attempt: &AttemptView<'_>| {
        let labels = with(cluster(link), "endpoint", attempt.endpoint);
        let several = link.attempts.iter().filter(|other| other.endpoint == attempt.endpoint).count() > 1;
        match attempt.address.filter(|_| several) {
            Some(address) => with(labels, "address", &address.to_string()),
            None => labels,
        }
    };
    let up = endpoints().map(|(link, attempt)| (labels(link, attempt), u8::from(attempt.error.is_none()).to_string()));
    metric(out, "meshbundle_endpoint_up", "Whether the endpoint answers as etcd.", up)?;
    let time =
        endpoints().filter_map(|(link, attempt)| Some((labels(link, attempt), attempt.round_trip?.as_secs_f64().to_string())));
    metric(out, "meshbundle_endpoint_round_trip_seconds", "How long one answer took.", time)?;
    let expiry = links.iter().filter_map(|link| Some((cluster(link), link.expiry.expires?.unix().to_string())));
    let help = "When the first certificate of the link ends, in seconds since 1970.";
    metric(out, "meshbundle_certificate_expiry_seconds", help, expiry)?;
    let age = links.iter().filter_map(|link| Some((cluster(link), link.heartbeat.age_seconds?.to_string())));
    metric(out, "meshbundle_heartbeat_age_seconds", "Age of the cluster's heartbeat by this node's clock.", age)
}
