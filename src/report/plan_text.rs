//! A plan as text for people: what is new (+), what changes (~), what goes (-), and in which order to ship it.

use std::io::{self, Write};

use crate::plan::{BundleChange, Reason};

use super::kept;
use super::next_signers;
use super::plan::{AuthorityAction, CertificateAction, PlanReport};
use super::waves_text;

/// What new keys do not do.
pub(super) const REKEYED: &str = "the certificates with the old keys stay valid until they expire: this does not shut out a key that leaked, `certs revoke` does";

/// Prints `plan`; what is wrong was printed before it.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, plan: &PlanReport<'_>) -> io::Result<()> {
    let (clusters, links) =
        plan.clusters.iter().fold((0, 0), |(clusters, links), cluster| (clusters + 1, links + cluster.reads.len()));
    writeln!(out, "mesh {}: {clusters} clusters, {links} links", plan.mesh)?;
    if !plan.pending {
        let wanted = if plan.next_signers.is_empty() { "everything is as the mesh wants it" } else { "a new CA waits" };
        writeln!(out, "nothing to do: {wanted}")?;
        waves_text::count(out, plan)?;
        return open(out, plan);
    }
    authorities(out, plan)?;
    certificates(out, plan)?;
    changes(out, plan)?;
    if !plan.removed.is_empty() {
        writeln!(out, "\nremoved from the output folder")?;
        plan.removed.iter().try_for_each(|path| writeln!(out, "  - {path}"))?;
    }
    waves_text::print(out, plan)?;
    open(out, plan)
}

/// What waits for evidence.
fn open(out: &mut dyn Write, plan: &PlanReport<'_>) -> io::Result<()> {
    next_signers::print(out, &plan.next_signers)?;
    kept::print(out, &plan.kept)
}

fn authorities(out: &mut dyn Write, plan: &PlanReport<'_>) -> io::Result<()> {
    for (number, authority) in plan.authorities.iter().enumerate() {
        if number == 0 {
            writeln!(out, "\nauthorities")?;
        }
        let (name, file) = (authority.name, authority.certificate.unwrap_or_default());
        match authority.action {
            AuthorityAction::Create => {
                writeln!(out, "  + {name}: to be made, expires {} (needs --create-authorities)", authority.expires.date())?;
            }
            AuthorityAction::Keep => writeln!(out, "    {name}: made here")?,
            AuthorityAction::Provided => writeln!(out, "    {name}: {file}, signs")?,
            AuthorityAction::Trust => writeln!(out, "    {name}: {file}, only trusted")?,
        }
    }
    Ok(())
}

fn certificates(out: &mut dyn Write, plan: &PlanReport<'_>) -> io::Result<()> {
    let (issued, kept) = plan.certificates.iter().fold((0, 0), |(issued, kept), one| match one.action {
        CertificateAction::Issue => (issued + 1, kept),
        CertificateAction::Keep => (issued, kept + 1),
    });
    writeln!(out, "\ncertificates: {issued} to issue, {kept} kept")?;
    for one in plan.certificates.iter() {
        let (Some(reason), Some(common_name)) = (one.reason, one.common_name) else { continue };
        write!(out, "  + {}: {reason}; CN {common_name}, signed by {}, expires {}", one.name, one.signer, one.expires.date())?;
        let addresses = one.ip_addresses.into_iter().flatten().map(ToString::to_string);
        let hosts: Vec<_> = one.dns_names.into_iter().flatten().cloned().chain(addresses).collect();
        if !hosts.is_empty() {
            write!(out, "; valid for {}", hosts.join(", "))?;
        }
        writeln!(out, "{}", if one.keeps_key { "; keeps its key" } else { "" })?;
    }
    if plan.certificates.iter().any(|one| one.reason == Some(Reason::Rekeyed)) {
        writeln!(out, "  {REKEYED}")?;
    }
    Ok(())
}

fn changes(out: &mut dyn Write, plan: &PlanReport<'_>) -> io::Result<()> {
    if !plan.link_changes.is_empty() {
        writeln!(out, "\nlinks")?;
        for (cluster, change) in plan.link_changes {
            change.added.iter().try_for_each(|remote| writeln!(out, "  + {cluster} reads {remote}"))?;
            change.removed.iter().try_for_each(|remote| writeln!(out, "  - {cluster} reads {remote} no longer"))?;
        }
    }
    writeln!(out, "\nbundles")?;
    for bundle in plan.bundles.iter() {
        let (path, generation) = (bundle.path, bundle.generation);
        let Some(change) = bundle.change else { continue };
        match change {
            BundleChange::New => writeln!(out, "  + {path}: new")?,
            BundleChange::Changed => writeln!(out, "  ~ {path}: generation {generation}")?,
            BundleChange::Gone => writeln!(out, "  - {path}: no longer part of the mesh")?,
        }
    }
    for path in plan.overdue {
        writeln!(out, "  ~ {path}: written again, it is missing or from a run that did not finish")?;
    }
    Ok(())
}
