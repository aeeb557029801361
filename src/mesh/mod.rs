//! Text of `mesh.yaml` -> `Mesh`, and the place of each value.
//!
//! Input: bytes of the file. Output: the mesh as typed values, findings about its form and its values, and the places of all
//! values for reports. It reads no other file and no clock. `lint` checks whether values fit together.

mod check;
mod client_name;
mod definition;
mod duration;
mod endpoint;
mod feature;
mod helm;
mod image;
pub mod keyspace;
mod local_user;
mod name;
mod node_range;
mod parsed;
mod read;
mod runtime;
pub(crate) mod scalar;
mod schema;
mod shape;
pub(crate) mod tree;
mod version;

pub use client_name::ClientName;
pub use definition::{
    ANY, Accept, Cidr, Cilium, Cluster, Credential, DefaultAuthority, Dialled, Etcd, FileKind, Front, FrontKind, KeyAlgorithm,
    Links, Member, Mesh, Node, ProvidedCa, Trust,
};
pub use duration::{BadLifetime, Lifetime};
pub use endpoint::{BadEndpoint, Endpoint, Host};
pub use feature::Feature;
pub use helm::{
    AuthMode, BUNDLE_ANNOTATION, CertificateMethod, ChartFeature, Flavour, HelmRelease, HelmService, SecretStore, SecretsForm,
    ServiceType, Setting,
};
pub use image::ImageReference;
pub use local_user::{OwnUser, USER_NUMBER};
pub use name::{BadName, ClusterName, Label};
pub use parsed::{Parsed, SourceMap, parse};
pub use runtime::Runtime;
pub use schema::schema;
pub use version::CiliumVersion;
