//! `rollout`: what installers say is installed is recorded, and compared with what was written.

mod record;
mod scene;
mod status;
mod unions;
