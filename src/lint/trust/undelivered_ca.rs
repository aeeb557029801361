//! CAs that meshbundle makes and that an etcd never gets, because its members get no files from meshbundle.
//!
//! One finding for each etcd. If `members` is missing in many clusters, one finding for all of them.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{Cluster, Label};

use super::super::outliers::list_clusters;

/// Up to this number, etcds are reported one by one.
const ONE_BY_ONE: usize = 5;

/// What the CA would be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Anchor,
    Clients,
}

/// A CA that meshbundle makes, at an etcd that it does not reach.
pub(super) struct UndeliveredCa<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) name: Label,
    pub(super) at: FieldPath,
    pub(super) use_of_it: Use,
}

/// The findings about them, in the order of the file.
pub(super) fn findings(undelivered: &[UndeliveredCa<'_>]) -> Vec<Diagnostic> {
    let mut reported = BTreeSet::new();
    let firsts: Vec<&UndeliveredCa<'_>> = undelivered.iter().filter(|one| reported.insert(&one.cluster.name)).collect();
    let (anchors, clients): (Vec<_>, Vec<_>) = firsts.into_iter().partition(|one| one.use_of_it == Use::Anchor);
    [anchors, clients].iter().flat_map(|same| report_use(same)).collect()
}

fn report_use(same: &[&UndeliveredCa<'_>]) -> Vec<Diagnostic> {
    if same.len() > ONE_BY_ONE { report(same).into_iter().collect() } else { same.chunks(1).filter_map(report).collect() }
}

fn report(same: &[&UndeliveredCa<'_>]) -> Option<Diagnostic> {
    let first = same.first()?;
    let what = match first.use_of_it {
        Use::Anchor => "agents would trust",
        Use::Clients => "clients would be signed by",
    };
    let authority = if same.iter().all(|one| one.name == first.name) {
        format!("the CA `{}`", first.name)
    } else {
        "CAs that meshbundle makes".to_owned()
    };
    let clusters: Vec<&Cluster> = same.iter().map(|one| one.cluster).collect();
    let listed = list_clusters(&clusters, |cluster| format!("`{}`", cluster.name));
    let release = match same {
        [one] => one.cluster.runtime.helm(),
        _ => None,
    };
    if let Some(release) = release {
        let message = format!("{what} {authority}, which signs nothing for the etcd of {listed}");
        let finding = Diagnostic::new(Code::AuthorityReachesNothing, first.at.clone(), message);
        return Some(finding.cause("Cilium's chart has a CA of its own for that etcd").help(format!(
            "provide that CA as `trust.authorities.NAME`, and name it as `etcd.authority`: it is `ca.crt` of the Secret `cilium-ca` in `{}`",
            release.namespace
        )));
    }
    let (whose, cause) = if same.len() == 1 {
        (format!("the etcd of {listed} never gets"), "meshbundle makes it, and that etcd has no `members` that get bundles")
    } else {
        (
            format!("the etcds of {listed} never get"),
            "a CA that meshbundle makes reaches an etcd in the bundles of its members, and these etcds have no `members`",
        )
    };
    let list = match same {
        [one] => format!("list `clusters[{}].etcd.members`", one.cluster.name),
        _ => "list `etcd.members` in each of these clusters".to_owned(),
    };
    Some(
        Diagnostic::new(Code::AuthorityReachesNothing, first.at.clone(), format!("{what} {authority}, which {whose}"))
            .cause(cause)
            .help(format!(
                "{list}, or set the CAs that {} has: `authority`, or `serverTrust` and `clientSigner`",
                if same.len() == 1 { "this etcd" } else { "each etcd" }
            )),
    )
}
