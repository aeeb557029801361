//! CA keys at rest: the `age` program opens what is encrypted and encrypts what is opened, only what signs asks for the secret, and no
//! key is anywhere in clear. `tests/durability` kills the change from one form to the other.

mod age;
mod page;
mod refused;
pub(crate) mod scene;
mod terminal;
mod without;
