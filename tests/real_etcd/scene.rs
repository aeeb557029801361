//! A mesh from its text to its bundles: planned, generated, unpacked.

use std::fs;
use std::path::PathBuf;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::real_etcd::bundle::Bundles;
use crate::real_etcd::mesh::{Cluster, Mesh};
use crate::real_etcd::plan::Plan;
use crate::support::Sandbox;

/// What is there once `generate` has run.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) mesh: Mesh,
    /// As it was before.
    pub(crate) plan: Plan,
    pub(crate) bundles: Bundles,
}

impl Scene {
    /// Plans, generates and unpacks, at the time that etcd and OpenSSL have. `more` are words for `generate`.
    pub(crate) fn play(mut sandbox: Sandbox, more: &[&str]) -> Self {
        sandbox.at(&OffsetDateTime::now_utc().format(&Rfc3339).expect("a time"));
        let mesh = Mesh::read(&sandbox.read("mesh.yaml"));
        let plan = Plan::read(&sandbox.ok(&["plan", "mesh.yaml", "--out", "out", "--format", "json"]).stdout);
        assert!(!sandbox.path("state").exists() && !sandbox.path("out").exists(), "a plan changes nothing");
        sandbox.ok(&[&["generate", "mesh.yaml", "--out", "out"], more].concat());
        let bundles = Bundles::unpack(&sandbox, &mesh);
        Self { sandbox, mesh, plan, bundles }
    }

    /// The certificate of an authority: the owner's, or the one that was made.
    pub(crate) fn authority(&self, name: &str) -> PathBuf {
        if let Some(brought) = self.mesh.trust.authorities.get(name) {
            return self.sandbox.path(&brought.certificate);
        }
        let folder = fs::read_dir(self.sandbox.path("state/authorities")).expect("authorities were made");
        let mut files = folder.map(|entry| entry.expect("readable").path());
        let is_its = |path: &PathBuf| {
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            file.starts_with(&format!("{name}.")) && file.ends_with(".crt")
        };
        files.find(is_its).unwrap_or_else(|| panic!("authority {name} was not made"))
    }

    /// The server certificates of an etcd: from the members' bundles, or the owner's own.
    pub(crate) fn server_certificates(&self, cluster: &Cluster) -> Vec<PathBuf> {
        let made = self.bundles.members_of(&cluster.name).map(|member| member.unpacked("ETCD_CERT_FILE"));
        let owned = cluster.etcd.server_certificates.iter().map(|path| self.sandbox.path(path));
        some(made.chain(owned).collect(), "server certificate", cluster)
    }

    /// What an etcd trusts for clients: as the members' bundles say, or as `brownfield-pki.sh` set it up.
    pub(crate) fn client_trust(&self, cluster: &Cluster) -> Vec<PathBuf> {
        let made = self.bundles.members_of(&cluster.name).map(|member| member.unpacked("ETCD_TRUSTED_CA_FILE"));
        let present = self.sandbox.path("brownfield").join(&cluster.name).join("server-client-ca.crt");
        some(made.chain(present.is_file().then_some(present)).collect(), "client trust", cluster)
    }
}

fn some(files: Vec<PathBuf>, what: &str, cluster: &Cluster) -> Vec<PathBuf> {
    assert!(!files.is_empty(), "no {what} of {}", cluster.name);
    files
}
