//! The pictures that a classifier's run leaves.

use std::path::Path;
use std::process::{Command, Stdio};
#[cfg(target_os = "linux")]
use std::{fs, sync::atomic::AtomicBool, time::Duration};

#[cfg(target_os = "linux")]
use runboard::data::Examples;
use runboard::data::{self, DataHome, Dataset};
#[cfg(target_os = "linux")]
use runboard::experiments;
use runboard::logdir::{Image, Kind, Logdir, PrCurve, Text};
use runboard::proto::Layout;
#[cfg(target_os = "linux")]
use runboard::summary::{SummaryWriter, WriteError};
#[cfg(target_os = "linux")]
use runboard::trainer::{EpochEnd, Fit, FitOptions, Look, Observer, Pictures, Recording, Start};
use tempfile::TempDir;

const RUN: &str = "숫자";

fn experiment(logdir: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).args(["--run", RUN, "--quiet", "--logdir"]).arg(logdir);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A log directory with a run on the built-in digits.
fn trained(arguments: &[&str]) -> TempDir {
    let logdir = tempfile::tempdir().unwrap();
    let run = ["run", "mnist_softmax", "--set", "data=mnist_sample"];
    experiment(logdir.path(), &[&run[..], arguments].concat());
    logdir
}

fn digits() -> Dataset {
    data::load("mnist_sample", &DataHome::at("")).unwrap()
}

#[test]
fn a_run_leaves_its_pictures_also_where_it_went_on() {
    let logdir = trained(&["--epochs", "4"]);
    experiment(logdir.path(), &["run", "mnist_softmax", "--resume", "--epochs", "6"]);
    let mut runs = Logdir::builder(logdir.path()).keep_everything().build();
    assert!(runs.poll().is_empty());
    let run = runs.run(RUN).unwrap();
    let images = |tag: &str| run.series::<Image>(tag).unwrap_or_else(|| panic!("no `{tag}`"));
    // 300 images in batches of 100: an epoch ends with the steps 2, 5, 8, ...
    let every = [2, 5, 8, 11, 14, 17];
    // The last epoch of the first run, the fifth, and the last.
    let some = [11, 14, 17];
    assert_eq!(images("test/confusion_matrix").steps(), every);
    assert_eq!(images("weights/Output").steps(), every);
    assert_eq!(images("test/mistakes").steps(), some);

    // The table counts all the test images; as many are right as the accuracy says.
    let table = run.series::<Text>("test/confusion_table").unwrap();
    assert_eq!(table.steps(), [11, 17]);
    let rows: Vec<Vec<f64>> = table.last().unwrap().1.texts[0]
        .lines()
        .skip(2)
        .map(|line| line.split('|').skip(2).filter_map(|cell| cell.trim().parse().ok()).collect())
        .collect();
    assert!(rows.len() == 10 && rows.iter().all(|row| row.len() == 10), "{rows:?}");
    assert_eq!(rows.iter().flatten().sum::<f64>(), 100.0);
    let right: f64 = (0..10).map(|class| rows[class][class]).sum();
    let (_, accuracy) = run.scalar("test/accuracy").unwrap().last().unwrap();
    assert!((right / 100.0 - f64::from(*accuracy)).abs() < 1e-6);

    let labels = digits().test.labels().to_vec();
    for class in 0..10 {
        let curve = run.series::<PrCurve>(&format!("test/pr/{class}")).unwrap();
        assert_eq!(curve.steps(), some);
        // At the threshold 0 all images are taken for the class.
        let last = curve.last().unwrap().1;
        let positive = labels.iter().filter(|&&label| label == class).count() as f64;
        assert_eq!((last.true_positives[0], last.false_positives[0]), (positive, 100.0 - positive));
    }
    let layouts = run.all::<Layout>().next().unwrap().1;
    assert_eq!(layouts.len(), 1);
    let charts = &layouts.values()[0].category[0].chart;
    assert_eq!(charts.iter().map(|chart| &chart.title).collect::<Vec<_>>(), ["cost", "accuracy"]);
}

#[test]
fn of_many_epochs_twenty_are_pictured() {
    let logdir = trained(&["--epochs", "50"]);
    let mut runs = Logdir::builder(logdir.path()).keep(Kind::Images).build();
    assert!(runs.poll().is_empty());
    let run = runs.run(RUN).unwrap();
    // Every third epoch, 9 steps, and the last; of these every fifth.
    let steps = |tag: &str| run.series::<Image>(tag).unwrap().steps().to_vec();
    let mut every: Vec<i64> = (1..=16).map(|i| 9 * i - 1).collect();
    every.push(149);
    assert_eq!(steps("test/confusion_matrix"), every);
    assert_eq!(steps("test/mistakes"), [44, 89, 134, 149]);
}

/// The time that this thread has had a processor for: what else the machine does is not in it.
#[cfg(target_os = "linux")]
fn time_on_processor() -> Duration {
    let schedule = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(schedule.split(' ').next().unwrap().parse().unwrap())
}

/// Measures what an observer takes after each epoch.
#[cfg(target_os = "linux")]
struct Timed(Pictures, Vec<Duration>);

#[cfg(target_os = "linux")]
impl Observer for Timed {
    fn started(&mut self, start: &Start) -> Result<(), WriteError> {
        self.0.started(start)
    }

    fn looked(&mut self, look: &Look) -> Result<(), WriteError> {
        self.0.looked(look)
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        let start = time_on_processor();
        self.0.epoch_ended(end)?;
        self.1.push(time_on_processor() - start);
        Ok(())
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "measures: cargo test --release --test pictures -- --ignored --nocapture"]
fn all_pictures_of_10_000_test_images_take_less_than_30_ms() {
    let mut digits = digits();
    let times = 100;
    let pixels: Vec<u8> =
        (0..digits.test.len()).flat_map(|i| digits.test.image(i).to_vec()).collect();
    digits.test = Examples::new(28, 28, pixels.repeat(times), digits.test.labels().repeat(times));
    assert_eq!(digits.test.len(), 10_000);
    let experiment = experiments::find("mnist_nn_xavier").unwrap();
    let mut hyper = experiment.hyper_parameters();
    hyper.set("data", "mnist_sample").unwrap();
    hyper.set("epochs", "10").unwrap();
    let recording = Recording::new(experiment, hyper).unwrap();
    let stop = AtomicBool::new(false);
    let options =
        FitOptions { seed: 0, every: 100, steps: None, threads: 1, checkpoints: None, stop: &stop };
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let mut timed = Timed(Pictures::new(writer.clone()), Vec::new());
    Fit::new(&recording, &digits, options).unwrap().run(&mut [&mut timed]).unwrap();
    writer.close().unwrap();
    println!("{:?}", timed.1);
    assert_eq!(timed.1.len(), 10);
    assert!(timed.1.iter().all(|time| *time < Duration::from_millis(30)), "{:?}", timed.1);
}
