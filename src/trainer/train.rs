//! The training loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::lsuv::lsuv;
use super::{Look, Model, Observer, Outcome, Recording, Schedule, Start, TrainError};
use crate::exec::{ExecError, Mode, NotFinite, Plan, Session};
use crate::graph::{Graph, NodeId, Op};

/// How a run is to go.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions<'a> {
    /// What the first values of the variables are drawn from; the same seed gives the same run.
    pub seed: u64,
    /// How long it trains and how often it is looked at.
    pub schedule: Schedule,
    /// Ends the run after the current step once it is true.
    pub stop: &'a AtomicBool,
}

/// A run that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// What it came to.
    pub outcome: Outcome,
    /// Steps that were trained, by this run and those it goes on from.
    pub steps: u64,
    /// Whole epochs that were trained, of classifiers.
    pub epochs: Option<u64>,
    /// Time the steps and looks took.
    pub duration: Duration,
    /// Whether it was stopped before its last step.
    pub interrupted: bool,
}

impl Recording {
    /// Trains the model and lets `observers` see it.
    ///
    /// ```
    /// use std::sync::atomic::AtomicBool;
    ///
    /// use runboard::experiments;
    /// use runboard::trainer::{Recording, RunOptions};
    ///
    /// let experiment = experiments::find("backprop_chain").expect("it is in the list");
    /// let recording = Recording::new(experiment, experiment.hyper_parameters())?;
    /// let (stop, schedule) = (AtomicBool::new(false), recording.about.schedule);
    /// let trained = recording.train(&RunOptions { seed: 0, schedule, stop: &stop }, &mut [])?;
    /// assert_eq!(trained.outcome.metric("df/dw"), 5.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TrainError`] if an observer cannot write, or the model is fed rows that do not fit or are not
    /// finite.
    pub fn train(
        &self,
        options: &RunOptions,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Trained, TrainError> {
        let RunOptions { seed, schedule, stop } = *options;
        let (graph, model) = (&self.graph, &self.model);
        check_inputs(graph, model)?;
        let mut session = Session::try_new(graph, seed)?;
        let (training, evaluation) = (Mode::Training, Mode::Evaluation);
        lsuv(&mut session, &model.layers, |session, product| {
            fed_plan(session, model, evaluation, &[product])
        })?;
        let step_plan = model.train.map(|op| fed_plan(&session, model, training, &[op]));
        let mut step_plan = step_plan.transpose()?;
        // Gradients are those of training; what is reported is what the model will be used for.
        let mut look_plan = fed_plan(&session, model, training, &looked_at(graph, model))?;
        let mut report_plan = fed_plan(&session, model, evaluation, &reported(graph, model))?;
        for observer in observers.iter_mut() {
            let start = Start { recording: self, seed, schedule, first_step: 0, batch: None };
            observer.started(&start)?;
        }

        let clock = Instant::now();
        let mut steps = 0;
        let mut outcome = Outcome::default();
        while steps < schedule.steps {
            if let Some(plan) = &mut step_plan {
                session.run(plan)?;
            }
            let step = steps;
            steps += 1;
            let interrupted = stop.load(Ordering::Relaxed);
            let last = interrupted || steps == schedule.steps;
            if last || step.is_multiple_of(schedule.every.max(1)) {
                look_back(&mut session, &mut look_plan)?;
                if last {
                    session.run(&mut report_plan)?;
                }
                let (plan, report) = (&look_plan, last.then_some(&report_plan));
                let look = Look { step, last, session: &session, plan, report, model };
                for observer in observers.iter_mut() {
                    observer.looked(&look)?;
                }
                if last {
                    outcome = look.outcome();
                }
            }
            if interrupted {
                break;
            }
        }
        let interrupted = steps < schedule.steps;
        Ok(Trained { outcome, steps, epochs: None, duration: clock.elapsed(), interrupted })
    }
}

/// Checks that what the model is fed is finite, once: it is the same in every step.
fn check_inputs(graph: &Graph, model: &Model) -> Result<(), ExecError> {
    let inputs = model.inputs().iter();
    let mut found =
        inputs.filter_map(|(node, rows)| NotFinite::find(&graph[*node], rows.iter().copied()));
    found.next().map_or(Ok(()), |found| Err(found.into()))
}

/// A plan with all the model's inputs that it takes.
fn fed_plan(
    session: &Session,
    model: &Model,
    mode: Mode,
    fetches: &[NodeId],
) -> Result<Plan, ExecError> {
    let rows = model.inputs().iter().find_map(|(_, rows)| rows.shape().first().copied());
    let batch = rows.unwrap_or(1);
    let mut plan = match mode {
        Mode::Training => session.training_plan(fetches, batch)?,
        Mode::Evaluation => session.plan(fetches, batch)?,
    };
    for (node, rows) in model.inputs() {
        if plan.takes(*node) {
            plan.feed_array(*node, rows)?;
        }
    }
    Ok(plan)
}

/// Runs a plan that looks at a step that was just trained: it draws the same random masks.
///
/// Looking is no part of the training, so the next step draws what it would have drawn anyway.
pub(super) fn look_back(session: &mut Session, plan: &mut Plan) -> Result<(), ExecError> {
    let draws = session.draws();
    session.set_draws(draws.saturating_sub(1));
    let looked = session.run(plan);
    session.set_draws(draws);
    looked
}

/// The nodes whose values a look shows; those of variables are the session's.
pub(super) fn looked_at(graph: &Graph, model: &Model) -> Vec<NodeId> {
    let nodes = [&model.scalars, &model.histograms].into_iter().flatten();
    computed(graph, nodes.map(|(_, node)| *node).chain(model.printed))
}

/// The nodes whose values are reported at the end.
fn reported(graph: &Graph, model: &Model) -> Vec<NodeId> {
    computed(graph, model.report.iter().chain(&model.maps).map(|(_, node)| *node))
}

fn computed(graph: &Graph, nodes: impl Iterator<Item = NodeId>) -> Vec<NodeId> {
    nodes.filter(|&node| !matches!(graph[node].op(), Op::Variable(_))).collect()
}
