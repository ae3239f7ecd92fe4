//! What the terminal shows while a data set is fetched.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use super::say;
use crate::data::{FetchEvent, Tried};

/// Lines on stderr, and below them a bar where stderr is a terminal.
pub(super) struct Download {
    quiet: bool,
    bar: Option<ProgressBar>,
    /// What is asked, until it has answered or failed.
    source: String,
}

impl Download {
    pub(super) fn new(quiet: bool) -> Self {
        Download { quiet, bar: None, source: String::new() }
    }

    /// Tells what happens.
    pub(super) fn tell(&mut self, event: &FetchEvent<'_>) {
        match event {
            FetchEvent::Waiting => self.line("waiting: another process fetches it"),
            FetchEvent::Asked { source, file } => {
                // A source is named once, not for each file.
                if self.source != *source {
                    self.line(&format!("fetching from {source}"));
                    self.source = (*source).to_owned();
                }
                self.clear();
                self.bar = (!self.quiet && io::stderr().is_terminal()).then(|| bar(file));
            }
            FetchEvent::Received { bytes, of } => {
                if let Some(bar) = &self.bar {
                    if let Some(of) = of {
                        bar.set_length(*of);
                    }
                    let first = bar.position() == 0;
                    bar.set_position(*bytes);
                    if first {
                        // What came an earlier time says nothing of today's speed.
                        bar.reset_eta();
                    }
                }
            }
            FetchEvent::Failed(Tried { source, reason }) => {
                self.clear();
                self.line(&format!("warning: {source}: {reason}"));
            }
            FetchEvent::Installed { .. } => self.clear(),
        }
    }

    /// Takes the bar off the terminal.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }
}

fn bar(file: &str) -> ProgressBar {
    let bar = ProgressBar::no_length().with_message(file.to_owned());
    let template = "{msg} {bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
