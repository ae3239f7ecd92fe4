//! Checkpoints that are damaged, strange or cannot be written.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use safetensors::tensor::{SafeTensors, serialize};

use super::{assert_fails, experiment, record, stderr};

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
#[cfg(unix)]
fn a_full_disk_ends_a_run_and_leaves_no_half_of_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_experiment");
    // A checkpoint of this net has some 2 MB; the limit is 1024 blocks of 1 KiB for each file, which is
    // enough for all else. SIGXFSZ is ignored, so that writes fail instead.
    let script = format!(
        "trap '' XFSZ; ulimit -f 1024; exec '{binary}' run mnist_nn_dropout --run full \
         --set data=mnist_sample --set hidden=200,100 --epochs 3 --quiet --logdir '{}'",
        dir.path().display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_fails(&output, 1, "error: checkpoint `", "is the disk full?");
    let checkpoints = dir.path().join("full").join("checkpoints");
    let left: Vec<_> = fs::read_dir(checkpoints).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(record(dir.path(), "full")["status"], "failed");
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
