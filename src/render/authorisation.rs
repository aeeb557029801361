//! The script that sets up the users and roles of an etcd as planned. Values of a mesh or a certificate are words in single
//! quotes, which a shell does not interpret.

use crate::plan::{Authorisation, ClusterPlan, ETCD_SCRIPT, EtcdRole, Inventory, REVOCATION_LIST};
use crate::wiped::Wiped;

use super::material::Material;
use super::peer::joined;
use super::templates::{EtcdAuth, Templates};
use super::{File, RenderError, manifest};

/// What a script is: its receipts repeat it, as those of `install.sh` repeat the manifest.
pub struct Release<'a> {
    /// Name of the mesh.
    pub mesh: &'a str,
    /// Random name of the state.
    pub state: &'a str,
    /// Its generation.
    pub generation: u64,
    /// Digest of what decides the content, the generation apart.
    pub digest: &'a str,
}

/// The loose files of an etcd's folder; none if it has no users.
///
/// # Errors
/// If the plan and the material do not fit together.
pub fn authorisation_files(
    inventory: &Inventory,
    cluster: &ClusterPlan,
    material: &dyn Material,
    templates: &Templates,
) -> Result<Vec<File>, RenderError> {
    let Some(authorisation) = &cluster.authorisation else { return Ok(Vec::new()) };
    let record = manifest::record(inventory, &cluster.etcd_bundle())?;
    let release = Release { mesh: &inventory.mesh, state: &inventory.id, generation: record.generation, digest: record.digest() };
    let script = |certificate| authorisation_script(&release, cluster.name.as_str(), authorisation, certificate, templates);
    let signer = material.anchor(&cluster.trust.client_signer).ok().map(|anchor| anchor.fingerprint.as_str());
    let list = inventory.revocations.list(signer).filter(|_| authorisation.has_list);
    let list = list.map(|list| File::public(REVOCATION_LIST, list));
    let Some((own, key)) = cluster.own.as_ref().zip(authorisation.administrator.as_ref()) else {
        return Ok([script(None)?].into_iter().chain(list).collect());
    };
    let administrator = material.credential(key)?;
    let files = [
        File::public("server-ca.crt", joined(&own.anchors, material)?.into_bytes()),
        File::secret("root.key", administrator.key_pem.as_bytes()),
        script(Some(&administrator.chain_pem))?,
        File::public("root.crt", administrator.chain_pem.into_bytes()),
    ];
    Ok(files.into_iter().chain(list).collect())
}

/// The script for the etcd of `cluster`, whose administrator has the certificate `administrator`, PEM.
///
/// # Errors
/// If the template cannot be filled.
pub fn authorisation_script(
    release: &Release<'_>,
    cluster: &str,
    authorisation: &Authorisation,
    administrator: Option<&str>,
    templates: &Templates,
) -> Result<File, RenderError> {
    let endpoints: Vec<_> = authorisation.endpoints.iter().map(ToString::to_string).collect();
    let users = authorisation.users().into_iter().map(|(user, roles)| {
        let roles: Vec<_> = roles.into_iter().map(EtcdRole::name).collect();
        format!("{} {user}", roles.join(","))
    });
    let grants = authorisation.roles.iter().flat_map(|(role, plan)| {
        plan.grants.iter().map(|grant| {
            let kind = if grant.range.prefix { "prefix" } else { "key" };
            format!("{} {} {kind} {}", role.name(), grant.access.name(), grant.range.key)
        })
    });
    let roles = authorisation.roles.keys().filter(|role| **role != EtcdRole::Root).map(|role| role.name().to_owned());
    let agent = authorisation.roles.get(&EtcdRole::Agent).and_then(|plan| plan.users.iter().next());
    let text = templates.etcd_auth(&EtcdAuth {
        cluster,
        cluster_word: quoted(cluster),
        mesh: quoted(release.mesh),
        state: quoted(release.state),
        generation: release.generation,
        digest: quoted(release.digest),
        endpoints: quoted(&endpoints.join(",")),
        users: lines(users),
        retired: lines(authorisation.retired.iter().cloned()),
        revoked: lines(authorisation.revoked.iter().cloned()),
        roles: lines(roles),
        grants: lines(grants),
        agent: quoted(agent.unwrap_or_default()),
        administrator: quoted(administrator.unwrap_or_default().trim_end()),
    })?;
    Ok(File { path: ETCD_SCRIPT.to_owned(), mode: 0o755, content: Wiped::from(text.into_bytes()) })
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    quoted(&lines.collect::<Vec<_>>().join("\n"))
}

/// `text` as one word of a POSIX shell (XCU 2.2.2).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
