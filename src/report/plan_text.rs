//! A plan as text for people: what is new (+), what changes (~), what goes (-), and in which order to ship it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::plan::{AuthorityPlan, BundleChange, BundleId, CredentialAction, Plan, WaveName};

/// Names of archives in a wave that are shown before the rest is only counted.
const SHOWN: usize = 12;

pub fn print(out: &mut dyn Write, plan: &Plan, overdue: &BTreeSet<BundleId>, removed: &BTreeSet<String>) -> io::Result<()> {
    let links: usize = plan.clusters.iter().map(|cluster| cluster.links.len()).sum();
    writeln!(out, "mesh {}: {} clusters, {links} links", plan.mesh, plan.clusters.len())?;
    if !plan.is_change() && overdue.is_empty() && removed.is_empty() {
        return writeln!(out, "nothing to do: everything is as the mesh wants it");
    }
    authorities(out, plan)?;
    certificates(out, plan)?;
    changes(out, plan, overdue)?;
    if !removed.is_empty() {
        writeln!(out, "\nremoved from the output folder")?;
        removed.iter().try_for_each(|path| writeln!(out, "  - {path}"))?;
    }
    waves(out, plan)
}

fn authorities(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.authorities.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nauthorities")?;
    for (name, authority) in &plan.authorities {
        match authority {
            AuthorityPlan::Create(request) => {
                writeln!(out, "  + {name}: to be made, ends {} (needs --create-authorities)", request.not_after.date())?;
            }
            AuthorityPlan::Kept(_) => writeln!(out, "    {name}: made here")?,
            AuthorityPlan::Provided { certificate, key, .. } => {
                writeln!(out, "    {name}: {certificate}, {}", if key.is_some() { "signs" } else { "only trusted" })?;
            }
        }
    }
    Ok(())
}

fn certificates(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let issued = plan.credentials.values().filter(|plan| matches!(plan.action, CredentialAction::Issue { .. })).count();
    writeln!(out, "\ncertificates: {issued} to issue, {} kept", plan.credentials.len() - issued)?;
    for (key, credential) in &plan.credentials {
        let CredentialAction::Issue { request, reason } = &credential.action else { continue };
        write!(
            out,
            "  + {key}: {reason}; CN {}, signed by {}, ends {}",
            request.common_name,
            credential.signer,
            request.not_after.date()
        )?;
        let addresses = request.ip_addresses.iter().map(ToString::to_string);
        let hosts: Vec<_> = request.dns_names.iter().cloned().chain(addresses).collect();
        if !hosts.is_empty() {
            write!(out, "; valid for {}", hosts.join(", "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn changes(out: &mut dyn Write, plan: &Plan, overdue: &BTreeSet<BundleId>) -> io::Result<()> {
    if !plan.change.clusters.is_empty() {
        writeln!(out, "\nlinks")?;
        for (cluster, change) in &plan.change.clusters {
            change.added.iter().try_for_each(|remote| writeln!(out, "  + {cluster} reads {remote}"))?;
            change.removed.iter().try_for_each(|remote| writeln!(out, "  - {cluster} reads {remote} no longer"))?;
        }
    }
    writeln!(out, "\nbundles")?;
    for (path, change) in &plan.change.bundles {
        let generation = plan.bundles.get(path).map_or(0, |bundle| bundle.generation);
        match change {
            BundleChange::New => writeln!(out, "  + {path}: new")?,
            BundleChange::Changed => writeln!(out, "  ~ {path}: generation {generation}")?,
            BundleChange::Gone => writeln!(out, "  - {path}: no longer part of the mesh")?,
        }
    }
    for path in overdue {
        writeln!(out, "  ~ {path}: written again, it is missing or from a run that did not finish")?;
    }
    Ok(())
}

fn waves(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.change.waves.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nship in this order")?;
    for (number, wave) in plan.change.waves.iter().enumerate() {
        let what = match wave.wave {
            WaveName::Users => "users: run the scripts with --add, so that nothing is taken away yet",
            WaveName::Members => "members",
            WaveName::Operators => "operators",
            WaveName::Nodes => "nodes",
            WaveName::Withdrawal => "withdrawal: run the scripts again, without --add; these users are no longer needed",
        };
        writeln!(out, "  {}. {what}", number + 1)?;
        for (cluster, users) in &wave.users {
            writeln!(out, "       {cluster}: {}", shortened(users))?;
        }
        for path in wave.ship.iter().take(SHOWN) {
            writeln!(out, "       {path}")?;
        }
        if wave.ship.len() > SHOWN {
            writeln!(out, "       and {} more", wave.ship.len() - SHOWN)?;
        }
    }
    Ok(())
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}
