//! What is not resumed, and is left as it was.

use std::fs;
use std::path::{Path, PathBuf};

use super::{assert_fails, experiment, record, stderr};

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
