//! `experiment sweep` and `compare --group-by`: what a user sees and what is left on disk.

use std::fs;
use std::path::{Path, PathBuf};
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

#[test]
fn mistakes_are_told_before_anything_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = |arguments: &[&str]| experiment(dir.path(), &[&["sweep"], arguments].concat());
    assert_fails(&sweep(&["xor_n"]), 2, "unknown experiment `xor_n`", "did you mean `xor_nn`?");
    let output = sweep(&["xor_nn", "--grid", "inti=he"]);
    assert_fails(&output, 2, "unknown hyper-parameter `inti`", "did you mean `init`?");
    let output = sweep(&["xor_nn", "--grid", "init="]);
    assert_fails(&output, 2, "`--grid init=`: no values", "as in `--grid init=xavier,he`");
    let output = sweep(&["xor_nn", "--grid", "init=he", "--sweep", "../out"]);
    assert_fails(
        &output,
        2,
        "run name `../out`: want names joined by `/`",
        "as in `--sweep first/",
    );
    let output = sweep(&["xor_nn", "--grid", "init=hee"]);
    assert_fails(&output, 2, "hyper-parameter `init`: got `hee`", "`experiment list` shows");
    let differ = ["--grid", "batch=10,20", "--epochs", "2", "--set", "epochs=3"];
    let output = sweep(&[&["mnist_softmax"], &differ[..]].concat());
    assert_fails(&output, 2, "`--epochs 2` and `--set epochs=3` differ", "give one of them");
    let output = sweep(&["backprop_chain"]);
    assert_fails(&output, 2, "nothing to sweep `backprop_chain` over", "`--seeds N`");
    assert_eq!(sweep(&["rerun", "runs"]).status.code(), Some(2), "rerun of what?");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is made of a mistake");

    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let output = sweep(&["xor_nn", "--grid", "init=he", "--logdir", "file"]);
    assert_fails(&output, 1, "cannot write plan `file/", "choose another directory");
}

#[test]
fn a_damaged_plan_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let line = |experiment: &str, init: &str| {
        json!({"experiment": experiment, "seed": 0, "run": init, "set": {"init": init}}).to_string()
    };
    let run = |lines: &[String]| {
        fs::write(dir.path().join("plan.jsonl"), lines.join("\n")).unwrap();
        experiment(dir.path(), &["sweep", "run", "plan.jsonl"])
    };
    let good = line("xor_nn", "he");
    let output = run(&[good.clone(), String::new(), good[..40].to_owned()]);
    assert_fails(&output, 1, "plan `plan.jsonl`, line 3: not JSON at column 40", "a JSON object");
    let output = run(&[good.clone(), good.clone()]);
    assert_fails(&output, 1, "plan `plan.jsonl`, line 2: the run `he` is that of line 1", "");
    let output = run(&[good.clone(), line("xor_nm", "xavier")]);
    assert_fails(&output, 2, "task 1: unknown experiment `xor_nm`", "did you mean `xor_nn`?");
    let output = run(&[good.clone(), line("xor_nn", "xaviar")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("task 1: hyper-parameter `init`: got `xaviar`"));
    let files: Vec<PathBuf> =
        fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [dir.path().join("plan.jsonl")], "nothing ran");
    let output = run(&[]);
    assert_fails(&output, 1, "plan `plan.jsonl` has no trials", "`experiment sweep plan NAME`");
    let output = experiment(dir.path(), &["sweep", "status", "none"]);
    assert_fails(&output, 1, "cannot read plan `none`: ", "`experiment sweep plan NAME`");
}

#[test]
fn damaged_data_is_told_once_as_a_run_tells_it_before_any_trial_begins() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    for file in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
        fs::write(data.join(format!("{file}-ubyte")), "no images").unwrap();
    }
    let alone = experiment(dir.path(), &["run", "mnist_softmax", "--data-dir", "data"]);
    assert_fails(&alone, 1, "`data/train-images-idx3-ubyte`: ", "--data-dir data` replaces");
    let grid = ["--grid", "batch=10,20", "--sweep", "s", "--data-dir", "data"];
    let output = experiment(dir.path(), &[&["sweep", "mnist_softmax"], &grid[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), text(&alone.stderr));
    let status = answer(&experiment(dir.path(), &["sweep", "status", "runs/s", "--json"]));
    assert_eq!(status["counts"]["pending"], 2, "{status}");
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

#[cfg(target_os = "linux")]
mod killed {
    use std::io::Read;
    use std::process::Child;

    use super::*;

    const ENDLESS: [&str; 9] = [
        "sweep",
        "xor_deep",
        "--grid",
        "init=he,xavier,zeros",
        "--steps",
        "100000000",
        "--jobs",
        "2",
        "--sweep=여섯",
    ];

    /// The processes that a process started.
    fn children(of: u32) -> Vec<u32> {
        let parent = |pid: u32| -> Option<u32> {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
        };
        let pids = fs::read_dir("/proc").unwrap();
        let pids = pids.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        pids.filter(|&pid| parent(pid) == Some(of)).collect()
    }

    fn signal(name: &str, pid: u32) {
        assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
    }

    /// Waits until something is so; a second is long, a minute is for slow machines.
    fn until(what: &str, is: impl Fn() -> bool) {
        for _ in 0..6000 {
            if is() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("never: {what}");
    }

    fn counts(dir: &Path) -> Value {
        answer(&experiment(dir, &["sweep", "status", "runs/여섯", "--json"]))["counts"].clone()
    }

    /// A sweep that ends with its test, as trials do with their sweep.
    struct Sweep(Child);

    impl Drop for Sweep {
        fn drop(&mut self) {
            let _ = self.0.kill();
        }
    }

    impl Sweep {
        /// Waits for its end: its exit code, stdout and stderr.
        fn end(&mut self) -> (Option<i32>, String, String) {
            let (mut stdout, mut stderr) = (String::new(), String::new());
            self.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
            self.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            (self.0.wait().unwrap().code(), stdout, stderr)
        }
    }

    /// An endless sweep of which two trials train.
    fn endless(dir: &Path) -> Sweep {
        let mut sweep = command(dir, &ENDLESS);
        let sweep = sweep.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let sweep = Sweep(sweep.unwrap());
        let trains = |run: &str| {
            let path = dir.join("runs").join("여섯").join(run).join("run.json");
            path.exists()
        };
        until("two train", || trains("init=he,seed=17") && trains("init=xavier,seed=17"));
        sweep
    }

    #[test]
    fn an_interrupt_stops_all_trials_cleanly_and_says_what_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let mut sweep = endless(dir.path());
        assert_eq!(counts(dir.path())["running"], 2);
        let busy = experiment(dir.path(), &["sweep", "run", "runs/여섯", "--task", "0"]);
        assert!(text(&busy.stderr).contains("another process runs the trial"), "{busy:?}");
        assert_eq!(busy.status.code(), Some(1));

        // The sweep alone, as `kill` does: its trials are told by it.
        signal("-INT", sweep.0.id());
        let (code, _, stderr) = sweep.end();
        assert_eq!(code, Some(130), "{stderr}");
        assert!(
            stderr.contains("interrupted: 3 trials left\nhint: `experiment sweep run"),
            "{stderr}"
        );
        assert_eq!(record(dir.path(), "init=he,seed=17")["status"], "interrupted");
        assert_eq!(record(dir.path(), "init=xavier,seed=17")["status"], "interrupted");
        assert!(!dir.path().join("runs").join("여섯").join("init=zeros,seed=17").exists());
        let counts = counts(dir.path());
        assert_eq!((&counts["interrupted"], &counts["pending"]), (&json!(2), &json!(1)));
    }

    /// As a terminal does, which tells the whole process group, whatever its members are at.
    #[test]
    fn ctrl_c_is_no_failure_whenever_it_comes() {
        use std::os::unix::process::CommandExt;
        for wait in [0, 3, 6, 9, 12, 20, 40, 100] {
            let dir = tempfile::tempdir().unwrap();
            let mut sweep = command(dir.path(), &ENDLESS);
            sweep.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
            let mut sweep = Sweep(sweep.spawn().unwrap());
            let plan = dir.path().join("runs").join("여섯").join("plan.jsonl");
            until("it has a plan", || plan.exists());
            std::thread::sleep(std::time::Duration::from_millis(wait));
            let group = format!("-{}", sweep.0.id());
            assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
            sweep.0.wait().unwrap();
            until("none runs", || counts(dir.path())["running"] == 0);
            let counts = counts(dir.path());
            assert_eq!((&counts["failed"], &counts["completed"]), (&json!(0), &json!(0)), "{wait}");
        }
    }

    #[test]
    fn trials_of_a_killed_sweep_end_and_can_be_taken_up() {
        let dir = tempfile::tempdir().unwrap();
        let mut sweep = endless(dir.path());
        // They hold their locks themselves, so that nobody runs them before they have ended too.
        for trial in children(sweep.0.id()) {
            let stdout = fs::read_link(format!("/proc/{trial}/fd/1")).unwrap();
            assert!(stdout.ends_with(Path::new(".locks").join(stdout.file_name().unwrap())));
            assert!(stdout.to_str().unwrap().ends_with(",seed=17.lock"), "{stdout:?}");
        }
        signal("-KILL", sweep.0.id());
        sweep.0.wait().unwrap();

        // Their stdin ended with the sweep.
        until("none runs", || counts(dir.path())["running"] == 0);
        let counts = counts(dir.path());
        assert_eq!((&counts["interrupted"], &counts["pending"]), (&json!(2), &json!(1)));
        assert_eq!(record(dir.path(), "init=he,seed=17")["status"], "interrupted");
    }

    #[test]
    fn a_trial_that_is_killed_fails_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut sweep = endless(dir.path());
        let id = sweep.0.id();
        let trial = |run: &str| {
            let named = |pid: &u32| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                String::from_utf8_lossy(&line).contains(&format!("--run={run}"))
            };
            children(id).into_iter().find(named).unwrap()
        };
        signal("-KILL", trial("init=he,seed=17"));
        let failed = || counts(dir.path())["failed"] == 1 && counts(dir.path())["running"] == 2;
        until("it fails and the next begins", failed);
        signal("-INT", id);
        let (_, stdout, _) = sweep.end();
        let want = "1/3 init=he,seed=17  ";
        assert!(stdout.starts_with(want) && stdout.contains("ended by signal: 9"), "{stdout}");
        assert_eq!(record(dir.path(), "init=he,seed=17")["status"], "failed");
        let status = text(&experiment(dir.path(), &["sweep", "status", "runs/여섯"]).stdout);
        assert!(status.contains("3 trials: 2 interrupted, 1 failed"), "{status}");
        assert!(status.contains("ended by signal: 9 (SIGKILL)"), "{status}");
    }
}
