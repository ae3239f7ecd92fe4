//! A sweep by a program of one's own, whose trials crash in every way: this one.
//!
//! It has no test harness, for the sweep starts the program it is of again: with arguments it is a
//! command line, without it is the test.

use std::path::Path;
use std::process::{Command, ExitCode, Output};

use ndarray::array;
use runboard::graph::GraphBuilder;
use runboard::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Schedule, Seeds,
};
use serde_json::Value;

/// Ends as its hyper-parameter says, but only where it is trained: plans build it too.
struct Doomed;

impl Experiment for Doomed {
    fn about(&self) -> About {
        let seeds = Seeds { held: 1, of: 1 };
        let claim = Claim { text: "none", holds: |_| true, seeds };
        let schedule = Schedule { steps: 3, every: 1 };
        About { name: "doomed", lecture: "none", summary: "ends badly", schedule, claim }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new().text("fate", "lives")
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        if std::env::args().nth(1).as_deref() == Some("run") {
            match hyper.get_text("fate") {
                "panics" => panic!("as it was told"),
                "aborts" => std::process::abort(),
                "exits" => std::process::exit(3),
                "leaves" => std::process::exit(0),
                _ => {}
            }
        }
        let mut model = Model::new();
        let x = model.input(g, "X", &array![[1.0], [2.0]])?;
        let mean = g.mean(x)?;
        model.scalar("mean", mean);
        Ok(model)
    }
}

fn main() -> ExitCode {
    let is_command = |word: String| ["run", "sweep"].contains(&word.as_str());
    if std::env::args().nth(1).is_some_and(is_command) {
        return runboard::cli::main(&[&Doomed]);
    }
    a_crash_is_the_failure_of_that_trial_alone();
    ExitCode::SUCCESS
}

fn own(dir: &Path, arguments: &[&str]) -> Output {
    let program = std::env::current_exe().expect("it runs");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(dir).output().expect("it can be started again")
}

fn a_crash_is_the_failure_of_that_trial_alone() {
    let dir = tempfile::tempdir().expect("there is room");
    let fates = "fate=panics,aborts,exits,leaves,lives";
    let output = own(dir.path(), &["sweep", "doomed", "--grid", fates, "--sweep", "s", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("error: 4 of 5 trials failed\nhint: "), "{stderr}");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let reason = |task: usize| answer["trials"][task]["reason"].as_str().unwrap_or("none");
    assert_eq!(reason(0), "as it was told");
    if cfg!(unix) {
        assert!(reason(1).starts_with("ended by signal: 6 (SIGABRT)"), "{}", reason(1));
    }
    assert_eq!(reason(2), "ended by exit status: 3");
    assert_eq!(reason(3), "ended by exit status: 0");
    let lives = &answer["trials"][4];
    assert_eq!((&lives["status"], &lives["metrics"]["mean"]), (&"completed".into(), &1.5.into()));

    // The exit code of a task is its trial's; one that does not do what it should has failed.
    for (task, code) in [("0", 101), ("2", 3), ("3", 1), ("4", 0)] {
        let output = own(dir.path(), &["sweep", "run", "runs/s", "--task", task]);
        assert_eq!(output.status.code(), Some(code), "task {task}: {output:?}");
    }
}
