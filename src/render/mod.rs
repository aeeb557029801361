//! Plan and issued certificates -> the files of each bundle, as bytes.
//!
//! Input: the plan of a cluster, PEM texts. Output: files with path, mode and content. YAML and JSON for programs are serialised;
//! files that people read and edit come from `templates/`. It opens no file and decides nothing: the plan says which files there
//! are, and where. Beside it, the firewall of one machine as text.

mod authorisation;
mod bundle;
mod compose;
mod error;
mod file;
mod firewall;
mod helm;
mod helm_external;
mod helm_objects;
mod helm_values;
mod installer;
mod local_etcd;
mod manifest;
mod material;
mod operator;
mod options;
mod peer;
mod templates;

pub use authorisation::{Release, authorisation_files, authorisation_script};
pub use bundle::{member_bundle, node_specific_files, shared_files};
pub use error::{RenderError, TemplateError};
pub use file::File;
pub use firewall::RulesetForm;
pub use helm::helm_files;
pub use manifest::sums;
pub use material::{Anchor, CredentialPem, Material};
pub use operator::operator_files;
pub use templates::Templates;
