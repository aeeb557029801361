//! `rollout`: what installers say is installed is recorded, and compared with what was written.

mod foreign;
mod history;
mod kept;
mod record;
mod restored;
mod scene;
mod size;
mod status;
mod unions;
mod waves;
