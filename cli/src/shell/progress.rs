//! Progress on stderr, for work that takes longer than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Nobody needs to be told about anything shorter.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it moves.
const TICK: Duration = Duration::from_millis(100);

/// A bar where work is countable, else a spinner; gone when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// Tells the waiting thread by its end that nothing is left to show.
    _done: Option<Sender<()>>,
}

impl Progress {
    pub(super) fn new(what: &str, steps: Option<u64>, visible: bool) -> Self {
        let form = match steps {
            Some(_) => "{msg} [{bar:30}] {percent:>3} %, {eta} left",
            None => "{spinner} {msg}, {elapsed}",
        };
        let bar =
            ProgressBar::with_draw_target(steps, ProgressDrawTarget::hidden()).with_message(what.to_owned());
        // A form that does not parse would show the default one.
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { _done: visible.then(|| show_later(bar.clone())), bar }
    }

    /// So many steps more are done.
    pub fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Shows the bar once patience is over, from a thread of its own: the work may not come by for long.
fn show_later(bar: ProgressBar) -> Sender<()> {
    let (done, waits) = mpsc::channel();
    thread::spawn(move || {
        if waits.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) && !bar.is_finished() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    });
    done
}
