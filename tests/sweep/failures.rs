//! Trials that fail, and what is in their way.

use std::fs;
#[cfg(target_os = "linux")]
use std::process::Command;

use super::{answer, assert_fails, experiment, ran, record, six, text};

#[test]
fn what_is_not_the_trials_is_never_removed_and_fails_that_trial_alone() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = dir.path().join("runs").join("여섯");
    fs::create_dir_all(sweep.join("init=he,seed=1")).unwrap();
    fs::write(sweep.join("init=he,seed=1").join("thesis.tex"), "years of work").unwrap();
    fs::write(sweep.join("init=zeros,seed=0"), "a file").unwrap();
    // A run of another seed in the place of a trial.
    let other = ["run", "xor_nn", "--set", "init=xavier", "--seed", "9", "--steps", "20"];
    let other =
        experiment(dir.path(), &[&other[..], &["--run", "여섯/init=xavier,seed=0"]].concat());
    assert!(other.status.success());

    // They count as failed, so they are left until somebody asks for them.
    let output = six(dir.path(), &["--json"]);
    assert_fails(&output, 1, "3 of 6 trials failed", "`experiment sweep rerun --failed runs/");
    assert_eq!(ran(&answer(&output)), [0, 3, 5]);
    let status = text(&experiment(dir.path(), &["sweep", "status", "runs/여섯"]).stdout);
    assert!(status.starts_with("6 trials: 3 completed, 3 failed\n"), "{status}");
    for reason in ["is no run: it has no", "is no directory", "is another run"] {
        assert!(
            status.split_whitespace().collect::<Vec<_>>().join(" ").contains(reason),
            "{status}"
        );
    }
    let rerun = experiment(dir.path(), &["sweep", "rerun", "--failed", "runs/여섯"]);
    assert_eq!(rerun.status.code(), Some(1), "{}", text(&rerun.stderr));
    let thesis = sweep.join("init=he,seed=1").join("thesis.tex");
    assert_eq!(fs::read_to_string(&thesis).unwrap(), "years of work");
    assert_eq!(fs::read_to_string(sweep.join("init=zeros,seed=0")).unwrap(), "a file");
    assert_eq!(record(dir.path(), "init=xavier,seed=0")["seed"], 9);

    fs::remove_dir_all(sweep.join("init=he,seed=1")).unwrap();
    fs::remove_file(sweep.join("init=zeros,seed=0")).unwrap();
    fs::remove_dir_all(sweep.join("init=xavier,seed=0")).unwrap();
    let rerun = experiment(dir.path(), &["sweep", "rerun", "--failed", "runs/여섯"]);
    assert_eq!(rerun.status.code(), Some(0), "{}", text(&rerun.stderr));
    assert!(text(&rerun.stdout).contains("6 trials: 6 completed"), "{rerun:?}");
}

/// A file size limit is a full disk for one process and its children.
#[cfg(target_os = "linux")]
#[test]
fn trials_that_fail_say_why_and_are_run_again() {
    let dir = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_experiment");
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{binary}' sweep xor_deep --grid init=he,xavier --sweep 여섯 \
         --steps 400"
    );
    let mut limited = Command::new("bash");
    let output = limited.args(["-c", &script]).current_dir(dir.path()).output().unwrap();
    assert_fails(
        &output,
        1,
        "2 of 2 trials failed",
        "`experiment sweep status runs/여섯/plan.jsonl`",
    );
    let stdout = text(&output.stdout);
    assert!(stdout.contains("failed: cannot write `runs/여섯/init=he,seed=17/"), "{stdout}");
    assert_eq!(record(dir.path(), "init=he,seed=17")["status"], "failed");
    // A failure is not tried again unless asked.
    let run = experiment(dir.path(), &["sweep", "run", "runs/여섯", "--json"]);
    assert_eq!((run.status.code(), ran(&answer(&run))), (Some(1), vec![]));
    let rerun = experiment(dir.path(), &["sweep", "rerun", "--failed", "runs/여섯", "--json"]);
    assert_eq!((rerun.status.code(), ran(&answer(&rerun))), (Some(0), vec![0, 1]));
}
