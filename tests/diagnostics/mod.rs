//! What users read when their mesh is wrong: every code, its place, both ends of a conflict, the cure; in text and in JSON, with
//! the exit status that pipelines go by.
//!
//! Each `<CODE>-<what>.yaml` here is a bad mesh, and the `.txt` beside it the whole report. `UPDATE=1` rewrites the reports: read
//! them as a user would before you commit them. `good-<CODE>-<what>.yaml` is how the same is done without the finding, `guide-…`
//! what public guides lead to (docs/guides.md). Its first lines may say how it is played:
//!
//! ```text
//! #! after: before.yaml          that mesh was generated first; this one has taken its place since
//! #! renewed: 2027-09-30T12:00:00Z   then with `--renew`, at this time
//! #! lost: issued/paris          every file of the state that has this in its path is gone
//! #! at: 2027-09-30T12:00:00Z    now
//! #! run: generate mesh.yaml …   what is run, instead of `lint` of this file
//! ```

mod accept;
mod columns;
mod exits;
mod fixture;
mod hostile;
mod json;
mod keys;
mod many;
mod places;
mod reports;
mod unrelated;
