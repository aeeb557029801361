//! Secrets of a Kubernetes cluster -> the files that its containers see, as Cilium's Helm chart mounts them. Of `ConfigMaps`, the one with
//! the CAs of `tls.caBundle` counts.
//!
//! Input: YAML or JSON as people apply it, as `kubectl get secret` prints it, or as Helm renders it. It is read as kubectl and the
//! API server read it; what they reject is a finding. Output: for each container that reads certificates of the mesh, its
//! [`Files`](super::Files), judged by the code that judges a clustermesh directory. Nothing is asked of a cluster.

mod ca_bundle;
mod certificates;
mod documents;
mod key;
mod mounted;
mod mounts;
mod object;
mod reading;
mod secret;
mod secret_set;
mod value;

pub use ca_bundle::CaBundle;
pub use key::as_json as key_as_json;
pub use mounted::{MountedSecrets, ReleaseFacts};
pub use reading::{EncryptedSecret, SecretsReading, holds_secrets, read_secrets};
pub use secret_set::SecretSet;
