//! How far the trials of a plan are.

use serde_json::{Map, Value as Json, json};

use super::plan::Plan;
use super::state::{Standing, State, log_path, standing};
use crate::cli::metric::main_metric;
use crate::cli::table;

/// The standing of every trial of a plan, by its task.
pub(super) struct Survey<'a> {
    plan: &'a Plan,
    pub(super) standings: Vec<Standing>,
}

impl<'a> Survey<'a> {
    /// Looks at every trial.
    pub(super) fn of(plan: &'a Plan) -> Self {
        let standings = plan.trials.iter().map(|trial| standing(plan, trial)).collect();
        Survey { plan, standings }
    }

    pub(super) fn count(&self, state: State) -> usize {
        self.standings.iter().filter(|standing| standing.state == state).count()
    }

    /// The tasks of which that is true.
    pub(super) fn tasks(&self, wanted: impl Fn(State) -> bool) -> Vec<usize> {
        let of = |(task, standing): (usize, &Standing)| wanted(standing.state).then_some(task);
        self.standings.iter().enumerate().filter_map(of).collect()
    }

    /// `6 trials: 4 completed, 2 failed`
    pub(super) fn summary(&self) -> String {
        let counts = State::ALL.iter().map(|&state| (self.count(state), state.as_str()));
        let counts: Vec<String> = counts
            .filter(|(count, _)| *count > 0)
            .map(|(count, state)| format!("{count} {state}"))
            .collect();
        let trials = if self.standings.len() == 1 { "trial" } else { "trials" };
        format!("{} {trials}: {}", self.standings.len(), counts.join(", "))
    }

    /// The summary, and a table of what failed.
    pub(super) fn render(&self) -> String {
        let mut text = format!("{}\n", self.summary());
        let failed = self.tasks(|state| state == State::Failed);
        if !failed.is_empty() {
            let row = |task: usize| {
                let reason = self.standings[task].reason.clone().unwrap_or_default();
                [task.to_string(), self.plan.trials[task].run.clone(), reason]
            };
            let rows = failed.into_iter().map(row);
            text += &format!("\n{}", table::render(&["task", "failed trial", "reason"], rows));
        }
        text
    }

    /// Counts and trials; `seconds` are of those that were run just now, by task.
    pub(super) fn to_json(&self, seconds: &[Option<f64>]) -> Json {
        let counts = State::ALL.iter().map(|&s| (s.as_str().to_owned(), self.count(s).into()));
        let trial = |(task, standing): (usize, &Standing)| {
            let trial = &self.plan.trials[task];
            let failed = standing.state == State::Failed;
            json!({
                "task": task,
                "run": trial.run,
                "set": trial.set,
                "seed": trial.seed,
                "status": standing.state.as_str(),
                "seconds": seconds.get(task).copied().flatten(),
                "metrics": standing.metrics,
                "reason": standing.reason,
                "log": failed.then(|| log_path(self.plan, trial).display().to_string()),
            })
        };
        json!({
            "plan": self.plan.path().display().to_string(),
            "counts": counts.collect::<Map<String, Json>>(),
            "trials": self.standings.iter().enumerate().map(trial).collect::<Vec<_>>(),
        })
    }

    /// The tag by which the trials are judged.
    pub(super) fn main_tag(&self) -> Option<&str> {
        self.standings
            .iter()
            .find_map(|standing| main_metric(&standing.metrics))
            .map(|(tag, _)| tag)
    }
}
