//! What holds for every mesh: random meshes, random slips, random words, and for each a law or a second implementation to hold
//! against. Everything goes through the library, with the files that a mesh names given as facts.

mod defaults;
mod digests;
mod foreign;
mod hostile;
mod issued;
mod links;
mod model;
mod order;
mod phases;
mod ranges;
mod removal;
mod secrets;
mod slips;
mod values;
