//! Logs a training to an event file.

use std::fmt::Write;

use super::{EpochEnd, Look, Observer, Start, Value};
use super::{describe, pictures};
use crate::summary::{HParam, SummaryWriter, WriteError};

/// Histograms are logged at every fourth look: a picture of 26 in a lecture's run of a hundred looks
/// says as much, TensorBoard shows 51 at most, and twenty histograms of a look cost what twenty
/// training steps of a small net do.
const HISTOGRAM_EVERY: u64 = 4;

/// Logs what a model names: scalars, histograms, the graph, hyper-parameters and a description.
///
/// Scalars at every look, histograms at every fourth, from the first on, and at the last.
#[derive(Debug)]
pub struct Summaries {
    writer: SummaryWriter,
    every: u64,
}

impl Summaries {
    /// Returns an observer that logs to `writer`; closing it is the caller's.
    pub fn new(writer: SummaryWriter) -> Self {
        Summaries { writer, every: 1 }
    }
}

impl Observer for Summaries {
    fn started(&mut self, start: &Start) -> Result<(), WriteError> {
        self.every = start.schedule.every.max(1);
        if start.first_step > 0 {
            return Ok(()); // the run's earlier file has all that follows
        }
        self.writer.add_text("description", &description(start), 0)?;
        let mut hparams: Vec<(&str, HParam)> = Vec::new();
        for parameter in start.recording.hyper.iter() {
            hparams.push((
                &parameter.name,
                match &parameter.value {
                    Value::Number(number) => HParam::Number(*number),
                    Value::Text(text) => HParam::Text(text.clone()),
                },
            ));
        }
        hparams.push(("experiment", HParam::Text(start.recording.about.name.to_owned())));
        hparams.push(("seed", HParam::Number(start.seed as f64)));
        // No metrics named: the tab then shows those of every run, also where a log directory
        // holds several experiments. It would take a list of names from one run only.
        self.writer.add_hparams(&hparams, &[])?;
        self.writer.add_graph(&describe(&start.recording.graph))
    }

    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        let mut batch = self.writer.step(look.step());
        for (tag, value) in look.scalars() {
            batch.scalar(tag, value);
        }
        let looks = look.step() / self.every;
        if look.is_last() || looks.is_multiple_of(HISTOGRAM_EVERY) {
            for (tag, values) in look.histograms() {
                batch.histogram(tag, values);
            }
        }
        batch.add()?;
        for maps in look.maps() {
            if let Some(canvas) = pictures::maps::paint(&maps) {
                self.writer.add_image(&maps.tag, canvas.image(), look.step())?;
            }
        }
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        let mut batch = self.writer.step(end.step);
        for (tag, value) in end.scalars() {
            batch.scalar(tag, value);
        }
        batch.add()?;
        // A checkpoint follows: what a training goes on from must have been logged.
        self.writer.flush()
    }
}

/// The experiment in Markdown, for the Text tab.
fn description(start: &Start) -> String {
    let about = &start.recording.about;
    let mut text = format!(
        "**{}** ({}): {}\n\nMust show: {}.\n\n| hyper-parameter | value |\n|---|---|\n",
        about.name, about.lecture, about.summary, about.claim.text,
    );
    for parameter in start.recording.hyper.iter() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} | {} |", parameter.name, parameter.value);
    }
    let _ = writeln!(text, "| seed | {} |\n| steps | {} |", start.seed, start.schedule.steps);
    let _ = write!(text, "\n{} trainable parameters.", start.recording.graph.parameter_count());
    text
}
