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
        Self::of_steps(ProgressBar::new(steps), batch)
    }

    fn of_steps(bar: ProgressBar, batch: Option<usize>) -> Self {
        let what = if batch.is_some() { " images" } else { "" };
        let template =
            format!("{{bar:30}} {{human_pos}}/{{human_len}} steps, {{rate}}{what}/s, {{eta}} left");
        Self::with_template(bar, &template, batch.unwrap_or(1) as f64)
    }

    /// The same for the trials of a sweep, which take long.
    pub(super) fn of_trials(count: u64, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Progress(None);
        }
        let template = "{bar:30} {human_pos}/{human_len} trials, {elapsed} gone, {eta} left";
        let progress = Self::with_template(ProgressBar::new(count), template, 1.0);
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

    /// A bar of things that count for `each` in the rate.
    fn with_template(bar: ProgressBar, template: &str, each: f64) -> Self {
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::*;

    /// A terminal that keeps the line that was drawn last.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            100
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().clear();
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A bar of 10 steps that began 100 seconds ago, and what it draws on.
    fn bar(batch: Option<usize>) -> (ProgressBar, Screen) {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let bar = ProgressBar::with_draw_target(Some(10), target);
        let bar = bar.with_elapsed(Duration::from_secs(100));
        let progress = Progress::of_steps(bar, batch);
        (progress.0.unwrap(), screen)
    }

    impl Screen {
        fn line(&self) -> String {
            self.0.lock().unwrap().trim_end().to_owned()
        }
    }

    #[test]
    fn the_bar_counts_steps_and_its_rate_images() {
        let (bar, screen) = bar(Some(129));
        bar.tick();
        let empty = "░".repeat(30);
        assert_eq!(screen.line(), format!("{empty} 0/10 steps, 0 images/s, 0s left"));
        bar.set_position(5);
        let line = screen.line();
        let half = format!("{}{} 5/10 steps, ", "█".repeat(15), "░".repeat(15));
        let (rate, left) = line.strip_prefix(&half).unwrap().split_once(" images/s, ").unwrap();
        assert!(rate.chars().all(|c| c.is_ascii_digit() || c == ','), "{line}");
        let left = left.strip_suffix("s left").unwrap();
        assert!(left.parse::<u64>().is_ok(), "{line}");
        // 10 * 129 images in 100 seconds, and those this test takes.
        bar.set_position(10);
        bar.abandon();
        let full = "█".repeat(30);
        assert_eq!(screen.line(), format!("{full} 10/10 steps, 12 images/s, 0s left"));
    }

    #[test]
    fn without_images_the_rate_is_of_steps_and_large_numbers_are_grouped() {
        let (bar, screen) = bar(None);
        bar.set_length(1_234_000);
        bar.set_position(1_234);
        let line = screen.line();
        assert!(line.contains(" 1,234/1,234,000 steps, ") && line.contains("/s, "), "{line}");
        assert!(!line.contains("images") && line.ends_with(" left"), "{line}");
    }
}
