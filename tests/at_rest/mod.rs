//! CA keys at rest: the `age` program opens what is encrypted and encrypts what is opened, only what signs asks for the secret, and no
//! key is anywhere in clear. `state check` finds what is wrong with a state. `tests/durability` kills the change from one form to the other.

mod age;
mod check;
mod page;
mod refused;
pub(crate) mod scene;
mod terminal;
mod without;
