//! Logs pictures of a classifier: what it confuses, what it is most wrong about, what it looks for.

mod canvas;
mod confusion_matrix;
mod filters;
mod inside;
pub(super) mod maps;
mod mistakes;
mod numerals;
mod pr_curves;
mod projection;
mod tiles;
mod weights;

use super::{EpochEnd, Look, Observer, Start};
use crate::summary::{Chart, Description, SummaryWriter, WriteError};
use canvas::Canvas;
use confusion_matrix::ConfusionMatrix;
use inside::Inside;

/// Confusion matrices and weights are logged up to so many times, evenly spaced: TensorBoard keeps
/// ten pictures of a tag, and a long run's file stays small.
const AT_MOST: u64 = 20;

/// Mistakes and curves are logged every fifth time, and at the end.
const FIFTH: u64 = 5;

const CONFUSION_MATRIX: &str = "test/confusion_matrix";
const CONFUSION_TABLE: &str = "test/confusion_table";
const MISTAKES: &str = "test/mistakes";

/// Logs what a classifier makes of the test images, and its first layer, as pictures after epochs.
///
/// - `test/confusion_matrix`: counts by label (rows) and predicted class (columns), after each
///   epoch, and as `test/confusion_table` in the Text tab at the end.
/// - `test/mistakes`: the 25 most confident mistakes, after every fifth epoch and at the end.
/// - `test/pr/0` and so on: precision and recall of each class against the rest, likewise.
/// - `weights/Layer1`, by the name of the first layer: its first 64 units, after each epoch.
/// - `filters/conv2d`, by the names of convolutions: their filters, after each epoch.
/// - `maps/conv2d`, by the names of layers that give images: what they make of the first test image,
///   after each epoch.
/// - `last_hidden_layer` in the Projector tab: what the last hidden layer makes of the first 1,000 test
///   images, with the images and their labels, at the end.
///
/// Of more than 20 epochs every second, third, ... takes the place of each. The Custom Scalars tab
/// gets charts that draw training, validation and test together.
#[derive(Debug)]
pub struct Pictures {
    writer: SummaryWriter,
    every: u64,
    inside: Inside,
}

impl Pictures {
    /// Returns an observer that logs to `writer`; closing it is the caller's.
    pub fn new(writer: SummaryWriter) -> Self {
        Pictures { writer, every: 1, inside: Inside::default() }
    }

    fn paint(&self, tag: &str, canvas: &Canvas, step: u64) -> Result<(), WriteError> {
        self.writer.add_image(tag, canvas.image(), step)
    }

    fn describe(&self, tag: &str, markdown: &str) {
        let description = Description { markdown: markdown.to_owned(), ..Description::default() };
        self.writer.describe(tag, description);
    }
}

impl Observer for Pictures {
    fn started(&mut self, start: &Start) -> Result<(), WriteError> {
        let Some(classifier) = &start.recording.model.classifier else { return Ok(()) };
        self.every = classifier.training.epochs.div_ceil(AT_MOST).max(1);
        self.describe(
            CONFUSION_MATRIX,
            "Rows are labels, columns what the test images are taken for; the darker, the larger \
             the share of the row.",
        );
        self.describe(
            MISTAKES,
            "The most confident mistakes first; green is the label, red what it is taken for.",
        );
        if start.first_step > 0 {
            return Ok(()); // the run's earlier file has the layout
        }
        let cost = ["epoch/cost$", "validation/cost$", "test/cost$"];
        let accuracy = ["validation/accuracy$", "test/accuracy$"];
        let charts = [Chart::multiline("cost", &cost), Chart::multiline("accuracy", &accuracy)];
        self.writer.add_custom_scalars(&[("training, validation, test", &charts)])
    }

    fn looked(&mut self, _look: &Look) -> Result<(), WriteError> {
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        let is_due = |every: u64| end.last || end.epoch.is_multiple_of(every);
        if !is_due(self.every) {
            return Ok(());
        }
        let examples = &end.data.test;
        let matrix = ConfusionMatrix::of(end.test, examples.labels());
        self.paint(CONFUSION_MATRIX, &matrix.paint(), end.step)?;
        if let (Some((kernel, units)), Some(layer)) =
            (end.first_kernel(), end.model.first_weighted())
            && let Some(canvas) = weights::paint(kernel, units, examples.image_size())
        {
            self.paint(&format!("weights/{}", layer.name), &canvas, end.step)?;
        }
        for (name, canvas) in inside::filters(end) {
            self.paint(&format!("filters/{name}"), &canvas, end.step)?;
        }
        let runs = "every step runs these layers";
        for maps in self.inside.maps(end).expect(runs) {
            if let Some(canvas) = maps::paint(&maps) {
                self.paint(&maps.tag, &canvas, end.step)?;
            }
        }
        if end.last
            && let Some(hidden) = self.inside.hidden(end).expect(runs)
        {
            projection::log(&self.writer, hidden, examples, end.step)?;
        }
        if let Some(table) = matrix.to_markdown().filter(|_| end.last) {
            self.writer.add_text(CONFUSION_TABLE, &table, end.step)?;
        }
        if is_due(self.every * FIFTH) {
            self.paint(MISTAKES, &mistakes::paint(end.test, examples), end.step)?;
            for (class, curve) in pr_curves::of(end.test, examples.labels()) {
                self.writer.add_pr_curve_raw(
                    &format!("test/pr/{class}"),
                    &curve,
                    end.step as i64,
                )?;
            }
        }
        Ok(())
    }
}
