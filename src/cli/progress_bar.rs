//! A progress bar on stderr: only on a terminal, only for work that lasts.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::generate::Progress;

/// Steps with fewer pieces are over before anyone can read the bar.
const WORTH_A_BAR: usize = 200;

/// The bar of the step under way.
pub(super) struct Bar {
    current: Mutex<ProgressBar>,
    shown: bool,
}

impl Bar {
    pub(super) fn new(quiet: bool) -> Self {
        Self { current: Mutex::new(ProgressBar::hidden()), shown: !quiet && std::io::stderr().is_terminal() }
    }
}

impl Progress for Bar {
    fn begin(&self, step: &'static str, total: usize) {
        let Ok(mut current) = self.current.lock() else { return };
        current.finish_and_clear();
        if !self.shown || total < WORTH_A_BAR {
            *current = ProgressBar::hidden();
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg:22} [{bar:30}] {pos}/{len} {eta}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(step);
        bar.enable_steady_tick(Duration::from_millis(200));
        *current = bar;
    }

    fn advance(&self) {
        if self.shown
            && let Ok(current) = self.current.lock()
        {
            current.inc(1);
        }
    }

    fn done(&self) {
        if let Ok(current) = self.current.lock() {
            current.finish_and_clear();
        }
    }
}
