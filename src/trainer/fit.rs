//! Trains a classifier on mini-batches, epoch by epoch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::augment::Augmenter;
use super::batches;
use super::checkpoint::{Best, Checkpoint, Position, State};
use super::classifier::Classifier;
use super::lsuv::lsuv;
use super::moving_average::MovingAverage;
use super::observer::EpochEnd;
use super::plans::Plans;
use super::train::look_back;
use super::{
    CheckpointDir, Evaluation, Look, Observer, Outcome, Recording, Schedule, Start, TrainError,
    Trained,
};
use crate::data::{Dataset, Examples};
use crate::exec::{ExecError, Session};

/// How a classifier is to be trained.
#[derive(Clone, Debug)]
pub struct FitOptions<'a> {
    /// What first weights, the order of images and dropout are drawn from.
    pub seed: u64,
    /// Steps from one look to the next, at least 1.
    pub every: u64,
    /// Ends the training after so many steps, before its last epoch.
    pub steps: Option<u64>,
    /// Threads that compute; results do not depend on it.
    pub threads: usize,
    /// Where checkpoints are kept, if they are.
    pub checkpoints: Option<CheckpointDir>,
    /// Ends the run after the current step once it is true.
    pub stop: &'a AtomicBool,
}

/// A classifier in training.
pub struct Fit<'r> {
    recording: &'r Recording,
    classifier: &'r Classifier,
    data: &'r Dataset,
    options: FitOptions<'r>,
    session: Session<'r>,
    /// Compiled when they are first needed: see [`Fit::lend`].
    plans: Option<Plans>,
    /// Changes training images, if they are.
    augmenter: Option<Augmenter>,
    /// What the classifier answers with, if that is not its variables.
    average: Option<MovingAverage>,
    position: Position,
    /// The last values of what is logged once an epoch.
    last: Outcome,
    /// What was made of validation and test images after the last epoch.
    answers: Option<[Evaluation; 2]>,
    /// Whether an epoch was trained since the last checkpoint.
    unsaved: bool,
}

/// How an epoch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Epoch {
    Whole,
    /// Steps were left: someone said stop, or there were enough.
    Cut,
}

/// What comes of an epoch's steps.
struct Steps {
    /// The mean cost.
    cost: f64,
    /// The learning rate.
    rate: f32,
    images_per_second: f64,
    end: Epoch,
}

impl<'r> Fit<'r> {
    /// Prepares the training of a recorded classifier on `data`.
    ///
    /// # Errors
    /// [`TrainError::Data`] if the images are not those the classifier takes or fewer than a batch.
    ///
    /// # Panics
    /// If the recording is no classifier.
    pub fn new(
        recording: &'r Recording,
        data: &'r Dataset,
        options: FitOptions<'r>,
    ) -> Result<Self, TrainError> {
        let classifier = recording.model.classifier.as_ref().expect("the model is a classifier");
        check(recording, classifier, data)?;
        let (graph, model) = (&recording.graph, &recording.model);
        let mut session = Session::try_new(graph, options.seed)?;
        session.set_threads(options.threads).map_err(|error| TrainError::Threads {
            wanted: options.threads,
            source: error.into(),
        })?;
        let batch = classifier.training.batch;
        let first = batches::order(options.seed, 0, data.train.len());
        lsuv(&mut session, &model.layers, |session, node| {
            let mut plan = session.plan(&[node], batch)?;
            let example = |row: usize| first[row] as usize;
            batches::feed(session, &mut plan, classifier, &data.train, example)?;
            Ok(plan)
        })?;
        let augmentation = classifier.training.augmentation;
        let augmenter = (!augmentation.is_none())
            .then(|| Augmenter::new(augmentation, options.seed, data.train.image_size()));
        let decay = classifier.training.ema_decay;
        let average = (decay != 0.0).then(|| MovingAverage::new(decay, classifier, &session));
        Ok(Fit {
            recording,
            classifier,
            data,
            options,
            session,
            plans: None,
            augmenter,
            average,
            position: Position::default(),
            last: Outcome::default(),
            answers: None,
            unsaved: false,
        })
    }

    /// Changes plans with somebody: models of one recording can take turns with the same ones, which
    /// are far larger than what they train.
    pub(super) fn lend(&mut self, plans: &mut Option<Plans>) {
        std::mem::swap(&mut self.plans, plans);
    }

    /// Compiles the plans if there are none.
    fn compile(&mut self) -> Result<(), TrainError> {
        if self.plans.is_none() {
            self.plans = Some(Plans::new(&self.session, self.recording, self.classifier)?);
        }
        Ok(())
    }

    /// Goes on where a checkpoint was written.
    ///
    /// # Panics
    /// If it was read for another recording than this one.
    pub fn resume(&mut self, checkpoint: &Checkpoint) {
        checkpoint.restore(&mut self.session);
        if let Some(average) = &mut self.average {
            average.restore(checkpoint.averages());
        }
        self.position = checkpoint.position.clone();
    }

    /// Returns where the training is.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Returns the variables.
    pub fn session(&self) -> &Session<'r> {
        &self.session
    }

    /// Returns how many steps the whole training has.
    pub fn total_steps(&self) -> u64 {
        let all = self.classifier.training.epochs.saturating_mul(self.steps_per_epoch());
        self.options.steps.map_or(all, |steps| steps.min(all))
    }

    fn steps_per_epoch(&self) -> u64 {
        (self.data.train.len() / self.classifier.training.batch) as u64
    }

    /// Trains to the end and lets `observers` see it.
    ///
    /// # Errors
    /// [`TrainError`] if an observer or a checkpoint cannot be written, or the cost is no number.
    pub fn run(mut self, observers: &mut [&mut dyn Observer]) -> Result<Trained, TrainError> {
        self.start(observers)?;
        let clock = Instant::now();
        loop {
            let more = self.epoch(observers)?;
            self.save()?;
            if !more {
                return Ok(self.trained(clock.elapsed()));
            }
        }
    }

    /// Returns what observers hear when the training begins.
    pub fn start_of(&self) -> Start<'r> {
        Start {
            recording: self.recording,
            seed: self.options.seed,
            schedule: Schedule { steps: self.total_steps(), every: self.options.every },
            first_step: self.position.step,
            batch: Some(self.classifier.training.batch),
        }
    }

    /// Lets `observers` hear that the training begins.
    pub(super) fn start(&self, observers: &mut [&mut dyn Observer]) -> Result<(), TrainError> {
        let start = self.start_of();
        for observer in observers.iter_mut() {
            observer.started(&start)?;
        }
        Ok(())
    }

    /// Trains an epoch and evaluates; returns whether there is another one.
    pub(super) fn epoch(
        &mut self,
        observers: &mut [&mut dyn Observer],
    ) -> Result<bool, TrainError> {
        if self.is_over() {
            return Ok(false);
        }
        let training = &self.classifier.training;
        let factor = training.rate_schedule.factor(self.position.epoch, training.epochs);
        let rate = training.optimizer.learning_rate() * factor;
        self.session.variable_mut(self.classifier.learning_rate)[0] = rate;

        let clock = Instant::now();
        let first = self.position.step;
        let (cost, end) = self.steps(observers)?;
        let duration = clock.elapsed();
        let images = (self.position.step - first) * self.classifier.training.batch as u64;
        let images_per_second = images as f64 / duration.as_secs_f64().max(1e-9);
        let steps = Steps { cost, rate, images_per_second, end };
        self.with_averages(|fit| fit.end_epoch(&steps, observers))
    }

    /// Evaluates and tells observers after an epoch's steps; returns whether there is another one.
    fn end_epoch(
        &mut self,
        &Steps { cost, rate, images_per_second, end }: &Steps,
        observers: &mut [&mut dyn Observer],
    ) -> Result<bool, TrainError> {
        let [validation, test] = self.evaluated()?;
        if end == Epoch::Whole {
            self.position.epoch += 1;
            self.position.best = Some(self.best(&validation, &test));
        }
        let over = end == Epoch::Cut || self.is_over();
        let look = EpochEnd {
            epoch: self.position.epoch,
            step: self.position.step - 1,
            last: over,
            cost,
            learning_rate: rate,
            images_per_second,
            validation: &validation,
            test: &test,
            data: self.data,
            session: &self.session,
            model: &self.recording.model,
        };
        for observer in observers.iter_mut() {
            observer.epoch_ended(&look)?;
        }
        let numbers = look.scalars().map(|(tag, value)| (tag.to_owned(), value));
        self.last.metrics.extend(numbers);
        self.answers = Some([validation, test]);
        self.unsaved = end == Epoch::Whole;
        Ok(!over)
    }

    /// Saves a checkpoint after an epoch, unless it was cut; to be called once what was logged of it
    /// is written, lest a run that goes on from here lacks it.
    pub(super) fn save(&mut self) -> Result<(), TrainError> {
        let unsaved = std::mem::take(&mut self.unsaved);
        if let Some(dir) = self.options.checkpoints.as_ref().filter(|_| unsaved) {
            let state = State {
                session: &self.session,
                averages: self.average.as_ref().map_or(&[], MovingAverage::averages),
                seed: self.options.seed,
                position: &self.position,
            };
            dir.save(self.recording, &state)?;
        }
        Ok(())
    }

    /// Whether nothing is left to train.
    fn is_over(&self) -> bool {
        let patience = self.classifier.training.patience;
        self.position.is_out_of(patience) || self.position.step >= self.total_steps()
    }

    /// Trains what is left of an epoch; returns the mean of its costs.
    fn steps(&mut self, observers: &mut [&mut dyn Observer]) -> Result<(f64, Epoch), TrainError> {
        let classifier = self.classifier;
        let batch = classifier.training.batch;
        let is_plain = classifier.training.is_plain(self.position.epoch);
        let total = self.total_steps();
        self.compile()?;
        let order = batches::order(self.options.seed, self.position.epoch, self.data.train.len());
        let mut augmenter = self.augmenter.as_mut().filter(|_| !is_plain);
        if let Some(augmenter) = &mut augmenter {
            augmenter.set_epoch(self.position.epoch);
        }
        let plans = self.plans.as_mut().expect("they were compiled");
        let mut costs = 0.0;
        for (place, chosen) in order.chunks_exact(batch).enumerate() {
            let step = self.position.step;
            let example = |row: usize| chosen[row] as usize;
            let (session, train) = (&self.session, &self.data.train);
            let (plan, changes) = (&mut plans.step, augmenter.as_deref_mut());
            batches::feed_augmented(session, plan, classifier, train, example, changes)?;
            self.session.run(&mut plans.step)?;
            let cost = plans.step.number(classifier.cross_entropy);
            if let Err(origin) = self.session.check_finite(&plans.step, classifier.cross_entropy) {
                // It is the cost before this step: the step before made it so, as looks have it.
                let (what, step) = ("cost".to_owned(), step.saturating_sub(1));
                return Err(TrainError::Diverged { what, step, value: cost, origin });
            }
            costs += f64::from(cost);
            if let Some(average) = &mut self.average {
                average.update(&self.session, step);
            }
            self.position.step += 1;
            self.position.draws = self.session.draws();

            let stop = self.options.stop.load(Ordering::Relaxed);
            let end = stop || self.position.step == total;
            if end || step.is_multiple_of(self.options.every.max(1)) {
                let plan = &mut plans.look;
                let (session, changes) = (&self.session, augmenter.as_deref_mut());
                batches::feed_augmented(session, plan, classifier, train, example, changes)?;
                look_back(&mut self.session, plan)?;
                let (session, model) = (&self.session, &self.recording.model);
                let look = Look { step, last: end, session, plan, report: None, model };
                for observer in observers.iter_mut() {
                    observer.looked(&look)?;
                }
                self.last = look.outcome().with(std::mem::take(&mut self.last));
            }
            if end && place + 1 < order.len() / batch {
                return Ok((costs / (place + 1) as f64, Epoch::Cut));
            }
        }
        let steps = (order.len() / batch) as f64;
        Ok((costs / steps, Epoch::Whole))
    }

    /// The best epoch, now that another one has ended: of equals the first.
    fn best(&self, validation: &Evaluation, test: &Evaluation) -> Best {
        let this = Best {
            epoch: self.position.epoch,
            validation_accuracy: validation.accuracy,
            test_accuracy: test.accuracy,
        };
        match self.position.best {
            Some(best) if best.validation_accuracy >= this.validation_accuracy => best,
            _ => this,
        }
    }

    /// Returns what the classifier makes of validation and test images.
    pub(super) fn answers(&mut self) -> Result<[Evaluation; 2], TrainError> {
        match &self.answers {
            Some(answers) => Ok(answers.clone()),
            // Nothing was trained: it went on from the end.
            None => self.with_averages(Self::evaluated),
        }
    }

    /// Lets `ask` find averages where variables are, if there are any.
    fn with_averages<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        let swap = |fit: &mut Self| {
            if let Some(average) = &mut fit.average {
                average.swap(&mut fit.session);
            }
        };
        swap(self);
        let answer = ask(self);
        swap(self);
        answer
    }

    /// Evaluates validation and test images.
    fn evaluated(&mut self) -> Result<[Evaluation; 2], TrainError> {
        let Dataset { validation, test, .. } = self.data;
        Ok([self.evaluate("validation/cost", validation)?, self.evaluate("test/cost", test)?])
    }

    fn evaluate(&mut self, what: &str, examples: &Examples) -> Result<Evaluation, TrainError> {
        self.compile()?;
        let plans = self.plans.as_mut().expect("they were compiled");
        let evaluated = plans.evaluator.evaluate(&mut self.session, self.classifier, examples);
        evaluated.map_err(|error| match error {
            ExecError::NotFinite(origin) => {
                let (what, step) = (what.to_owned(), self.position.step.saturating_sub(1));
                TrainError::Diverged { what, step, value: origin.value, origin }
            }
            error => error.into(),
        })
    }

    /// What the run came to.
    pub(super) fn trained(&mut self, duration: Duration) -> Trained {
        let mut outcome = std::mem::take(&mut self.last);
        for tag in ["validation/accuracy", "test/accuracy"] {
            let value = outcome.metric(tag) as f32;
            outcome.report.push((tag.to_owned(), vec![value]));
        }
        if let Some(best) = self.position.best {
            let numbers = [
                ("best/epoch", best.epoch as f64),
                ("best/validation/accuracy", best.validation_accuracy),
                ("best/test/accuracy", best.test_accuracy),
            ];
            for (tag, value) in numbers {
                outcome.metrics.insert(tag.to_owned(), value);
            }
        }
        let step = self.position.step;
        let interrupted = self.options.stop.load(Ordering::Relaxed) && step < self.total_steps();
        Trained { outcome, steps: step, epochs: Some(self.position.epoch), duration, interrupted }
    }
}

/// Checks that the data is what the classifier takes.
fn check(recording: &Recording, classifier: &Classifier, data: &Dataset) -> Result<(), TrainError> {
    let sizes = recording.graph[classifier.images.pixels].shape().with_batch(1);
    let (rows, columns) = data.train.image_size();
    let problem = if sizes[1] != rows * columns {
        format!("images of {rows}x{columns} pixels, want {} pixels", sizes[1])
    } else if let Some([r, c]) = classifier.images.size.filter(|&size| size != [rows, columns]) {
        format!("images of {rows}x{columns} pixels, want {r}x{c}")
    } else if data.classes != classifier.classes {
        format!("{} classes, want {}", data.classes, classifier.classes)
    } else if data.train.len() < classifier.training.batch {
        let batch = classifier.training.batch;
        format!("{} training images, want at least a batch of {batch}", data.train.len())
    } else {
        return Ok(());
    };
    Err(TrainError::Data { name: classifier.training.data.clone(), problem })
}
