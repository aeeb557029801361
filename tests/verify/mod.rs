//! `verify`: a good bundle is found good, and every mutation of it is found by its own code; folders made by hand are read as the
//! agents of each version read them, and so is everything below an output folder or the roots of nodes.

mod archives;
mod both_ends;
mod bundle;
mod ca_bundle;
mod codes;
mod endpoints;
mod expiry;
mod forge;
mod guides;
mod keys;
mod live;
mod mesh;
mod mutations_bundle;
mod mutations_config;
mod mutations_credential;
mod mutations_folder;
mod mutations_own;
mod neighbours;
mod pages;
mod places;
mod projects;
pub(crate) mod revocation_lists;
mod secret_texts;
mod secrets;
mod table;
