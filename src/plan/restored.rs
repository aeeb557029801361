//! The first run after a state was restored from a backup: it waits until it is known what is installed everywhere. Runs that the backup
//! does not know may have delivered other users, endpoints and CAs.
//!
//! Each node and each member needs a receipt of something that the state knows, and the users of each etcd any receipt. A unit that is out of
//! reach can be excepted by name.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, FieldPath};

use super::bundle_id::{BundleId, BundleKind};
use super::floors::{Floor, Floors};
use super::inventory::Inventory;
use super::named_units::named_units;
use super::request::Request;
use super::selector::{Selector, matches_no_unit, matches_nothing};

/// What keeps the first run from being made, and exceptions that mean nothing.
pub(super) fn findings(inventory: &Inventory, floors: &Floors, request: &Request) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = misspelt(inventory, floors, request).collect();
    if !inventory.branch.is_some_and(|branch| branch.is_new) {
        return findings;
    }
    let (mut silent, mut unknown) = (Vec::new(), Vec::new());
    for bundle in units(inventory, floors).into_iter().filter(|bundle| has_receipts(bundle)) {
        match floors.of(bundle) {
            _ if request.without.iter().any(|selector| selector.covers(bundle)) => {}
            Some(Floor::Uninstalled | Floor::Installed { .. }) => {}
            // The next script compares the etcd itself with what is wanted, whatever the last one was.
            Some(Floor::Unknown) if matches!(bundle.kind(), BundleKind::Etcd) => {}
            Some(Floor::Unknown) => unknown.push(bundle),
            None => silent.push(bundle),
        }
    }
    if !silent.is_empty() {
        let message = format!(
            "refusing to generate: the state was restored from a backup, and no receipt since then shows what is installed at {}",
            named_units(silent.iter().copied())
        );
        let is_helm = |bundle: &&BundleId| matches!(bundle.kind(), BundleKind::Helm);
        let cluster = if silent.iter().any(is_helm) { " and `kubectl get secret,configmap -n NAMESPACE -o yaml`" } else { "" };
        findings.push(finding(message).help(format!(
            "record the output of `install.sh --receipt` and `etcd-auth.sh --receipt`{cluster}: `{} -`; `--without UNIT` goes on without a \
             unit that is out of reach",
            request.record
        )));
    }
    if !unknown.is_empty() {
        let message = format!(
            "refusing to generate: the backup does not know the generation that is installed at {}",
            named_units(unknown)
        );
        findings.push(finding(message).help(format!(
            "record the archives that were installed: `{} out`; `--without UNIT` goes on without knowing what a unit needs",
            request.record
        )));
    }
    findings
}

/// Every bundle that is written, and those of which something else is installed.
fn units<'a>(inventory: &'a Inventory, floors: &'a Floors) -> BTreeSet<&'a BundleId> {
    inventory.bundles.keys().chain(floors.unknown()).collect()
}

fn finding(message: String) -> Diagnostic {
    Diagnostic::new(Code::RestoredUnrecorded, FieldPath::root(), message)
}

/// Whether receipts come from its target. Options of an operator have none, and nothing depends on them.
fn has_receipts(bundle: &BundleId) -> bool {
    !matches!(bundle.kind(), BundleKind::Operator)
}

/// Exceptions of units that the state does not know, or of a state that was never restored. A run that was stopped after its commit is run
/// again with the same words.
fn misspelt<'a>(inventory: &'a Inventory, floors: &'a Floors, request: &'a Request) -> impl Iterator<Item = Diagnostic> + 'a {
    let known = move |selector: &&Selector| {
        inventory.branch.is_some() && units(inventory, floors).into_iter().any(|bundle| selector.covers(bundle))
    };
    let finding = |selector| match inventory.branch {
        Some(_) => matches_no_unit(selector),
        None => matches_nothing(selector, "the state was not restored from a backup", "leave `--without` out"),
    };
    request.without.iter().filter(move |selector| !known(selector)).map(finding)
}
