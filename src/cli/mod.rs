//! Words to calls, results to exit codes: one file a verb. It holds no rule of any kind.
//!
//! stdout is data, stderr is talk. Exit 0: clean; 1: findings; 2: usage, or the work could not be done.

mod announce;
mod announce_health;
mod bar;
mod clock;
mod completions;
mod exit;
mod expected;
mod explain;
mod folders;
mod generate;
mod init;
mod lint;
mod load;
mod look;
mod man;
mod man_page;
mod page;
mod plan;
mod plan_json;
mod plan_text;
mod probe;
mod probe_json;
mod probe_prometheus;
mod probe_repeat;
mod probe_round;
mod probe_text;
mod project;
mod schema;
mod subject;
mod table;
mod terminal;
mod verify;
mod verify_json;
mod verify_text;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

pub use exit::{Exit, Failure};

/// One mesh.yaml in, reproducible Cilium ClusterMesh bundles out.
#[derive(Parser)]
#[command(
    name = "meshbundle",
    version,
    about,
    after_help = "Exit status: 0 clean, 1 findings, 2 usage, or the work could not be done."
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
    Completions(completions::Completions),
    Man(man::ManVerb),
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs, in a shape with a version.
    Json,
}

/// Runs the program with the words of its command line.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(words) {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed.into() } else { Exit::Clean.into() };
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
        Verb::Completions(verb) => verb.run(),
        Verb::Man(verb) => verb.run(),
    };
    match done {
        Ok(exit) => exit.into(),
        // Whoever closes our stdout has read enough.
        Err(Failure::Stdout(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clean.into(),
        Err(failure) => {
            let _ = writeln!(io::stderr(), "error: {failure}");
            let mut source = std::error::Error::source(&failure);
            while let Some(cause) = source {
                let _ = writeln!(io::stderr(), "caused by: {cause}");
                source = cause.source();
            }
            Exit::Failed.into()
        }
    }
}
