//! Prints a training as the lecture's programs do.

use std::io::{self, Write};

use super::maps::text;
use super::{Characters, Claim, EpochEnd, Look, Observer, Outcome, Start};
use crate::summary::WriteError;

/// Prints a line at each look, and the report at the end.
///
/// A run is worth more than its print: when writing fails, printing ends, training goes on, and
/// [`Console::finish`] tells.
#[derive(Debug)]
pub struct Console<W> {
    out: W,
    by_epochs: bool,
    characters: Characters,
    failure: Option<io::Error>,
}

impl<W: Write> Console<W> {
    /// Returns a console that prints to `out`.
    pub fn new(out: W) -> Self {
        Console { out, by_epochs: false, characters: Characters::default(), failure: None }
    }

    /// Sets what pictures are drawn with.
    #[must_use]
    pub fn characters(mut self, characters: Characters) -> Self {
        self.characters = characters;
        self
    }

    /// Prints what the experiment shows, its pictures first, and whether its claim held.
    pub fn report(&mut self, outcome: &Outcome, claim: &Claim) {
        for maps in &outcome.maps {
            let [_, rows, columns, channels] = maps.sizes;
            let images = match maps.sizes[0] {
                1 => String::new(),
                images => format!("{images} x "),
            };
            self.line(&format!("{}: {images}{rows} x {columns} x {channels}", maps.tag));
            self.line(&text(maps, self.characters));
        }
        let width = outcome.report.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, values) in &outcome.report {
            let values: Vec<String> = values.iter().map(|&value| number(value)).collect();
            self.line(&format!("{name:<width$} {}", values.join(" ")));
        }
        let verdict = if (claim.holds)(outcome) { "held" } else { "not held" };
        self.line(&format!("claim: {}: {verdict}", claim.text));
    }

    /// Prints a line, in one piece: a progress bar may be drawn after each.
    pub fn line(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = self.out.write_all(format!("{text}\n").as_bytes()).err();
        }
    }

    /// Shows what was printed so far, also where it goes to a file or another program.
    pub fn flush(&mut self) {
        if self.failure.is_none() {
            self.failure = self.out.flush().err();
        }
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// The first failure; a reader that went away, as `head` does, is none.
    pub fn finish(mut self) -> io::Result<()> {
        let result = match self.failure.take() {
            None => self.out.flush(),
            Some(error) => Err(error),
        };
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}

impl<W: Write> Observer for Console<W> {
    fn started(&mut self, start: &Start) -> Result<(), WriteError> {
        self.by_epochs = start.batch.is_some();
        Ok(())
    }

    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        if let Some(cost) = look.printed().filter(|_| !self.by_epochs) {
            self.line(&format!("{} {}", look.step(), number(cost)));
        }
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        let (validation, test) = (end.validation.accuracy, end.test.accuracy);
        self.line(&format!(
            "epoch {:>2}  cost {:<9}  validation accuracy {validation:.4}  test accuracy {test:.4}",
            end.epoch,
            format!("{:.6}", end.cost),
        ));
        self.flush();
        Ok(())
    }
}

/// A number as short as it can be read back; very small ones with an exponent.
fn number(value: f32) -> String {
    if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::Seeds;

    #[test]
    fn numbers_are_short_and_exact() {
        assert_eq!(number(0.123_456_7), "0.1234567");
        assert_eq!(number(2.6e-6), "2.6e-6");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(f32::NAN), "NaN");
    }

    #[test]
    fn a_report_is_aligned_and_ends_with_the_claim() {
        let mut outcome = Outcome::default();
        outcome.report.push(("hypothesis".to_owned(), vec![0.25, 0.75]));
        outcome.report.push(("accuracy".to_owned(), vec![1.0]));
        let seeds = Seeds { held: 1, of: 1 };
        let claim = Claim { text: "it learns", holds: |_| true, seeds };
        let mut out = Vec::new();
        let mut console = Console::new(&mut out);
        console.report(&outcome, &claim);
        console.finish().unwrap();
        let want = "hypothesis 0.25 0.75\naccuracy   1\nclaim: it learns: held\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }

    #[test]
    fn a_line_is_written_in_one_piece() {
        struct Pieces<'p>(&'p mut Vec<Vec<u8>>);
        impl Write for Pieces<'_> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut pieces = Vec::new();
        Console::new(Pieces(&mut pieces)).line("0 0.69");
        assert_eq!(pieces, [b"0 0.69\n"]);
    }

    #[test]
    fn a_reader_that_goes_away_is_no_failure() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut console = Console::new(Gone);
        console.line("one");
        console.line("two");
        assert!(console.finish().is_ok());
    }
}
