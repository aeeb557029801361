//! What is printed about findings, a plan, what was generated, files that were verified, links and members that were probed, an
//! announcement, the names that must resolve, a firewall, a kit, and certificates.
//!
//! Input: results of `diag`, `plan`, `generate`, `verify`, `probe`, `announce`, `names`, `firewall`, `smoke` and `certs`. A view says what of a
//! result is printed, and under which key. Views of one fact use one type, so the key is the same in every report. There is one printer for each form: JSON for
//! all views, text for each, and metrics of links. [`schema()`] describes all of them. This room decides nothing about a mesh, reads no
//! file, and knows no terminal.

mod announce;
mod announce_text;
mod certs;
mod certs_prometheus;
mod certs_text;
mod connected;
mod findings;
mod firewall;
mod firewall_check;
mod firewall_csv;
mod firewall_text;
mod generate;
mod generate_text;
mod json;
mod kept;
mod list;
mod member_steps;
mod members;
mod members_text;
mod metric;
mod names;
mod names_files;
mod names_text;
mod next_signers;
mod open_rotations;
mod overlap;
mod plan;
mod plan_text;
mod probe;
mod probe_prometheus;
mod probe_text;
mod rest;
mod revoke;
mod revoke_steps;
mod revoke_text;
mod rollout;
mod rollout_text;
mod rotate;
mod rotate_text;
mod round;
mod schema;
mod smoke;
mod state_check;
mod still_carried;
mod table;
mod value;
mod verdict;
mod verify;
mod verify_text;
mod waves_text;

pub use announce::AnnounceReport;
pub use announce_text::print as print_announce;
pub use certs::{CertsOf, CertsReport};
pub use certs_prometheus::print as print_certs_metrics;
pub use certs_text::print as print_certs;
pub use connected::ConnectedView;
pub use findings::{FindingView, FindingsReport};
pub use firewall::FirewallReport;
pub use firewall_check::{CheckReport, print as print_firewall_check};
pub use firewall_csv::print as print_firewall_csv;
pub use firewall_text::{print_markdown as print_firewall_markdown, print_text as print_firewall};
pub use generate::GenerateReport;
pub use generate_text::print as print_generate;
pub use json::{print as print_json, print_line as print_json_line};
pub use members::MembersReport;
pub use members_text::print as print_members;
pub use names::NamesReport;
pub use names_files::{Zone, has_names_in, print_dnsmasq, print_hosts, print_zone, zones};
pub use names_text::print as print_names;
pub use overlap::OverlapView;
pub use plan::PlanReport;
pub use plan_text::print as print_plan;
pub use probe::ProbeReport;
pub use probe_prometheus::print as print_metrics;
pub use probe_text::{change, print as print_probe};
pub use revoke::RevokeReport;
pub use revoke_steps::Words as RevokeWords;
pub use revoke_text::print as print_revoke;
pub use rollout::{Open, RecordCounts, RecordReport, StatusReport};
pub use rollout_text::{WaveLines, print_record, print_status, waves};
pub use rotate::RotateReport;
pub use rotate_text::print as print_rotate;
pub use round::{Beside, RoundReport, RoundState};
pub use schema::schema;
pub use smoke::{SmokeReport, print as print_smoke};
pub use state_check::{StateCheckReport, print as print_state_check};
pub use value::Timestamp;
pub use verdict::READY;
pub use verify::{ExpiryView, Proven, RevocationListView, SubjectView, VerifiedLink, VerifyReport};
pub use verify_text::{ALL_SHOWN, print as print_verify};
