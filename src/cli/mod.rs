//! Words to calls, results to exit codes: one file a verb. It holds no rule of any kind.
//!
//! stdout is the whole result, stderr is progress and errors. `exit` has the exit codes.

mod announce;
mod certs;
mod certs_revoke;
mod certs_rotate;
mod clock;
mod code_page;
mod completions;
mod compose_project;
mod dns;
mod entry;
mod exit;
mod expected;
mod expected_members;
mod explain;
mod firewall;
mod firewall_check;
mod folders;
mod found_bundle;
mod generate;
mod graph;
mod init;
mod inspect_args;
mod lint;
mod load;
mod making;
mod man;
mod man_page;
mod node_files;
mod out;
mod path_content;
mod plan;
mod probe;
mod probe_members;
mod probe_repeat;
mod program;
mod progress_bar;
mod reissuing;
mod release_facts;
mod report;
mod report_rules;
mod reporting;
mod rollout;
mod scene_args;
mod schema;
mod secret_files;
mod smoke;
mod state;
mod taking_in;
mod targets;
mod terminal;
mod verify;

pub use exit::{Exit, Failure};
pub use program::run;
use reporting::Format;
