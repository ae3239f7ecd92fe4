//! The training loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Look, Model, Observer, Outcome, Recording, Schedule, Start, TrainError};
use crate::exec::{ExecError, Plan, Session};
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
    /// Steps that were trained.
    pub steps: u64,
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
    /// [`TrainError`] if an observer cannot write, or the model is fed rows that do not fit.
    pub fn train(
        &self,
        options: &RunOptions,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Trained, TrainError> {
        let RunOptions { seed, schedule, stop } = *options;
        let (graph, model) = (&self.graph, &self.model);
        let mut session = Session::new(graph, seed);
        let mut step_plan = model.train.map(|op| fed_plan(&session, model, &[op])).transpose()?;
        let mut look_plan = fed_plan(&session, model, &looked_at(graph, model))?;
        for observer in observers.iter_mut() {
            observer.started(&Start { recording: self, seed, schedule })?;
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
            if last || step % schedule.every.max(1) == 0 {
                session.run(&mut look_plan)?;
                let look = Look { step, last, session: &session, plan: &look_plan, model };
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
        Ok(Trained { outcome, steps, duration: clock.elapsed(), interrupted })
    }
}

/// A plan with all the model's inputs that it takes.
fn fed_plan(session: &Session, model: &Model, fetches: &[NodeId]) -> Result<Plan, ExecError> {
    let rows = model.inputs().iter().find_map(|(_, rows)| rows.shape().first().copied());
    let batch = rows.unwrap_or(1);
    let mut plan = session.plan(fetches, batch)?;
    for (node, rows) in model.inputs() {
        if plan.takes(*node) {
            plan.feed_array(*node, rows)?;
        }
    }
    Ok(plan)
}

/// The nodes whose values a look shows; those of variables are the session's.
fn looked_at(graph: &Graph, model: &Model) -> Vec<NodeId> {
    let roles = [&model.scalars, &model.histograms, &model.report];
    let nodes = roles.into_iter().flatten().map(|(_, node)| *node).chain(model.printed);
    nodes.filter(|&node| !matches!(graph[node].op(), Op::Variable(_))).collect()
}
