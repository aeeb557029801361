//! How far a long run has come, for whoever waits.

/// Is told how far it has come, from several threads.
pub trait Progress: Sync {
    /// A step of `total` pieces begins.
    fn begin(&self, step: &'static str, total: usize);
    /// A piece is done.
    fn advance(&self);
    /// Everything is done.
    fn done(&self);
}

/// Nobody waits.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _step: &'static str, _total: usize) {}
    fn advance(&self) {}
    fn done(&self) {}
}
