//! What `certs revoke` says to people.

use std::io::{self, Write};

use crate::plan::BundleId;

use super::rest;
use super::revoke::{AcceptedView, RemedyName, RevokeReport, RevokedView};
use super::revoke_steps::{RevokeStep, RevokeStepName};

/// Names that are shown before the rest is only counted.
const NAMED: usize = 12;

/// Prints what is revoked, what shuts it out where, and what people do in which order.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &RevokeReport<'_>) -> io::Result<()> {
    let count = report.credentials.len();
    let credentials = if count == 1 { "credential" } else { "credentials" };
    let what = if report.done.is_some() { "revoked" } else { "to revoke" };
    writeln!(out, "mesh {}: {count} {credentials} {what}", report.mesh)?;
    for credential in report.credentials.iter().take(NAMED) {
        print_credential(out, credential, report.done.is_some())?;
    }
    rest::print(out, "  ", count, NAMED)?;
    writeln!(out, "\nin this order")?;
    for (number, step) in report.steps.iter().enumerate() {
        writeln!(out, "  {}. {}", number + 1, words(step))?;
        let listed = step.commands.iter().chain(step.on.iter().filter(|_| step.step == RevokeStepName::Install));
        listed.clone().take(NAMED).try_for_each(|line| writeln!(out, "       {line}"))?;
        rest::print(out, "       ", listed.count(), NAMED)?;
    }
    match report.done {
        Some(done) => {
            let certificates = if done.certificates == 1 { "certificate" } else { "certificates" };
            let archives = if done.written == 1 { "archive" } else { "archives" };
            writeln!(
                out,
                "\nrecorded in the state: {} {certificates} issued, {} {archives} written",
                done.certificates, done.written
            )
        }
        None => writeln!(out, "\nnothing was changed: `--apply` does the first step"),
    }
}

fn print_credential(out: &mut dyn Write, credential: &RevokedView<'_>, is_done: bool) -> io::Result<()> {
    let RevokedView { name, signer, certificates, carried, accepted, revoked_before } = credential;
    writeln!(out, "\n{name}, signed by CA `{signer}`")?;
    if let (Some(before), false) = (revoked_before, is_done) {
        writeln!(out, "  revoked on {} already: this is the one that was issued then", before.date())?;
    }
    for certificate in certificates {
        writeln!(out, "  serial {}, expires {}", certificate.serial, certificate.expires.date())?;
    }
    let units: Vec<String> = carried.iter().map(BundleId::unit).collect();
    writeln!(out, "  carried by {}", rest::shortened(&units, NAMED))?;
    let mut remedies: Vec<&AcceptedView<'_>> = accepted.iter().collect();
    remedies.sort_by_key(|one| (one.remedy, one.user, one.becomes));
    for same in remedies.chunk_by(|a, b| (a.remedy, a.user, a.becomes) == (b.remedy, b.user, b.becomes)) {
        let Some(first) = same.first() else { continue };
        let clusters: Vec<&str> = same.iter().map(|one| one.cluster).collect();
        writeln!(out, "  at the etcd of {}: {}", rest::shortened(&clusters, NAMED), remedy(first))?;
    }
    Ok(())
}

fn remedy(accepted: &AcceptedView<'_>) -> String {
    let user = accepted.user.unwrap_or_default();
    match accepted.remedy {
        RemedyName::User => {
            let becomes = accepted.becomes.unwrap_or_default();
            format!("user `{user}` goes, and who had it becomes `{becomes}`")
        }
        RemedyName::List => format!("user `{user}` has to stay: a revocation list shuts it out, or another CA"),
        RemedyName::Server => {
            "agents look at no revocation list: they accept it from any server until another CA signs".to_owned()
        }
        RemedyName::Peer => {
            "a revocation list for peers keeps it out; members that dial look at none, so that another CA has to sign".to_owned()
        }
        RemedyName::Chart => {
            format!("a chart's etcd has user `{user}` by name, and reads no revocation list: another CA has to sign")
        }
        RemedyName::Operator => format!("its operator decides what becomes of user `{user}`"),
    }
}

fn words(step: &RevokeStep) -> String {
    let on = rest::shortened(&step.on, NAMED);
    match step.step {
        RevokeStepName::Apply => "revoke here: new keys, users and revocation lists".to_owned(),
        RevokeStepName::AddUsers => format!("add the new users: {on}"),
        RevokeStepName::ListUsers => format!("give the list of users to the chart, which takes the old ones away at once: {on}"),
        RevokeStepName::Install => {
            let bundles = if step.on.len() == 1 { "bundle" } else { "bundles" };
            format!("install what has the new keys, {} {bundles}", step.on.len())
        }
        RevokeStepName::RestartAgents => {
            format!("restart the agents, node by node: they read the config of their own etcd only when they start: {on}")
        }
        RevokeStepName::RemoveUsers => format!("take the old users away: {on}"),
        RevokeStepName::EndConnections => {
            format!("restart the members, the leader last, all healthy in between: what a user has open outlives the user: {on}")
        }
        RevokeStepName::ReplaceList => {
            format!(
                "only where an etcd runs a revocation list: replace it by a rename, never by PEM or an empty file, then restart: {on}"
            )
        }
        RevokeStepName::AskOperator => format!("tell the operator of the etcd the users and serial numbers above: {on}"),
        RevokeStepName::RotateAuthority => {
            format!("what no user and no list shuts out is accepted until the CA is replaced, up to `retire`: {on}")
        }
        RevokeStepName::Record => "record what is installed: `meshbundle rollout status` shows who still has it".to_owned(),
    }
}
