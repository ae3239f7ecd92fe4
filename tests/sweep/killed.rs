//! Sweeps that are killed or interrupted.

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
    assert!(stderr.contains("interrupted: 3 trials left\nhint: `experiment sweep run"), "{stderr}");
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
