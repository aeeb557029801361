//! `rollout`: what installers say is installed is recorded, and compared with what was written.

mod agreement;
mod foreign;
mod history;
mod kept;
mod moves;
mod record;
mod restored;
mod restored_trust;
mod scene;
mod size;
mod status;
mod unions;
mod waves;
mod world;
