//! Checks provided client credentials, which are used unchanged: each key must belong to its certificate before anything is
//! written. An agent with a pair that does not match fails each handshake, and reports nothing for 15 minutes.

use std::collections::BTreeSet;

use crate::pki::{KeyError, PrivateKey};
use crate::plan::ClientPlan;
use crate::store::read_given;

use super::{GenerateError, Job};

/// Compares every provided key with its certificate.
pub(super) fn check(job: &Job<'_>) -> Result<(), GenerateError> {
    let links = job.plan.clusters.iter().flat_map(|cluster| &cluster.links);
    let given = links.filter_map(|link| match &link.client {
        ClientPlan::Given(given) => Some((&given.certificate, &given.key)),
        ClientPlan::Shared(_) | ClientPlan::PerNode { .. } => None,
    });
    for (certificate, key) in given.collect::<BTreeSet<_>>() {
        let fail = |reason: String| GenerateError::Given { file: key.clone(), reason };
        let text = read_given(&job.base.join(key)).map_err(|error| fail(error.to_string()))?;
        let Some(leaf) = job.mesh.client(certificate).first() else { continue };
        match PrivateKey::from_pem(&text) {
            Ok(key) if key.matches(leaf.spki_der()) => {}
            Ok(_) => return Err(fail(format!("it is not the key of `{certificate}`"))),
            // Go may be able to use a key of a kind that meshbundle cannot sign with.
            Err(KeyError::Unsupported { .. }) => {}
            Err(error) => return Err(fail(error.to_string())),
        }
    }
    Ok(())
}
