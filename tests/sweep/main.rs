//! `experiment sweep` and `compare --group-by`: what a user sees and what is left on disk.

mod failures;
#[cfg(target_os = "linux")]
mod killed;
mod mistakes;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use runboard::logdir::Logdir;
use serde_json::{Value, json};

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).current_dir(dir).stdin(Stdio::null());
    command
}

/// Runs the command in a directory, so that its `runs` is there.
fn experiment(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().unwrap()
}

/// A sweep of six trials, and what it answers.
fn six(dir: &Path, more: &[&str]) -> Output {
    let grid = ["--grid", "init=he,xavier,zeros", "--seeds", "2", "--steps", "20"];
    experiment(dir, &[&["sweep", "xor_nn", "--sweep", "여섯"], &grid[..], more].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

#[track_caller]
fn assert_fails(output: &Output, code: i32, message: &str, hint: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(&format!("error: {message}")), "{stderr}");
    assert!(stderr.contains("hint: ") && stderr.contains(hint), "{stderr}");
}

fn record(dir: &Path, run: &str) -> Value {
    let path = dir.join("runs").join("여섯").join(run).join("run.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn set_status(dir: &Path, run: &str, status: &str) {
    let mut record = record(dir, run);
    record["status"] = status.into();
    let path = dir.join("runs").join("여섯").join(run).join("run.json");
    fs::write(path, record.to_string()).unwrap();
}

/// The task of each trial that a sweep ran just now.
fn ran(answer: &Value) -> Vec<u64> {
    let trials = answer["trials"].as_array().unwrap().iter();
    trials.filter(|t| !t["seconds"].is_null()).map(|t| t["task"].as_u64().unwrap()).collect()
}

#[test]
fn every_trial_is_a_run_of_its_own_with_its_hyper_parameters() {
    let dir = tempfile::tempdir().unwrap();
    let output = six(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let lines: Vec<&str> = stdout.lines().collect();
    let mut trials: Vec<&str> = lines[..6].iter().map(|l| l.split(' ').nth(1).unwrap()).collect();
    trials.sort_unstable();
    let want = ["he", "xavier", "zeros"].map(|i| [0, 1].map(|s| format!("init={i},seed={s}")));
    assert_eq!(trials, want.concat());
    assert!(lines[0].starts_with("1/6 init=") && lines[5].starts_with("6/6 init="), "{stdout}");
    assert!(lines[0].contains(" s  accuracy 0."), "{stdout}");
    assert_eq!(lines[6], "6 trials: 6 completed");
    assert_eq!(lines[7], "experiment compare --logdir runs/여섯 --group-by init --tag accuracy");
    assert!(lines[8].starts_with("tensorboard --logdir /"), "{stdout}");

    let mut logdir = Logdir::new(dir.path().join("runs"));
    assert!(logdir.poll().is_empty());
    let runs: Vec<&str> = logdir.runs().map(|run| run.name().as_str()).collect();
    assert_eq!(runs, want.concat().iter().map(|run| format!("여섯/{run}")).collect::<Vec<_>>());
    for run in logdir.runs() {
        assert_eq!(run.scalar("cost").unwrap().last().unwrap().0, 19);
    }
    let record = record(dir.path(), "init=xavier,seed=1");
    assert_eq!((&record["seed"], &record["status"]), (&json!(1), &json!("completed")));
    assert_eq!(record["hyper_parameters"]["init"], "xavier");
}

#[test]
fn a_trial_is_the_very_run_that_the_run_command_makes() {
    let dir = tempfile::tempdir().unwrap();
    six(dir.path(), &[]);
    let arguments = ["run", "xor_nn", "--set", "init=he", "--seed", "1", "--steps", "20", "--json"];
    let alone = answer(&experiment(dir.path(), &arguments));
    assert_eq!(record(dir.path(), "init=he,seed=1")["metrics"], alone["metrics"]);
    assert_ne!(record(dir.path(), "init=he,seed=0")["metrics"], alone["metrics"]);
}

#[test]
fn what_is_finished_is_skipped_and_what_is_half_done_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(ran(&answer(&six(dir.path(), &["--json"]))), [0, 1, 2, 3, 4, 5]);
    assert_eq!(ran(&answer(&six(dir.path(), &["--json"]))), [] as [u64; 0]);

    // As a kill leaves them: one stopped, one running by its own account, one without a record.
    set_status(dir.path(), "init=he,seed=1", "interrupted");
    set_status(dir.path(), "init=zeros,seed=0", "running");
    let empty = dir.path().join("runs").join("여섯").join("init=xavier,seed=0");
    fs::remove_dir_all(&empty).unwrap();
    fs::create_dir(&empty).unwrap();
    fs::write(empty.join("run.json.tmp"), "{\"experi").unwrap();
    fs::write(empty.join(".lock"), "").unwrap();
    let stale = dir.path().join("runs").join("여섯").join("init=he,seed=1").join("stale");
    fs::write(&stale, "").unwrap();
    let status = answer(&experiment(dir.path(), &["sweep", "status", "runs/여섯", "--json"]));
    let counts = json!({"completed": 3, "failed": 0, "interrupted": 3, "pending": 0, "running": 0});
    assert_eq!(status["counts"], counts);
    let again = experiment(dir.path(), &["sweep", "run", "runs/여섯/plan.jsonl", "--json"]);
    assert_eq!(ran(&answer(&again)), [1, 2, 4]);
    assert_eq!(answer(&again)["counts"]["completed"], 6);
    assert!(!stale.exists(), "it began in a clean directory");
}

#[test]
fn a_trial_that_somebody_resumes_is_left_to_him() {
    let dir = tempfile::tempdir().unwrap();
    six(dir.path(), &["--json"]);
    set_status(dir.path(), "init=he,seed=1", "running");
    let run = dir.path().join("runs").join("여섯").join("init=he,seed=1");
    let lock = fs::File::open(run.join(".lock")).unwrap();
    lock.lock().unwrap();
    let again = || answer(&six(dir.path(), &["--json"]));
    let left = again();
    assert_eq!((ran(&left), &left["counts"]["running"]), (vec![], &json!(1)));
    let task = experiment(dir.path(), &["sweep", "run", "runs/여섯", "--task", "1", "--force"]);
    assert!(text(&task.stderr).contains("another process runs the trial"), "{task:?}");
    drop(lock);
    assert_eq!(ran(&again()), [1]);
}

#[test]
fn a_plan_is_written_without_running_and_grows() {
    let dir = tempfile::tempdir().unwrap();
    let plan = |seeds: &str| {
        let grid = ["--grid", "activation=relu,tanh", "--seed-list", seeds, "--steps", "20"];
        experiment(dir.path(), &[&["sweep", "plan", "xor_nn"], &grid[..]].concat())
    };
    let output = plan("3");
    assert_eq!(text(&output.stdout), "runs/xor_nn-by-activation/plan.jsonl\n");
    let path = dir.path().join("runs").join("xor_nn-by-activation").join("plan.jsonl");
    let line = |activation: &str, seed: u64| {
        format!(
            "{{\"experiment\":\"xor_nn\",\"run\":\"activation={activation},seed={seed}\",\
             \"seed\":{seed},\"set\":{{\"activation\":\"{activation}\"}},\"steps\":20}}\n"
        )
    };
    assert_eq!(fs::read_to_string(&path).unwrap(), line("relu", 3) + &line("tanh", 3));
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing ran");
    plan("3,4");
    let longer = line("relu", 3) + &line("tanh", 3) + &line("relu", 4) + &line("tanh", 4);
    assert_eq!(fs::read_to_string(&path).unwrap(), longer, "tasks keep their numbers");
    assert_fails(&plan("5"), 1, "plan `", "another name with `--sweep`");
}

#[test]
fn a_task_of_a_plan_is_run_alone_as_a_job_system_does() {
    let dir = tempfile::tempdir().unwrap();
    let plan = ["sweep", "plan", "xor_nn", "--grid", "init=he,xavier", "--steps", "20"];
    experiment(dir.path(), &[&plan[..], &["--sweep", "여섯"]].concat());
    let task = |task: &str, more: &[&str]| {
        experiment(dir.path(), &[&["sweep", "run", "runs/여섯", "--task", task], more].concat())
    };
    let output = task("1", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("init=xavier,seed=17  "), "{output:?}");
    assert!(!dir.path().join("runs/여섯/init=he,seed=17").exists());
    let start = record(dir.path(), "init=xavier,seed=17")["start"].clone();
    assert!(text(&task("1", &[]).stderr).contains("`--force` runs it again"));
    assert_eq!(record(dir.path(), "init=xavier,seed=17")["start"], start);
    let forced = answer(&task("1", &["--force", "--json"]));
    assert_eq!((&forced["task"], &forced["status"]), (&json!(1), &json!("completed")));
    assert_ne!(record(dir.path(), "init=xavier,seed=17")["start"], start);
    assert_fails(&task("2", &[]), 2, "task 2: the plan has 2 trials", "the first is 0");
}

#[test]
fn two_sweeps_of_one_plan_never_run_the_same_trial() {
    let dir = tempfile::tempdir().unwrap();
    let plan = ["sweep", "plan", "xor_nn", "--grid", "init=he,xavier,normal,zeros", "--seeds", "4"];
    experiment(dir.path(), &[&plan[..], &["--sweep", "s"]].concat());
    let arguments = ["sweep", "run", "runs/s", "--json"];
    let quiet = |mut command: Command| command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let start = || quiet(command(dir.path(), &arguments)).unwrap();
    let both = [start(), start()].map(|child| child.wait_with_output().unwrap());
    let mut all: Vec<u64> = both.iter().flat_map(|output| ran(&answer(output))).collect();
    all.sort_unstable();
    assert_eq!(all, (0..16).collect::<Vec<_>>(), "each trial once");
    let status = answer(&experiment(dir.path(), &["sweep", "status", "runs/s", "--json"]));
    assert_eq!(status["counts"]["completed"], 16);
}
