//! `certs rotate`: a CA is replaced in three steps, each can be taken back, and none cuts a link.

mod changes;
mod connected;
mod elsewhere;
mod installed;
mod life;
mod provided;
mod refusals;
mod scene;
mod steps;
mod uses;
mod without;
mod years;
