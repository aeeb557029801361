//! Names of the files that are shipped loose, not in an archive: those of an operator's folder, and of an etcd's.
//!
//! The names are known before anything is rendered, so that a plan can say which files will go; and those that this or an
//! earlier run may have written are known without a plan, so that nothing else is ever taken for ours.

use super::cluster::ClusterPlan;

const OPERATOR: [&str; 3] = ["operator.env", "operator.args", "cilium-config.patch.yaml"];
/// With `localClients`.
const OPERATOR_CREDENTIAL: [&str; 4] = ["etcd-client-ca.crt", "etcd-client.crt", "etcd-client.key", "etcd.config"];
const ETCD: [&str; 1] = ["etcd-auth.sh"];
/// With `localClients`.
const ETCD_ADMINISTRATOR: [&str; 3] = ["server-ca.crt", "root.key", "root.crt"];

/// Every loose file that the bundle `path` may have had; none where it is an archive.
pub fn loose_names(path: &str) -> Vec<&'static str> {
    match path.split_once('/') {
        Some((_, "operator")) => [&OPERATOR[..], &OPERATOR_CREDENTIAL].concat(),
        Some((_, "etcd")) => [&ETCD[..], &ETCD_ADMINISTRATOR].concat(),
        _ => Vec::new(),
    }
}

impl ClusterPlan {
    /// The loose files that it will have, by path below `bundles/`.
    pub fn loose_files(&self) -> Vec<String> {
        let own = self.own.as_ref();
        let (operator, etcd) = (self.operator_bundle(), self.etcd_bundle());
        let emits = !self.operator_options.is_empty();
        let operators = OPERATOR.iter().filter(|_| emits);
        let credential = OPERATOR_CREDENTIAL.iter().filter(|_| emits && own.is_some_and(|own| own.agent.is_some()));
        let script = ETCD.iter().filter(|_| self.authorisation.is_some());
        let administrator = self.authorisation.as_ref().is_some_and(|rights| own.is_some() && rights.administrator.is_some());
        let administrators = ETCD_ADMINISTRATOR.iter().filter(|_| administrator);
        let of_operator = operators.chain(credential).map(|name| format!("{operator}/{name}"));
        of_operator.chain(script.chain(administrators).map(|name| format!("{etcd}/{name}"))).collect()
    }
}
