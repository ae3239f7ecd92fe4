//! The progress bar of a training, on terminals.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use crate::summary::WriteError;
use crate::trainer::{Look, Observer};

/// A bar on stderr that lines are printed above; nothing where stderr is no terminal.
#[derive(Clone)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar of `steps` steps, of `batch` images each where there are images.
    pub(super) fn new(steps: u64, batch: Option<usize>, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Progress(None);
        }
        let what = if batch.is_some() { " images" } else { "" };
        let template =
            format!("{{bar:30}} {{human_pos}}/{{human_len}} steps, {{rate}}{what}/s, {{eta}} left");
        Self::with_template(steps, &template, batch.unwrap_or(1) as f64)
    }

    /// The same for the trials of a sweep, which take long.
    pub(super) fn of_trials(count: u64, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Progress(None);
        }
        let template = "{bar:30} {human_pos}/{human_len} trials, {elapsed} gone, {eta} left";
        let progress = Self::with_template(count, template, 1.0);
        if let Some(bar) = &progress.0 {
            bar.enable_steady_tick(Duration::from_secs(1));
        }
        progress
    }

    /// One more is done.
    pub(super) fn advance(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    fn with_template(count: u64, template: &str, each: f64) -> Self {
        let bar = ProgressBar::new(count);
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = move |state: &ProgressState, to: &mut dyn std::fmt::Write| {
                // Where it cannot be shown the bar lacks it, no more.
                let _ = write!(to, "{}", HumanCount((state.per_sec() * each) as u64));
            };
            bar.set_style(style.with_key("rate", rate));
        }
        Progress(Some(bar))
    }

    /// Takes the bar off the terminal.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }

    /// Returns stdout, as a writer of whole lines that does not tear the bar.
    pub(super) fn stdout(&self) -> Stdout {
        let is_terminal = io::stdout().is_terminal();
        let bar = self.0.clone().filter(|_| is_terminal);
        Stdout { bar, is_terminal, buffer: io::BufWriter::new(io::stdout()) }
    }
}

impl Observer for Progress {
    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        if let Some(bar) = &self.0 {
            bar.set_position(look.step() + 1);
        }
        Ok(())
    }
}

/// stdout beside a progress bar.
pub(super) struct Stdout {
    bar: Option<ProgressBar>,
    /// Somebody may be watching: every line is shown at once.
    is_terminal: bool,
    buffer: io::BufWriter<io::Stdout>,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (buffer, is_terminal) = (&mut self.buffer, self.is_terminal);
        let mut write = || {
            let count = buffer.write(bytes)?;
            if is_terminal {
                buffer.flush()?;
            }
            Ok(count)
        };
        match &self.bar {
            None => write(),
            Some(bar) => bar.suspend(write),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.buffer.flush()
    }
}
