//! The progress bar of a training, on terminals.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::summary::WriteError;
use crate::trainer::{Look, Observer};

/// A bar on stderr that lines are printed above; nothing where stderr is no terminal.
#[derive(Clone)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(super) fn new(steps: u64, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Progress(None);
        }
        let bar = ProgressBar::new(steps);
        let template = "{bar:30} {pos}/{len} steps, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
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
        let bar = self.0.clone().filter(|_| io::stdout().is_terminal());
        Stdout { bar, buffer: io::BufWriter::new(io::stdout()) }
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
    buffer: io::BufWriter<io::Stdout>,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let buffer = &mut self.buffer;
        match &self.bar {
            None => buffer.write(bytes),
            Some(bar) => bar.suspend(|| {
                let count = buffer.write(bytes)?;
                buffer.flush()?;
                Ok(count)
            }),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.buffer.flush()
    }
}
