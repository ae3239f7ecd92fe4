//! `experiment run --resume`: what a kill cuts off goes on as if nothing had happened.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use runboard::logdir::Logdir;
use safetensors::tensor::{SafeTensors, serialize};
use serde_json::Value;

fn command(logdir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).arg("--logdir").arg(logdir).stdin(Stdio::null());
    command
}

fn experiment(logdir: &Path, arguments: &[&str]) -> Output {
    command(logdir, arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn assert_fails(output: &Output, code: i32, message: &str, hint: &str) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
    assert!(stderr.contains(hint), "{stderr}");
}

/// A net with dropout that takes some ten milliseconds an epoch.
const NET: &[&str] = &[
    "run",
    "mnist_nn_dropout",
    "--set",
    "data=mnist_sample",
    "--set",
    "hidden=200,100",
    "--set",
    "batch=20",
    "--summary-every",
    "4",
    "--run",
];

fn net<'a>(run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [NET, &[run], more].concat()
}

/// Starts a run and kills it once it has printed so many epochs.
fn killed_after(logdir: &Path, arguments: &[&str], epochs: usize) {
    let mut child = command(logdir, arguments).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = lines.map_while(Result::ok).filter(|line| line.starts_with("epoch ")).take(epochs);
    assert_eq!(seen.count(), epochs);
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
}

fn record(logdir: &Path, run: &str) -> Value {
    let text = fs::read_to_string(logdir.join(run).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every scalar of a run: tag, steps, values.
fn curves(logdir: &Path, run: &str) -> Vec<(String, Vec<i64>, Vec<u32>)> {
    let mut opened = Logdir::new(logdir);
    assert!(opened.poll().iter().all(|problem| problem.to_string().contains("cut")), "damage");
    let run = opened.run(run).unwrap();
    let curve = |(tag, series): (&str, &runboard::logdir::ScalarSeries)| {
        let steps = series.iter().map(|(step, _, _)| step).collect();
        let values = series.iter().map(|(_, _, value)| value.to_bits()).collect();
        (tag.to_owned(), steps, values)
    };
    run.scalars().map(curve).collect()
}

fn assert_same_curves(logdir: &Path, a: &str, b: &str) {
    let (of_a, of_b) = (curves(logdir, a), curves(logdir, b));
    let tags = |curves: &[(String, Vec<i64>, Vec<u32>)]| {
        curves.iter().map(|(tag, ..)| tag.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tags(&of_a), tags(&of_b));
    for ((tag, steps, values), (_, other_steps, other_values)) in of_a.iter().zip(&of_b) {
        assert_eq!(steps, other_steps, "{tag} of {a} and {b}");
        assert!(values == other_values, "{tag} of {a} and {b}: other values");
    }
}

#[test]
fn a_killed_run_goes_on_to_the_same_weights_and_one_curve() {
    let dir = tempfile::tempdir().unwrap();
    let whole = experiment(dir.path(), &net("whole", &["--epochs", "40"]));
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));

    killed_after(dir.path(), &net("killed", &["--epochs", "40"]), 3);
    assert_eq!(record(dir.path(), "killed")["status"], "running");
    let resume = ["run", "mnist_nn_dropout", "--run", "killed", "--resume", "--summary-every", "4"];
    let resumed = experiment(dir.path(), &resume);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));

    let last = |run: &str| {
        let path = dir.path().join(run).join("checkpoints").join("epoch-0040.safetensors");
        fs::read(path).unwrap()
    };
    assert!(last("whole") == last("killed"), "the last checkpoints differ");
    let (whole, killed) = (record(dir.path(), "whole"), record(dir.path(), "killed"));
    for key in ["metrics", "steps", "epochs", "status", "hyper_parameters", "seed"] {
        assert_eq!(whole[key], killed[key], "{key}");
    }
    // But for speed, every tag has the same steps and values, each step once.
    assert_same_curves(dir.path(), "whole", "killed");
    let files = fs::read_dir(dir.path().join("killed")).unwrap();
    let is_event_file = |name: &str| name.contains("tfevents");
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| is_event_file(name)).count(), 2);
}

#[test]
fn a_complete_run_is_trained_longer_by_more_epochs() {
    let dir = tempfile::tempdir().unwrap();
    let once = experiment(dir.path(), &net("once", &["--epochs", "6"]));
    assert_eq!(once.status.code(), Some(0), "{}", stderr(&once));
    experiment(dir.path(), &net("twice", &["--epochs", "3"]));
    let on = |more: &[&str]| {
        let arguments = ["run", "mnist_nn_dropout", "--run", "twice", "--resume"];
        experiment(dir.path(), &[&arguments, more].concat())
    };
    assert_fails(&on(&[]), 1, "run `twice` is complete", "hint: to train it longer");
    let resumed = on(&["--epochs", "6", "--summary-every", "4"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    let metrics = |run: &str| record(dir.path(), run)["metrics"].clone();
    assert_eq!(metrics("once"), metrics("twice"));
}

#[test]
fn an_ensemble_goes_on_with_all_its_models() {
    let dir = tempfile::tempdir().unwrap();
    let models = ["--models", "2", "--epochs", "12"];
    let whole = experiment(dir.path(), &net("whole", &models));
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let stdout = String::from_utf8(whole.stdout).unwrap();
    assert!(stdout.contains("ensemble 0."), "{stdout}");
    killed_after(dir.path(), &net("killed", &models), 2);
    let resume = ["run", "mnist_nn_dropout", "--run", "killed", "--resume", "--summary-every", "4"];
    let resumed = experiment(dir.path(), &resume);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    for model in ["", "/model-1", "/model-2"] {
        let [whole, killed] = ["whole", "killed"].map(|run| format!("{run}{model}"));
        assert_same_curves(dir.path(), &whole, &killed);
    }
    let metrics = record(dir.path(), "killed")["metrics"].clone();
    for tag in ["test/accuracy", "test/accuracy/model-1", "test/accuracy/model-2"] {
        assert!(metrics[tag].is_number(), "{metrics}");
    }
}

#[test]
fn what_cannot_be_resumed_is_an_error_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let resume =
        |name: &str, run: &str| experiment(dir.path(), &["run", name, "--run", run, "--resume"]);
    let dropout = "mnist_nn_dropout";
    assert_fails(&resume(dropout, "none"), 1, "error: no run `none` in", "experiment ls");
    assert_fails(&resume(dropout, "../up"), 2, "error: run name `../up`: want", "hint: ");
    let without = experiment(dir.path(), &["run", dropout, "--resume"]);
    assert_fails(&without, 2, "--run <RUN>", "hint: `--resume` goes on with the run that `--run`");
    for other in [["--set", "hidden=9"], ["--seed", "3"]] {
        let with = ["run", dropout, "--resume", "--run", "none", other[0], other[1]];
        let with = experiment(dir.path(), &with);
        assert_fails(
            &with,
            2,
            "cannot be used with",
            "hint: a run goes on with the seed and hyper",
        );
    }

    experiment(dir.path(), &["run", "xor_nn", "--run", "xor", "--steps", "5"]);
    let other = resume(dropout, "xor");
    assert_fails(&other, 1, "run `xor` is one of `xor_nn`, not of `mnist_nn_dropout`", "hint: ");

    // Killed in its first epoch, it has saved nothing.
    fs::create_dir(dir.path().join("begun")).unwrap();
    let mut begun = record(dir.path(), "xor");
    begun["experiment"] = "mnist_softmax".into();
    begun["status"] = "running".into();
    begun["hyper_parameters"] = serde_json::json!({ "data": "mnist_sample" });
    fs::write(dir.path().join("begun").join("run.json"), begun.to_string()).unwrap();
    assert_fails(&resume("mnist_softmax", "begun"), 1, "error: no checkpoint in", "run it again");

    fs::write(dir.path().join("begun").join("run.json"), "{").unwrap();
    assert_fails(&resume("mnist_softmax", "begun"), 1, "error: cannot read", "");
    let none = resume("xor_nn", "xor");
    assert_fails(&none, 2, "error: `xor_nn`: it keeps no checkpoints", "");
}

#[test]
#[cfg(unix)]
fn a_full_disk_ends_a_run_and_leaves_no_half_of_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_experiment");
    // A checkpoint of this net has some 2 MB; the limit is 64 blocks of 1 KiB for each file.
    // SIGXFSZ is ignored, so that writes fail instead.
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{binary}' run mnist_nn_dropout --run full \
         --set data=mnist_sample --set hidden=200,100 --epochs 3 --quiet --logdir '{}'",
        dir.path().display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_fails(&output, 1, "error: c", "is the disk full?");
    let checkpoints = dir.path().join("full").join("checkpoints");
    let left: Vec<_> = fs::read_dir(checkpoints).map(Iterator::collect).unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(record(dir.path(), "full")["status"], "failed");
}

/// The name of what is in a directory and all below it, and the bytes of files; but for locks.
fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else if path.file_name().unwrap() != ".lock" {
            let bytes = fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

#[test]
fn a_resume_with_nothing_to_train_is_an_error_and_touches_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let softmax = ["run", "mnist_softmax"];
    let sample = ["--set", "data=mnist_sample", "--quiet", "--run"];
    let patient = ["--set", "learning_rate=1e-12", "--set", "patience=2"];
    for (run, more) in [
        ("one", &["--epochs", "4"][..]),
        ("three", &["--epochs", "4", "--models", "3"]),
        ("cut", &["--steps", "5"]),
        // A rate that changes no accuracy.
        ("patient", &[&["--epochs", "50"], &patient[..]].concat()),
        ("both", &[&["--epochs", "50", "--models", "2"], &patient[..]].concat()),
    ] {
        let trained = experiment(dir.path(), &[&softmax[..], &sample, &[run], more].concat());
        assert_eq!(trained.status.code(), Some(0), "{}", stderr(&trained));
    }
    // As a run is left that was killed after its last checkpoint.
    fs::create_dir(dir.path().join("ended")).unwrap();
    fs::create_dir(dir.path().join("ended/checkpoints")).unwrap();
    for (path, bytes) in contents(&dir.path().join("one")) {
        let to = dir.path().join("ended").join(path.strip_prefix(dir.path().join("one")).unwrap());
        fs::write(to, bytes).unwrap();
    }
    let path = dir.path().join("ended/run.json");
    let running = fs::read_to_string(&path).unwrap().replace("\"completed\"", "\"running\"");
    fs::write(&path, running).unwrap();

    let longer = "hint: to train it longer, give it more `--epochs`";
    let wait = "hint: more `--epochs` do not help";
    for (run, more, message, hint) in [
        ("one", &[][..], "run `one` is complete: epoch 4 was its last", longer),
        (
            "one",
            &["--epochs", "4"],
            "run `one` has come to epoch 4: got `--epochs 4`, want",
            longer,
        ),
        (
            "one",
            &["--epochs", "2"],
            "run `one` has come to epoch 4: got `--epochs 2`, want",
            longer,
        ),
        (
            "one",
            &["--steps", "5"],
            "run `one` has come to step 12: got `--steps 5`",
            "more `--steps`",
        ),
        ("one", &["--steps", "500"], "run `one` is complete: epoch 4 was its last", longer),
        ("ended", &[], "run `ended` is complete: epoch 4 was its last", longer),
        ("three", &[], "run `three` is complete", longer),
        ("three", &["--epochs", "4"], "run `three` has come to epoch 4: got", longer),
        ("three", &["--models", "4", "--epochs", "9"], "got `--models 4`, want 3", "leave"),
        ("cut", &[], "run `cut` is complete", "hint: to train it longer, give it more `--steps`"),
        (
            "cut",
            &["--steps", "4"],
            "run `cut` has come to step 5: got `--steps 4`",
            "more `--steps`",
        ),
        ("patient", &["--epochs", "60"], "run `patient` is complete: its `patience` of 2", wait),
        ("patient", &[], "run `patient` is complete: its `patience` of 2", wait),
        ("both", &["--epochs", "60"], "run `both` is complete: its `patience` of 2", wait),
    ] {
        let before = contents(dir.path());
        let resume = [&softmax[..], &["--resume", "--run", run], more].concat();
        let refused = experiment(dir.path(), &resume);
        assert_fails(&refused, 1, &format!("error: {message}").replace("error: got", "got"), hint);
        assert!(before == contents(dir.path()), "{resume:?} has changed something");
    }
    let models = [&softmax[..], &["--resume", "--run", "three", "--models", "3"]].concat();
    let on = experiment(dir.path(), &[&models[..], &["--epochs", "5"]].concat());
    assert_eq!(on.status.code(), Some(0), "{}", stderr(&on));
    let metrics = record(dir.path(), "three")["metrics"].clone();
    assert!(metrics["test/accuracy/model-3"].is_number(), "{metrics}");
    let on = [&softmax[..], &["--resume", "--run", "cut", "--steps", "9"]].concat();
    assert_eq!(experiment(dir.path(), &on).status.code(), Some(0));
    assert_eq!(record(dir.path(), "cut")["steps"], 9);
}

#[test]
fn models_that_patience_has_ended_stay_while_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    // Chosen so that the models end one after the other.
    let run = ["run", "mnist_softmax", "--set", "data=mnist_sample", "--set", "learning_rate=0.01"];
    let run =
        [&run[..], &["--set", "patience=2", "--models", "3", "--summary-every", "1"]].concat();
    let trained = |name: &str, epochs: &str| {
        let run = [&run[..], &["--run", name, "--epochs", epochs, "--quiet"]].concat();
        let trained = experiment(dir.path(), &run);
        assert_eq!(trained.status.code(), Some(0), "{}", stderr(&trained));
        record(dir.path(), name)["epochs"].as_u64().unwrap()
    };
    let last = trained("whole", "30");
    trained("cut", &(last - 1).to_string());
    let resume = ["run", "mnist_softmax", "--resume", "--run", "cut", "--summary-every", "1"];
    let resumed = experiment(dir.path(), &[&resume[..], &["--epochs", "30"]].concat());
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    for key in ["metrics", "epochs", "steps"] {
        assert_eq!(record(dir.path(), "whole")[key], record(dir.path(), "cut")[key], "{key}");
    }
    for model in ["", "/model-1", "/model-2", "/model-3"] {
        let [whole, cut] = ["whole", "cut"].map(|run| format!("{run}{model}"));
        assert_same_curves(dir.path(), &whole, &cut);
    }
}

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

/// Writes a checkpoint as it would be with another text in its header.
fn write_changed(path: &Path, from: &str, to: &str) {
    let bytes = fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let about = header.metadata().as_ref().unwrap()["runboard"].clone();
    assert!(about.contains(from), "{about}");
    let about = [("runboard".to_owned(), about.replace(from, to))].into_iter().collect();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let changed = serialize(tensors.tensors(), Some(about)).unwrap();
    fs::write(path, changed).unwrap();
}

#[test]
fn what_is_wrong_with_a_checkpoint_is_said_with_a_hint_that_fits() {
    let dir = tempfile::tempdir().unwrap();
    let run = ["run", "mnist_softmax", "--set", "data=mnist_sample", "--quiet", "--run", "one"];
    experiment(dir.path(), &[&run[..], &["--epochs", "3"]].concat());
    let checkpoints = dir.path().join("one").join("checkpoints");
    let file = |epoch: u32| checkpoints.join(format!("epoch-{epoch:04}.safetensors"));
    let resume = || {
        let resume = ["run", "mnist_softmax", "--resume", "--run", "one", "--epochs", "6"];
        experiment(dir.path(), &resume)
    };
    let whole = fs::read(file(3)).unwrap();
    write_changed(&file(3), "\"format\":1", "\"format\":99");
    let message = "is of another version of the format: got 99, want 1";
    assert_fails(&resume(), 1, message, "hint: it was written by another version");
    fs::write(file(3), &whole).unwrap();
    write_changed(&file(3), "mnist_softmax", "mnist_nn_deep");
    let message = "is of another model: experiment: got \"mnist_nn_deep\", want \"mnist_softmax\"";
    assert_fails(&resume(), 1, message, "hint: checkpoints belong to one experiment");

    let earlier = fs::read(file(2)).unwrap();
    for epoch in [2, 3] {
        fs::write(file(epoch), &whole[..100]).unwrap();
    }
    assert_fails(&resume(), 1, "is damaged", "hint: the one before it would be taken");
    // And so it is.
    fs::write(file(2), earlier).unwrap();
    let resumed = resume();
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));

    let lose = || fs::remove_dir_all(&checkpoints).unwrap();
    lose();
    assert_fails(&resume(), 1, "error: no checkpoint in", "hint: there is none to go on from");

    let diverging = [&run[..6], &["two", "--set", "learning_rate=1e38"]].concat();
    experiment(dir.path(), &diverging);
    let again = experiment(dir.path(), &["run", "mnist_softmax", "--resume", "--run", "two"]);
    assert_fails(&again, 1, "error: no checkpoint in", "change what made it fail");
}

#[test]
fn a_run_that_fails_where_no_record_fits_says_so_in_the_one_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let run = ["run", "mnist_softmax", "--set", "data=mnist_sample", "--run", "full"];
    let run =
        [&run[..], &["--epochs", "100000", "--logdir", dir.path().to_str().unwrap()]].concat();
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    let mut child =
        command.args(run).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    // The second: a checkpoint is written once its epoch is told.
    let mut epochs = lines.by_ref().filter(|line| line.starts_with("epoch "));
    let epoch = epochs.nth(1).unwrap();
    let epoch: u64 = epoch.split_whitespace().nth(1).unwrap().parse().unwrap();
    // Drafts cannot be written, as on a full disk: directories have their names.
    let full = dir.path().join("full");
    fs::create_dir(full.join("run.json.tmp")).unwrap();
    for epoch in epoch + 100..epoch + 110 {
        fs::create_dir(full.join("checkpoints").join(format!("epoch-{epoch:04}.tmp"))).unwrap();
    }
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    assert_fails(&output, 1, "error: checkpoint `", "is the disk full?");
    let record = record(dir.path(), "full");
    assert_eq!((&record["status"], &record["seed"]), (&"failed".into(), &17.into()));
}
