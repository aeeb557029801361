//! `certs`: the certificates of a mesh over the years. Each of its verbs has a file of its own.

use clap::Subcommand;

use super::{Exit, Failure, certs_list, certs_revoke, certs_rotate, exit};

const EXAMPLES: &str = "\
Examples:
  meshbundle certs list                                   until when is what is in use valid, and what stops then?
  meshbundle certs list --within 30d                      for a timer: exits with 1 if anything may expire by then
  meshbundle certs rotate mesh.yaml --ca core             where the rotation of a CA stands, and what comes next
  meshbundle certs rotate mesh.yaml --ca core --next      its next step
  meshbundle certs revoke mesh.yaml oslo/node/n1          what it takes to shut the keys of n1 out
  meshbundle certs revoke mesh.yaml oslo/node/n1 --apply  its first step";

/// Look after certificates: list when they expire, replace CAs, and shut out keys that leaked
#[derive(clap::Args)]
#[command(after_help = exit::CERTS.below(EXAMPLES))]
pub(super) struct Certs {
    #[command(subcommand)]
    verb: CertsVerb,
}

#[derive(Subcommand)]
enum CertsVerb {
    List(certs_list::CertsList),
    Rotate(certs_rotate::Rotate),
    Revoke(certs_revoke::Revoke),
}

impl Certs {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.verb {
            CertsVerb::List(verb) => verb.run(),
            CertsVerb::Rotate(verb) => verb.run(),
            CertsVerb::Revoke(verb) => verb.run(),
        }
    }
}
