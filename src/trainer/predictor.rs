//! Asks a trained classifier about single images.

use super::batches;
use super::checkpoint::Checkpoint;
use super::classifier::Classifier;
use super::{Evaluation, Recording, TrainError};
use crate::data::Examples;
use crate::exec::{ExecError, Plan, Session};

/// A trained classifier, or several whose logits are summed.
///
/// ```
/// use std::sync::atomic::AtomicBool;
///
/// use runboard::data::{self, DataHome};
/// use runboard::experiments;
/// use runboard::trainer::{
///     Checkpoint, CheckpointDir, Fit, FitOptions, Predictor, Recording,
/// };
///
/// # let run = tempfile::tempdir()?;
/// # let run_dir = run.path();
/// let experiment = experiments::find("mnist_softmax").expect("it is in the list");
/// let mut hyper = experiment.hyper_parameters();
/// hyper.set("data", "mnist_sample")?;
/// hyper.set("epochs", "5")?;
/// let recording = Recording::new(experiment, hyper)?;
/// let digits = data::load("mnist_sample", &DataHome::of_user())?;
///
/// let (seed, stop) = (0, AtomicBool::new(false));
/// let checkpoints = CheckpointDir::of_run(run_dir, 1);
/// let kept = Some(checkpoints.clone());
/// let options = FitOptions { seed, every: 100, steps: None, threads: 1, checkpoints: kept, stop: &stop };
/// Fit::new(&recording, &digits, options)?.run(&mut [])?;
///
/// let best = checkpoints.best().expect("an epoch was trained");
/// let checkpoint = Checkpoint::read(&best, &recording, seed)?;
/// let mut predictor = Predictor::new(&recording, &[checkpoint])?;
/// let answer = predictor.predict(digits.test.image(0))?;
/// assert_eq!(answer.probabilities.len(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Predictor<'r> {
    classifier: &'r Classifier,
    /// Pixels of an image.
    pixels: usize,
    members: Vec<(Session<'r>, Plan)>,
}

/// What a classifier makes of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The most probable class.
    pub label: u8,
    /// The probability of each class.
    pub probabilities: Vec<f32>,
}

impl<'r> Predictor<'r> {
    /// Prepares a recorded classifier with the variables of each checkpoint, or their averages.
    ///
    /// # Errors
    /// [`TrainError::Exec`] if the plan cannot be compiled.
    ///
    /// # Panics
    /// If the recording is no classifier, or there is no checkpoint.
    pub fn new(recording: &'r Recording, checkpoints: &[Checkpoint]) -> Result<Self, TrainError> {
        let classifier = recording.model.classifier.as_ref().expect("the model is a classifier");
        assert!(!checkpoints.is_empty(), "there is a checkpoint");
        let sizes = recording.graph[classifier.images.pixels].shape().with_batch(1);
        let pixels = sizes.iter().product();
        let mut members = Vec::with_capacity(checkpoints.len());
        for checkpoint in checkpoints {
            let mut session = Session::try_new(&recording.graph, 0)?;
            checkpoint.restore_to_answer(&mut session);
            let plan = session.plan(&[classifier.logits], 1)?;
            members.push((session, plan));
        }
        Ok(Predictor { classifier, pixels, members })
    }

    /// Returns what the classifier makes of an image: row major, 0 to 255, as training images are.
    ///
    /// # Errors
    /// [`TrainError::Data`] if the image has another number of pixels than those,
    /// [`ExecError::NotFinite`] if a variable is not finite, so that there is no answer.
    pub fn predict(&mut self, image: &[u8]) -> Result<Prediction, TrainError> {
        if image.len() != self.pixels {
            return Err(TrainError::Data {
                name: self.classifier.training.data.clone(),
                problem: format!("an image of {} pixels, want {}", image.len(), self.pixels),
            });
        }
        // It has no label; that of the first class goes nowhere.
        let example = Examples::new(1, image.len(), image.to_vec(), vec![0]);
        let (logits, classes) = (self.classifier.logits, self.classifier.classes);
        let mut sum = vec![0.0; classes];
        for (session, plan) in &mut self.members {
            batches::feed(session, plan, self.classifier, &example, |row| row)?;
            session.run(plan)?;
            session.check_finite(plan, logits).map_err(ExecError::from)?;
            sum.iter_mut().zip(plan.value(logits)).for_each(|(sum, logit)| *sum += logit);
        }
        let answer = Evaluation::of_logits(sum, classes, example.labels());
        let label = answer.predicted().next().expect("there is one image");
        Ok(Prediction { label, probabilities: answer.probabilities })
    }
}
