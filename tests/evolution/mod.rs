//! Meshes change, and what is out there must survive it: what a change touches and what it leaves alone, what is refused, and
//! that a refusal writes nothing.

mod ca_life;
mod chains;
mod damage;
mod floors;
pub(crate) mod foreign;
mod growth;
mod guards;
mod handed_over;
mod identities;
mod images;
mod kept;
mod keys;
mod leaf_files;
pub(crate) mod mesh;
mod options;
mod ours;
mod partial;
mod peers;
mod promises;
mod readers;
mod renewal;
mod revoked;
pub(crate) mod scene;
mod selected;
mod state_folder;
pub(crate) mod trust;
