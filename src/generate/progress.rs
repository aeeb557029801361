//! The progress of a long run.

/// Receives progress from several threads.
pub trait Progress: Sync {
    /// A step of `total` pieces begins.
    fn begin(&self, step: &'static str, total: usize);
    /// A piece is done.
    fn advance(&self);
    /// Everything is done.
    fn done(&self);
}

/// Ignores progress.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _step: &'static str, _total: usize) {}
    fn advance(&self) {}
    fn done(&self) {}
}
