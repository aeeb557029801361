//! `certs revoke`: shuts out keys that leaked, as far as an etcd can.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::diag::shell_word;
use crate::generate::{Considered, Summary};
use crate::lint::CheckedMesh;
use crate::plan::{Plan, Planned, Reissue, Renewal, Request, Revoking, Selector};
use crate::report::{RevokeReport, RevokeWords, print_json, print_revoke};
use crate::store::Output;

use super::folders::{DEFAULT_OUT, for_mesh, recording, refuse_inside, requesting, state_folder};
use super::load::Loaded;
use super::making::Making;
use super::reissuing::selector;
use super::reporting::{Format, Reporting};
use super::rollout::known_state;
use super::unlocking::Unlocking;
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
etcd knows clients by their users. So a user that leaked goes, its holders become another one, and members restart, because what a user
has open outlives it. Where a user has to stay, only a revocation list or another CA shuts a key out, and the output says so.
If the key of a CA leaked, nothing of this helps: a thief makes new certificates with it. Replace the CA.

Examples:
  meshbundle certs revoke mesh.yaml oslo/node/n1            who accepts the keys of n1, and what shuts them out
  meshbundle certs revoke mesh.yaml oslo/node/n1 --apply    new keys, users and revocation lists in `out`
  meshbundle certs revoke mesh.yaml rome/member/etcd1       the server and peer keys of a member
  meshbundle certs revoke mesh.yaml rome/users              the administrator of an etcd
  meshbundle certs revoke mesh.yaml oslo --apply            everything that oslo has";

/// Shut out keys that leaked: shows what works at which etcd and what does not, and does it step by step
#[derive(clap::Args)]
#[command(after_help = exit::REVOKE.below(EXAMPLES))]
pub(super) struct Revoke {
    /// The mesh
    #[arg(value_name = "MESH")]
    mesh: PathBuf,
    /// Whose keys: CLUSTER, CLUSTER/node/NAME, CLUSTER/member/NAME, CLUSTER/users, CLUSTER/operator or CLUSTER/helm
    #[arg(value_name = "SELECTOR", value_parser = selector, required = true)]
    selectors: Vec<Selector>,
    /// Revoke them: record it in the state, issue new keys, and write what is to be shipped
    #[arg(long)]
    apply: bool,
    /// Folder to write to
    #[arg(long, default_value = DEFAULT_OUT)]
    out: PathBuf,
    /// Folder of the state [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    #[command(flatten)]
    unlocking: Unlocking,
    #[command(flatten)]
    reporting: Reporting,
}

impl Revoke {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = clock::now()?;
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        known_state(&folder, &self.mesh)?;
        refuse_inside(&folder, &self.out)?;
        let mut loaded = load::load(&self.mesh, now)?;
        let Some(checked) = &loaded.checked else { return loaded.refuse(&self.reporting) };
        self.refuse_authorities(checked)?;
        let considered = Considered::new(checked, &folder, &Output::at(&self.out), &self.request(), now)?;
        let Considered { planned: Planned { plan, findings }, revoking, .. } = considered;
        loaded.add(findings);
        let Some(plan) = plan.filter(|_| !self.reporting.is_failed_by(&loaded.findings)) else {
            return loaded.refuse(&self.reporting);
        };
        if self.apply {
            return self.take();
        }
        loaded.print_before(&self.reporting)?;
        self.print(&loaded, &plan, &revoking, None)?;
        Ok(self.reporting.exit(&loaded.findings))
    }

    /// What is revoked, and issued again with new keys.
    fn request(&self) -> Request {
        Request {
            renewal: Renewal { reissue: Reissue::Everything, only: self.selectors.clone() },
            revoke: self.selectors.clone(),
            ..requesting(&self.mesh, &self.out, self.state.as_ref())
        }
    }

    fn take(&self) -> Result<Exit, Failure> {
        let state = self.state.as_ref();
        let making = Making::new(&self.mesh, &self.out, state, self.request(), &self.unlocking, &self.reporting);
        making.run(&mut |made| self.print(made.loaded, made.plan, made.revoking, Some(made.summary)))
    }

    /// A CA is no unit. Whoever has its key makes certificates that no list has.
    fn refuse_authorities(&self, mesh: &CheckedMesh) -> Result<(), Failure> {
        let is_authority =
            |name: &&String| mesh.cluster(name).is_none() && mesh.authorities().keys().any(|ca| ca.as_str() == *name);
        let names: Vec<String> = self.selectors.iter().map(ToString::to_string).collect();
        let Some(name) = names.iter().find(is_authority) else { return Ok(()) };
        let (mesh, ca) = (shell_word(&self.mesh.display().to_string()), shell_word(name));
        Err(Failure::Usage(format!(
            "`{name}` is a CA: to revoke certificates does not help, because a thief of its key makes others\n\
             help: replace it: `meshbundle certs rotate {mesh} --ca {ca}`; what they make is accepted until `retire`"
        )))
    }

    fn print(&self, loaded: &Loaded, plan: &Plan, revoking: &[Revoking], done: Option<&Summary>) -> Result<(), Failure> {
        let selectors: Vec<String> = self.selectors.iter().map(|selector| shell_word(&selector.to_string())).collect();
        let is_usual = self.out.as_os_str() == DEFAULT_OUT;
        let writing = if is_usual { String::new() } else { format!(" --out {}", shell_word(&self.out.display().to_string())) };
        let more = format!(" {}{writing}", selectors.join(" "));
        let words = RevokeWords {
            revoke: &for_mesh("certs revoke", &self.mesh, &more, self.state.as_ref()),
            record: &recording(&self.mesh, self.state.as_ref()),
            mesh: &self.mesh,
            out: &self.out,
        };
        let report = RevokeReport::of(loaded.json(), plan, revoking, &words, done);
        let mut out = BufWriter::new(out::stdout());
        match self.reporting.format {
            Format::Json => print_json(&mut out, &report),
            Format::Text if self.reporting.quiet => Ok(()),
            Format::Text => print_revoke(&mut out, &report),
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)
    }
}
