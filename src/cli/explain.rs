//! `explain`: what a code means.

use std::io::{self, Write};

use crate::diag::{CATALOGUE, Code, Severity, nearest};

use super::{Exit, Failure};

/// Say what a finding's code means, and why Cilium or etcd cares
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  meshbundle explain CM0105

Exit status: 0 explained, 2 there is no such code.")]
pub(super) struct Explain {
    /// The code, as findings have it
    code: String,
}

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let Some(code) = Code::parse(&self.code.to_uppercase()) else {
            let near = nearest(&self.code, CATALOGUE.iter().map(|code| code.as_str()));
            let help = near.map(|near| format!("\nhelp: did you mean `{near}`?")).unwrap_or_default();
            return Err(Failure::Usage(format!("there is no code `{}`{help}", self.code.escape_debug())));
        };
        let entry = code.entry();
        let severity = match entry.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let acceptable = if entry.acceptable { "the owner may accept it" } else { "cannot be accepted" };
        writeln!(io::stdout(), "{code}: {}\n{severity}; {acceptable}\n\n{}", entry.title, entry.why).map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }
}
