//! A run has one process that trains it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use super::{assert_fails, command, experiment, net, record, stderr};

/// What `experiment ls` says of a run.
fn status(logdir: &Path, run: &str) -> Value {
    let listing: Value =
        serde_json::from_slice(&experiment(logdir, &["ls", "--json"]).stdout).unwrap();
    let runs = listing["runs"].as_array().unwrap();
    runs.iter().find(|one| one["run"] == run).unwrap()["status"].clone()
}

/// A training that ends with its test.
struct Training(Child);

impl Training {
    /// Starts it and waits until it has printed two epochs: the first is saved then.
    fn start(logdir: &Path, arguments: &[&str]) -> Self {
        let mut command = command(logdir, arguments);
        let mut training = Training(command.stdout(Stdio::piped()).spawn().unwrap());
        let lines = BufReader::new(training.0.stdout.take().unwrap()).lines();
        let epochs = lines.map_while(Result::ok).filter(|line| line.starts_with("epoch "));
        assert_eq!(epochs.take(2).count(), 2, "it ended");
        training
    }
}

impl Drop for Training {
    fn drop(&mut self) {
        let _ = self.0.kill(); // SIGKILL
        let _ = self.0.wait();
    }
}

#[test]
fn a_run_that_is_trained_is_not_resumed_until_its_process_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let resume = ["run", "mnist_nn_dropout", "--resume", "--run"];
    for models in ["1", "2"] {
        let run = format!("net-{models}");
        let net = net(&run, &["--epochs", "1000000", "--models", models]);
        let training = Training::start(dir.path(), &net);
        let before = fs::read(dir.path().join(&run).join("run.json")).unwrap();
        let other = experiment(dir.path(), &[&resume[..], &[&run, "--epochs", "2000000"]].concat());
        let message = format!("error: another process trains run `{run}`");
        assert_fails(&other, 1, &message, "hint: wait for its end");
        assert!(before == fs::read(dir.path().join(&run).join("run.json")).unwrap());
        assert_eq!(status(dir.path(), &run), "running");
        drop(training);
        assert_eq!(status(dir.path(), &run), "killed");
        assert_eq!(record(dir.path(), &run)["status"], "running", "nobody was there to say so");

        // Its lock moves with it, and is locked anew where it goes on.
        let moved = format!("moved-{models}");
        fs::rename(dir.path().join(&run), dir.path().join(&moved)).unwrap();
        let training = Training::start(dir.path(), &[&resume[..], &[&moved]].concat());
        let other = experiment(dir.path(), &[&resume[..], &[&moved]].concat());
        assert_fails(&other, 1, &format!("another process trains run `{moved}`"), "hint: ");
        drop(training);
    }
}

#[test]
fn a_run_is_trained_where_there_are_no_locks() {
    let dir = tempfile::tempdir().unwrap();
    let run = ["run", "mnist_softmax", "--run", "one", "--quiet"];
    let sample = ["--set", "data=mnist_sample", "--epochs", "1"];
    experiment(dir.path(), &[&run[..], &sample].concat());
    // A run of an earlier version has none; a directory cannot be locked.
    let lock = dir.path().join("one").join(".lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let resumed = experiment(dir.path(), &[&run[..], &["--resume", "--epochs", "2"]].concat());
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert_eq!(record(dir.path(), "one")["epochs"], 2);
    assert_eq!(status(dir.path(), "one"), "completed");
}
