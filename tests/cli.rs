//! What a user does with the binary: exit codes, stdout, stderr, and what is left on disk.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use runboard::event::EventReader;
use runboard::logdir::Logdir;
use runboard::trainer::Recording;
use serde_json::Value;

fn experiment(logdir: &Path, arguments: &[&str]) -> Output {
    command(logdir, arguments).output().unwrap()
}

fn command(logdir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).arg("--logdir").arg(logdir).stdin(Stdio::null());
    command
}

fn bare(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_experiment")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The event file of the only run below `dir`.
fn event_file(dir: &Path) -> PathBuf {
    let mut logdir = Logdir::new(dir);
    logdir.poll();
    let runs: Vec<_> = logdir.runs().collect();
    assert_eq!(runs.len(), 1);
    runs[0].event_files().next().unwrap().path().to_owned()
}

fn assert_fails(output: &Output, code: i32, message: &str, hint: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(&format!("error: {message}")), "{stderr}");
    assert!(stderr.contains(&format!("hint: {hint}")), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_plain_run_prints_the_lectures_lines_the_report_and_the_tensorboard_line() {
    let dir = tempfile::tempdir().unwrap();
    let output = experiment(dir.path(), &["--name", "xor_deep"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines[0].starts_with("0 ") && lines[1].starts_with("100 "), "{stdout}");
    assert!(lines[100].starts_with("10000 0.00"), "{stdout}");
    assert!(lines[101].starts_with("hypothesis 0.00"), "{stdout}");
    assert_eq!(lines[102], "predicted  0 1 1 0");
    assert_eq!(lines[103], "accuracy   1");
    assert_eq!(lines[104], "claim: accuracy 1.0 and cost below 0.01: held");
    assert!(lines[105].starts_with("run: "), "{stdout}");
    assert_eq!(lines[106], format!("tensorboard --logdir {}", dir.path().display()));
    assert_eq!(lines.len(), 107);
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn a_run_leaves_scalars_histograms_and_a_record_of_itself() {
    let dir = tempfile::tempdir().unwrap();
    let output = experiment(dir.path(), &["run", "xor_nn", "--run", "실험/하나", "--json"]);
    let answer = json(&output);
    assert_eq!(answer["experiment"], "xor_nn");
    assert_eq!(answer["run"], "실험/하나");
    assert_eq!(answer["steps"], 10_001);
    assert_eq!(answer["claim"]["held"], true);
    assert_eq!(answer["metrics"]["accuracy"], 1.0);

    let mut logdir = Logdir::builder(dir.path()).histograms(true).build();
    assert!(logdir.poll().is_empty());
    let run = logdir.run("실험/하나").unwrap();
    let tags: Vec<&str> = run.scalars().map(|(tag, _)| tag).collect();
    assert_eq!(tags, ["accuracy", "cost", "gradient_norm/Layer1", "gradient_norm/Layer2"]);
    let cost = run.scalar("cost").unwrap();
    assert_eq!((cost.len(), cost.steps()[1], cost.steps()[100]), (101, 100, 10_000));
    assert_eq!(f64::from(cost.values()[100]), answer["metrics"]["cost"].as_f64().unwrap());
    let tags: Vec<&str> = run.histograms().map(|(tag, _)| tag).collect();
    let layer = |layer: &str| ["bias", "output", "weight"].map(|what| format!("{layer}/{what}"));
    let gradients = ["Layer1/bias", "Layer1/weight", "Layer2/bias", "Layer2/weight"];
    let gradients = gradients.map(|what| format!("gradients/{what}"));
    assert_eq!(tags, [&layer("Layer1")[..], &layer("Layer2"), &gradients].concat());

    let record = fs::read_to_string(dir.path().join("실험/하나/run.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["status"], "completed");
    assert_eq!(record["hyper_parameters"]["learning_rate"], 0.1);
    assert_eq!(record["metrics"], answer["metrics"]);
    let files = fs::read_dir(dir.path().join("실험/하나")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert!(names.len() == 3 && names[0] == ".lock" && names[2] == "run.json", "{names:?}");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let dir = tempfile::tempdir().unwrap();
    let run = |seed: &str| {
        let arguments = ["--name", "xor_tensorboard", "--seed", seed, "--steps", "200", "--json"];
        json(&experiment(dir.path(), &arguments))["metrics"].clone()
    };
    assert_eq!(run("1"), run("1"));
    assert_ne!(run("1"), run("2"));
}

#[test]
fn an_unknown_experiment_gets_a_suggestion() {
    let dir = tempfile::tempdir().unwrap();
    let output = experiment(dir.path(), &["--name", "xor_dep"]);
    assert_fails(&output, 2, "unknown experiment `xor_dep`", "did you mean `xor_deep`?");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is made of a mistake");
}

#[test]
fn a_wrong_hyper_parameter_says_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let set = |pair: &str| experiment(dir.path(), &["--name", "xor_nn", "--set", pair]);
    let output = set("learning_rat=1");
    assert_fails(
        &output,
        2,
        "unknown hyper-parameter `learning_rat`",
        "did you mean `learning_rate`",
    );
    let output = experiment(dir.path(), &["run", "conv_basics", "--set", "a=1"]);
    assert_fails(&output, 2, "unknown hyper-parameter `a`", "it has none");
    assert_fails(&set("learning_rate"), 2, "`--set learning_rate`: want KEY=VALUE", "as in `--set");
    for (pair, want) in [
        ("learning_rate=fast", "got `fast`, want a number"),
        ("learning_rate=-1", "got `-1`, want a number above 0"),
        ("learning_rate=1e39", "want a number above 0 that f32 can hold"),
        ("activation=relo", "got `relo`, want one of linear, sigmoid, tanh, relu"),
        ("optimizer=", "got ``, want one of sgd, momentum, rmsprop, adam"),
    ] {
        let output = set(pair);
        assert_fails(&output, 2, "hyper-parameter `", "`experiment list` shows");
        assert!(text(&output.stderr).contains(want), "{pair}: {}", text(&output.stderr));
    }
    let arguments = ["--set", "init=orthonormal", "--set", "bias_init=orthonormal"];
    let output = experiment(dir.path(), &[&["run", "mnist_nn_relu"], &arguments[..]].concat());
    let message = "cannot build `mnist_nn_relu`: `Layer1/bias`: orthonormal initial values are";
    assert_fails(&output, 1, message, "these hyper-parameters do not fit; `experiment list`");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn epochs_that_are_given_twice_or_that_there_are_none_of_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, set: &[&str]| {
        let sample = ["run", name, "--quiet", "--epochs", "1"];
        experiment(dir.path(), &[&sample, set].concat())
    };
    let data = ["--set", "data=mnist_sample"];
    let output = run("mnist_softmax", &[&data[..], &["--set", "epochs=3"]].concat());
    assert_fails(&output, 2, "`--epochs 1` and `--set epochs=3` differ", "they are the same");
    for name in ["conv_basics", "backprop_chain"] {
        let message = format!("`{name}`: it trains nothing, so it has no epochs");
        assert_fails(&run(name, &[]), 2, &message, "leave `--epochs` out");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is made of a mistake");
    let same = run("mnist_softmax", &[&data[..], &["--set", "epochs=1.0"]].concat());
    assert_eq!(same.status.code(), Some(0), "{}", text(&same.stderr));
    // Where every step sees all examples a step is an epoch.
    assert_eq!(run("xor_nn", &[]).status.code(), Some(0));
}

#[test]
fn a_net_that_no_machine_holds_is_told_and_leaves_no_run() {
    let dir = tempfile::tempdir().unwrap();
    let sample = ["run", "mnist_cnn", "--run", "one", "--set", "data=mnist_sample"];
    let arguments = [&sample[..], &["--set", "filters=65536,65536,65536"]].concat();
    let output = experiment(dir.path(), &arguments);
    // Twice 3 * 3 * 65536 * 65536 and 4 * 4 * 65536 * 625 floats, and Adam keeps two for each.
    let message = "the variables take 871.3 GiB of memory, more than there is";
    assert_fails(&output, 1, message, "smaller layers or a smaller batch");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left of it");
}

#[test]
fn a_run_directory_is_never_used_twice() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--name", "backprop_chain", "--run", "one", "--quiet"];
    assert_eq!(experiment(dir.path(), &arguments).status.code(), Some(0));
    let before = fs::read(event_file(dir.path())).unwrap();
    let output = experiment(dir.path(), &arguments);
    assert_fails(&output, 1, "run directory `", "give the run another name with `--run`");
    assert_eq!(fs::read(event_file(dir.path())).unwrap(), before);
}

#[test]
fn a_logdir_that_cannot_be_written_is_an_error_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let output = experiment(&file, &["--name", "xor_nn"]);
    assert_fails(&output, 1, "cannot make run directory `", "choose another directory");
    let output = experiment(dir.path(), &["--name", "xor_nn", "--run", "../out"]);
    assert_fails(
        &output,
        2,
        "run name `../out`: want names joined by `/`",
        "as in `--run first/try`",
    );
}

#[test]
fn a_cost_that_becomes_nan_is_told_once_and_fails_the_check() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--name", "xor_11layer_relu", "--set", "learning_rate=1e30", "--set"];
    let arguments = [&arguments[..], &["optimizer=sgd", "--steps", "300"]].concat();
    let arguments = [&arguments[..], &["--summary-every", "10", "--check"]].concat();
    let output = experiment(dir.path(), &arguments);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.matches("warning: `").count(), 1, "{stderr}");
    // The first step is so long that the second layer's sums overflow.
    assert!(stderr.contains(" at step 0; `Layer2/MatMul`: gives inf in row 0"), "{stderr}");
    assert!(stderr.contains("error: the claim does not hold"), "{stderr}");
}

#[test]
fn a_training_that_diverges_says_once_at_which_step() {
    let dir = tempfile::tempdir().unwrap();
    let run = ["run", "mnist_softmax", "--set", "data=mnist_sample", "--run", "one"];
    let diverging = ["--set", "learning_rate=1e38", "--summary-every", "1"];
    let output = experiment(dir.path(), &[&run[..], &diverging].concat());
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.matches(" became ").count(), 1, "{stderr}");
    // As the curve has it.
    let mut logdir = Logdir::new(dir.path());
    logdir.poll();
    let cost = logdir.run("one").unwrap().scalar("cost").unwrap();
    let step = cost.iter().find(|(_, _, value)| !value.is_finite()).unwrap().0;
    assert!(stderr.contains(&format!("error: `cost` became NaN at step {step}; `")), "{stderr}");
}

#[test]
fn a_reader_that_goes_away_does_not_stop_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = command(dir.path(), &["--name", "xor_nn", "--summary-every", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap(); // and it is closed
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut logdir = Logdir::new(dir.path());
    logdir.poll();
    assert_eq!(logdir.runs().next().unwrap().scalar("cost").unwrap().len(), 10_001);
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_was_logged_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--name", "xor_deep", "--run", "one", "--steps", "100000000"];
    let mut child = command(dir.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = [0; 64];
    child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap(); // it trains
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("interrupted after "));
    let record = fs::read_to_string(dir.path().join("one").join("run.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["status"], "interrupted");
    let mut logdir = Logdir::new(dir.path());
    assert!(logdir.poll().is_empty());
    let cost = logdir.run("one").unwrap().scalar("cost").unwrap();
    assert_eq!(cost.last().unwrap().0 + 1, record["steps"].as_i64().unwrap());
}

/// A file size limit is a full disk for one process.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_the_run_with_the_files_name_and_what_was_written_is_readable() {
    let dir = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_experiment");
    // The limit is 64 blocks of 1 KiB; SIGXFSZ is ignored, so that writes fail instead.
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{binary}' --name xor_deep --run one --steps 1000000 \
         --summary-every 1 --quiet --logdir '{}'",
        dir.path().display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let file = event_file(dir.path());
    assert!(stderr.contains(&format!("error: cannot write `{}`", file.display())), "{stderr}");
    assert!(stderr.contains("hint: "), "{stderr}");
    assert_eq!(fs::metadata(&file).unwrap().len(), 64 << 10, "written up to the last byte");
    let mut events = EventReader::new(File::open(&file).unwrap());
    let mut count = 0;
    while events.next_event().unwrap().is_some() {
        count += 1;
    }
    assert!(count > 3, "{count} events");
    let record = fs::read_to_string(dir.path().join("one").join("run.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["status"], "failed");
    assert!(record["steps"].as_u64().unwrap() > 3, "{record}");
}

#[test]
fn damage_in_a_logdir_is_told_and_everything_else_is_read() {
    let dir = tempfile::tempdir().unwrap();
    for run in ["cut", "flipped", "long", "whole"] {
        experiment(dir.path(), &["--name", "xor_nn", "--run", run, "--quiet"]);
    }
    let file = |run: &str| event_file(&dir.path().join(run));
    let bytes = fs::read(file("cut")).unwrap();
    fs::write(file("cut"), &bytes[..bytes.len() - 7]).unwrap();
    let mut bytes = fs::read(file("flipped")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file("flipped"), bytes).unwrap();
    let mut bytes = fs::read(file("long")).unwrap();
    bytes[..8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    fs::write(file("long"), bytes).unwrap();
    fs::write(dir.path().join("notes.txt"), "not an event file").unwrap();

    let output = experiment(dir.path(), &["ls", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let runs = json(&output)["runs"].as_array().unwrap().clone();
    let steps: Vec<_> = runs.iter().map(|run| run["last_step"].as_i64()).collect();
    let names: Vec<_> = runs.iter().map(|run| run["run"].as_str().unwrap()).collect();
    assert_eq!(names, ["cut", "flipped", "long", "whole"]);
    assert_eq!(steps, [Some(10_000), Some(10_000), None, Some(10_000)]);
    let warnings = text(&output.stderr);
    assert_eq!(warnings.lines().count(), 2, "{warnings}");
    assert!(warnings.contains("data checksum mismatch"), "{warnings}");
    assert!(warnings.contains("record at byte 0: length checksum mismatch"), "{warnings}");
}

#[test]
fn compare_tells_last_and_best_and_draws_one_tag() {
    let dir = tempfile::tempdir().unwrap();
    for (run, experiment_name) in [("선형", "xor_logistic"), ("깊은망", "xor_deep")] {
        experiment(dir.path(), &["--name", experiment_name, "--run", run, "--quiet"]);
    }
    let answer = json(&experiment(dir.path(), &["compare", "--json"]));
    let rows = answer["rows"].as_array().unwrap();
    let tags: Vec<_> = rows.iter().map(|row| row["tag"].as_str().unwrap()).collect();
    assert_eq!(tags, ["accuracy", "accuracy", "cost", "cost"]);
    assert_eq!((&rows[0]["run"], &rows[0]["best"]), (&"깊은망".into(), &1.0.into()));
    assert_eq!(rows[2]["last_step"], 10_000);

    let output = text(&experiment(dir.path(), &["compare", "--tag", "cost"]).stdout);
    let lines: Vec<&str> = output.lines().collect();
    let column = |line: &str| {
        use unicode_width::UnicodeWidthStr;
        line[..line.find("cost").unwrap()].width()
    };
    assert_eq!(column(lines[2]), column(lines[3]), "aligned by width: {output}");
    assert!(output.contains("  a 깊은망") && output.contains("  b 선형"), "{output}");

    let output = experiment(dir.path(), &["compare", "--tag", "cots"]);
    assert_fails(&output, 1, "no scalars `cots` in these runs", "did you mean `cost`?");
    let output = experiment(dir.path(), &["compare", "none"]);
    assert_fails(&output, 1, "no run `none` in `", "see `experiment ls");
}

#[test]
fn listings_know_every_experiment() {
    let answer = json(&bare(&["list", "--json"]));
    let names: Vec<_> = answer["experiments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|experiment| experiment["name"].as_str().unwrap().to_owned())
        .collect();
    let known: Vec<_> = runboard::experiments::ALL.iter().map(|e| e.about().name).collect();
    assert_eq!(names, known);
    let listing = text(&bare(&["list"]).stdout);
    for (name, experiment) in names.iter().zip(runboard::experiments::ALL) {
        assert!(listing.contains(&format!("{name} (")), "{listing}");
        let graph = json(&bare(&["graph", name, "--json"]));
        let recording = Recording::new(*experiment, experiment.hyper_parameters()).unwrap();
        let nodes = recording.graph.nodes().len();
        assert!(nodes > 3 && graph["nodes"].as_array().unwrap().len() == nodes, "{name}");
    }
    assert!(listing.contains("held for 9 of 20 seeds"), "{listing}");
    let graph = text(&bare(&["graph", "xor_deep"]).stdout);
    assert!(graph.ends_with("nodes, 261 trainable parameters\n"), "{graph}");
}

#[test]
fn usage_mistakes_exit_with_2_and_completions_know_the_options() {
    for arguments in
        [&["--steps", "5"][..], &["run"], &["--name", "xor_nn", "--steps", "0"], &["x"]]
    {
        assert_eq!(bare(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let script = text(&bare(&["completions", "bash"]).stdout);
    assert!(script.contains("--summary-every"), "{script}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_logdir_need_not_be_unicode() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join(OsStr::from_bytes(b"a\xffb"));
    let output = experiment(&logdir, &["--name", "backprop_chain", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(json(&output)["status"], "completed");
}

#[test]
fn the_last_step_has_its_histograms() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["--name", "xor_nn", "--run", "one", "--steps", "151", "--quiet"];
    assert_eq!(experiment(dir.path(), &arguments).status.code(), Some(0));
    let mut logdir = Logdir::builder(dir.path()).histograms(true).build();
    logdir.poll();
    let run = logdir.run("one").unwrap();
    assert_eq!(run.scalar("cost").unwrap().steps(), [0, 100, 150]);
    assert_eq!(run.histogram("Layer1/weight").unwrap().steps(), [0, 150]);
}

#[test]
fn pictures_are_printed_before_the_report_in_characters_that_the_terminal_has() {
    let dir = tempfile::tempdir().unwrap();
    let output = experiment(dir.path(), &["run", "conv_basics", "--run", "basics"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let stdout = text(&output.stdout);
    let valid =
        "valid: 2 x 2 x 1\n12 16\n24 28\n\nsame: 3 x 3 x 1\n12 16  9\n24 28 15\n15 17  9\n\n";
    assert!(stdout.contains(valid), "{stdout}");
    assert!(stdout.lines().nth(23).unwrap().starts_with("claim: VALID gives 12 16"), "{stdout}");

    let drawn = |run: &str, set: &[(&str, &str)]| {
        let mut command = command(dir.path(), &["run", "mnist_conv_maps", "--run", run]);
        for name in ["TERM", "LC_ALL", "LC_CTYPE", "LANG"] {
            command.env_remove(name);
        }
        let output = command.envs(set.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).replace(run, "")
    };
    let blocks = drawn("blocks", &[("LANG", "ko_KR.UTF-8")]);
    assert!(blocks.contains('█') && blocks.contains("conv2d: 14 x 14 x 5"), "{blocks}");
    assert!(blocks.lines().all(|line| line.contains(':') || line.chars().count() <= 80));
    let ascii = drawn("ascii", &[("TERM", "dumb")]);
    let pictures = ascii.split("claim:").next().unwrap();
    assert!(pictures.is_ascii() && pictures.contains('@'), "{ascii}");
}
