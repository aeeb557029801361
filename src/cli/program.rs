//! The program: its verbs, and the words and exit code of whatever one of them ends with.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::diag::shown;

use super::exit::{self, Exit, Failure};
use super::{
    announce, certs, completions, dns, explain, firewall, generate, graph, init, lint, man, out, plan, probe, report, rollout,
    schema, smoke, state, verify,
};

const EXAMPLES: &str = "\
Examples:
  meshbundle init                           write a mesh.yaml to start from
  meshbundle generate --create-authorities  the first time, with `mesh.yaml` and `out`
  meshbundle verify                         check what is in `out`";

/// One mesh.yaml in, reproducible Cilium ClusterMesh bundles out.
#[derive(Parser)]
#[command(
    name = "meshbundle",
    version,
    about,
    after_help = exit::PROGRAM.below(EXAMPLES)
)]
struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Init(init::Init),
    Lint(lint::Lint),
    Explain(explain::Explain),
    Schema(schema::Schema),
    Plan(plan::PlanVerb),
    Generate(generate::Generate),
    Verify(verify::Verify),
    Probe(probe::Probe),
    Announce(announce::Announce),
    Firewall(firewall::FirewallVerb),
    Rollout(rollout::Rollout),
    Graph(graph::GraphVerb),
    Report(report::ReportVerb),
    Certs(certs::Certs),
    State(state::StateVerb),
    Dns(dns::Dns),
    Smoke(smoke::Smoke),
    Completions(completions::Completions),
    Man(man::ManVerb),
}

/// Runs the program with the words of its command line.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(words) {
        Ok(args) => args,
        Err(error) => {
            print(&error);
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Clean.into() };
        }
    };
    let done = match args.verb {
        Verb::Init(verb) => verb.run(),
        Verb::Lint(verb) => verb.run(),
        Verb::Explain(verb) => verb.run(),
        Verb::Schema(verb) => verb.run(),
        Verb::Plan(verb) => verb.run(),
        Verb::Generate(verb) => verb.run(),
        Verb::Verify(verb) => verb.run(),
        Verb::Probe(verb) => verb.run(),
        Verb::Announce(verb) => verb.run(),
        Verb::Firewall(verb) => verb.run(),
        Verb::Rollout(verb) => verb.run(),
        Verb::Graph(verb) => verb.run(),
        Verb::Report(verb) => verb.run(),
        Verb::Certs(verb) => verb.run(),
        Verb::State(verb) => verb.run(),
        Verb::Dns(verb) => verb.run(),
        Verb::Smoke(verb) => verb.run(),
        Verb::Completions(verb) => verb.run(Args::command()),
        Verb::Man(verb) => verb.run(Args::command()),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if failure.exit() != Exit::Clean {
                print_failure(&failure);
            }
            failure.exit().into()
        }
    }
}

/// An argument may be a key that was pasted.
fn print(error: &clap::Error) {
    let text = error.render().to_string();
    let _ = if error.use_stderr() { write!(out::stderr(), "{}", shown(&text)) } else { write!(out::stdout(), "{text}") };
}

fn print_failure(failure: &Failure) {
    let _ = writeln!(out::stderr(), "error: {}", shown(&failure.to_string()));
    let mut source = std::error::Error::source(failure);
    while let Some(cause) = source {
        let _ = writeln!(out::stderr(), "caused by: {}", shown(&cause.to_string()));
        source = cause.source();
    }
}
