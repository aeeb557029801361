//! No key in any output: keys as openssl and ssh-keygen make them, in every form that people paste, in every field of the schema
//! and every file that is read, through commands and formats. Not eight consecutive bytes of them may appear, neither encoded nor
//! decoded.

mod fields;
mod inputs;
mod material;
