//! `experiment predict`: asks a trained classifier about one image.

mod answerer;
mod fit;
mod picture;
mod text;

use std::path::Path;

use serde_json::json;

use super::arguments::PredictArguments;
use super::failure::Failure;
use super::{data as datasets, say, table};
use crate::data;
use crate::exec::ExecError;
use crate::trainer::{Experiment, Predictor, TrainError};
use answerer::Answerer;
use picture::Gray;

/// The widest answer; a bar on a wide terminal says no more.
const WIDTH: usize = 80;

/// An image to be asked about, as the training images are: light on dark, and of their size.
struct Question {
    image: Gray,
    /// Of an image of the data set.
    label: Option<u8>,
    is_inverted: bool,
}

pub(super) fn predict(
    experiments: &[&dyn Experiment],
    arguments: &PredictArguments,
) -> Result<String, Failure> {
    let run = Answerer::open(experiments, &arguments.logdir, &arguments.run)?;
    let checkpoints = run.checkpoints()?;
    let question = match (&arguments.image, arguments.index) {
        (Some(path), _) => from_file(&run, path, arguments)?,
        (None, index) => from_test(&run, index.unwrap_or_default(), arguments)?,
    };
    let failed = |error: TrainError| {
        let failure = Failure::failed(format!("run `{}`: {error}", run.name()));
        match error {
            TrainError::Exec(ExecError::NotFinite(_)) => failure.hint(
                "its training has diverged: run it again with a smaller `--set learning_rate=`",
            ),
            _ => failure,
        }
    };
    let mut predictor = Predictor::new(&run.recording, &checkpoints).map_err(failed)?;
    let answer = predictor.predict(&question.image.pixels).map_err(failed)?;
    let epochs: Vec<u64> = checkpoints.iter().map(|one| one.position.epoch).collect();
    if arguments.json {
        let answer = json!({
            "run": run.name(),
            "experiment": run.recording.about.name,
            "epochs": epochs,
            "image": arguments.image.as_ref().map(|path| path.display().to_string()),
            "index": arguments.index,
            "inverted": question.is_inverted,
            "true_label": question.label,
            "label": answer.label,
            "probabilities": answer.probabilities,
        });
        return Ok(format!("{answer}\n"));
    }
    let width = table::terminal_width().min(WIDTH);
    let mut text = text::picture(&question.image, width);
    let probability = answer.probabilities[usize::from(answer.label)];
    text += &format!("label {}, probability {probability:.4}", answer.label);
    match question.label {
        Some(label) if label == answer.label => text += ": right",
        Some(label) => text += &format!(": wrong, it is {label}"),
        None => {}
    }
    text += "\n\n";
    text += &text::bars(&answer.probabilities, width);
    Ok(text)
}

/// An image of the test set.
fn from_test(
    run: &Answerer,
    index: u64,
    arguments: &PredictArguments,
) -> Result<Question, Failure> {
    let name = run.data();
    let dataset = datasets::obtain(name, &arguments.home.home(), arguments.json)?;
    let test = &dataset.test;
    let place = usize::try_from(index).ok().filter(|&place| place < test.len());
    let Some(place) = place else {
        return Err(Failure::usage(format!("no test image {index} in `{name}`")).hint(format!(
            "there are {}: 0 to {}",
            test.len(),
            test.len().saturating_sub(1)
        )));
    };
    let (height, width) = test.image_size();
    let mut image = Gray { width, height, pixels: test.image(place).to_vec() };
    if arguments.invert {
        image.invert();
    }
    Ok(Question { image, label: Some(test.labels()[place]), is_inverted: arguments.invert })
}

/// An image of a PNG file, made like those of the data set.
fn from_file(
    run: &Answerer,
    path: &Path,
    arguments: &PredictArguments,
) -> Result<Question, Failure> {
    let info = data::find(run.data()).map_err(|error| Failure::failed(error.to_string()))?;
    let mut image = picture::read(path)?;
    let is_inverted = arguments.invert || image.has_light_border();
    if is_inverted {
        image.invert();
        if !arguments.invert {
            say(&format!("`{}` is dark on light: inverted", path.display()));
        }
    }
    let (rows, columns) = info.image_size;
    let image = fit::fit(&image, columns as usize, rows as usize);
    Ok(Question { image, label: None, is_inverted })
}
