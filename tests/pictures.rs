//! The pictures that a classifier's run leaves.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};
#[cfg(target_os = "linux")]
use std::{fs, sync::atomic::AtomicBool, time::Duration};

#[cfg(target_os = "linux")]
use runboard::data::Examples;
use runboard::data::{self, DataHome, Dataset};
use runboard::exec::Session;
use runboard::experiments;
use runboard::logdir::{Image, Kind, Logdir, PrCurve, Text};
use runboard::proto::Layout;
#[cfg(target_os = "linux")]
use runboard::summary::{SummaryWriter, WriteError};
use runboard::trainer::{CheckpointDir, Recording};
#[cfg(target_os = "linux")]
use runboard::trainer::{EpochEnd, Fit, FitOptions, Look, Observer, Pictures, Start};
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

/// The red channel of a picture, row by row, and how wide it is.
fn red(image: &Image) -> (usize, Vec<u8>) {
    let mut reader = png::Decoder::new(Cursor::new(&image.encoded[0])).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    (image.width as usize, pixels.into_iter().step_by(3).collect())
}

#[test]
fn a_convolutional_net_shows_its_filters_and_the_maps_of_a_digit() {
    let logdir = tempfile::tempdir().unwrap();
    let net = ["run", "lenet5", "--set", "data=mnist_sample", "--epochs", "2"];
    experiment(logdir.path(), &net);
    let mut runs = Logdir::builder(logdir.path()).keep_everything().build();
    assert!(runs.poll().is_empty());
    let run = runs.run(RUN).unwrap();
    let mut tags: Vec<(String, [u64; 2])> = run
        .all::<Image>()
        .map(|(tag, series)| {
            assert!(!series.is_empty());
            let last = series.last().unwrap().1;
            (tag.to_string(), [last.width, last.height])
        })
        .filter(|(tag, _)| tag.starts_with("filters/") || tag.starts_with("maps/"))
        .collect();
    tags.sort();
    // Filters of 5 x 5 are enlarged to 30, and a line: 6 side by side; 6 channels by 16 filters; 16
    // by 16. Maps of 28, 14, 10 and 5 pixels are enlarged to 56, 56, 50 and 55, eight side by side.
    // There is none of the third convolution, whose maps have one pixel.
    let want = [
        ("filters/conv2d", [6 * 31 + 1, 32]),
        ("filters/conv2d_1", [6 * 31 + 1, 16 * 31 + 1]),
        ("filters/conv2d_2", [16 * 31 + 1, 16 * 31 + 1]),
        ("maps/average_pooling2d", [6 * 57 + 1, 58]),
        ("maps/average_pooling2d_1", [8 * 56 + 1, 2 * 56 + 1]),
        ("maps/conv2d", [6 * 57 + 1, 58]),
        ("maps/conv2d_1", [8 * 51 + 1, 2 * 51 + 1]),
        ("maps/reshape", [58, 58]),
    ];
    assert_eq!(tags, want.map(|(tag, size)| (tag.to_owned(), size)));

    // The pixels of the first test image, and what the first two filters make of it, worked out here.
    let image = |tag: &str| run.series::<Image>(tag).unwrap().last().unwrap().1.clone();
    let digits = digits();
    let digit = digits.test.image(0);
    let found = experiments::find("lenet5").unwrap();
    let mut hyper = found.hyper_parameters();
    hyper.set("data", "mnist_sample").unwrap();
    hyper.set("epochs", "2").unwrap();
    let recording = Recording::new(found, hyper).unwrap();
    let checkpoints = CheckpointDir::of_run(&logdir.path().join(RUN), 2);
    let mut session = Session::new(&recording.graph, 0);
    let seed = runboard::cli::DEFAULT_SEED;
    checkpoints.last(&recording, seed, None).unwrap().restore(&mut session);
    let variable = |name: &str| session.variable(recording.graph.find(name).unwrap()).to_vec();
    let (kernel, bias) = (variable("conv2d/kernel"), variable("conv2d/bias")); // [5, 5, 1, 6], [6]
    let convolved = |filter: usize, row: usize, column: usize| {
        let mut sum = bias[filter];
        for (i, j) in (0..5).flat_map(|i| (0..5).map(move |j| (i, j))) {
            // SAME: two rows and columns of zeros around.
            let (y, x) = ((row + i).wrapping_sub(2), (column + j).wrapping_sub(2));
            if y < 28 && x < 28 {
                sum += f32::from(digit[y * 28 + x]) / 255.0 * kernel[(i * 5 + j) * 6 + filter];
            }
        }
        sum.tanh()
    };
    let places = || (0..28).flat_map(|row| (0..28).map(move |column| (row, column)));
    let plain: Vec<f32> = digit.iter().map(|&pixel| f32::from(pixel)).collect();
    let maps: Vec<Vec<f32>> = (0..2)
        .map(|filter| places().map(|(row, column)| convolved(filter, row, column)).collect())
        .collect();
    for (tag, place, map) in
        [("maps/reshape", 0, &plain), ("maps/conv2d", 0, &maps[0]), ("maps/conv2d", 1, &maps[1])]
    {
        let (width, pixels) = red(&image(tag));
        let low = map.iter().copied().fold(f32::INFINITY, f32::min);
        let high = map.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for ((row, column), value) in places().zip(map) {
            let seen = pixels[(1 + 2 * row) * width + 1 + 57 * place + 2 * column];
            let want = (value - low) / (high - low) * 255.0;
            let problem = format!("{tag}, {row}, {column}: {seen}, want {want}");
            assert!((f32::from(seen) - want).abs() < 1.0, "{problem}");
        }
    }
}

#[test]
fn the_projector_shows_what_the_last_hidden_layer_makes_of_the_test_images() {
    let logdir = tempfile::tempdir().unwrap();
    let net = ["data=mnist_sample", "hidden=20,12", "epochs=10"];
    let set: Vec<&str> = net.iter().flat_map(|change| ["--set", change]).collect();
    experiment(logdir.path(), &[&["run", "mnist_nn_xavier", "--seed", "3"], &set[..]].concat());
    let mut runs = Logdir::builder(logdir.path()).keep_everything().build();
    assert!(runs.poll().is_empty());
    let run = runs.run(RUN).unwrap();
    let config = run.projector().unwrap().unwrap();
    let [embedding] = &config.embeddings[..] else { panic!("{config:?}") };
    // 300 images in batches of 100, ten times: the last step is 29.
    assert_eq!(embedding.tensor_name, "last_hidden_layer:00029");
    assert_eq!(
        (&embedding.tensor_shape[..], &embedding.sprite_size[..]),
        (&[100, 12][..], &[28, 28][..])
    );
    let read = |path: &str| std::fs::read_to_string(config.dir.join(path)).unwrap();
    let labels: Vec<u8> =
        read(&embedding.metadata_path).lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(labels, digits().test.labels());

    // The output layer makes of these points what the run's accuracy says.
    let found = experiments::find("mnist_nn_xavier").unwrap();
    let mut hyper = found.hyper_parameters();
    for (key, value) in net.map(|change| change.split_once('=').unwrap()) {
        hyper.set(key, value).unwrap();
    }
    let recording = Recording::new(found, hyper).unwrap();
    let checkpoints = CheckpointDir::of_run(&logdir.path().join(RUN), 2);
    let mut session = Session::new(&recording.graph, 0);
    checkpoints.last(&recording, 3, None).unwrap().restore(&mut session);
    let variable = |name: &str| session.variable(recording.graph.find(name).unwrap()).to_vec();
    let (weight, bias) = (variable("Output/weight"), variable("Output/bias")); // [12, 10], [10]
    let points = read(&embedding.tensor_path);
    let right = points.lines().zip(labels).filter(|(line, label)| {
        let point: Vec<f32> = line.split('\t').map(|value| value.parse().unwrap()).collect();
        let logit = |class: usize| {
            (0..12).fold(bias[class], |sum, unit| sum + point[unit] * weight[unit * 10 + class])
        };
        let best = (0..10).max_by(|a, b| logit(*a).total_cmp(&logit(*b))).unwrap();
        best == usize::from(*label)
    });
    let accuracy = right.count() as f32 / 100.0;
    assert!(accuracy > 0.4, "{accuracy}");
    assert_eq!(accuracy, *run.scalar("test/accuracy").unwrap().last().unwrap().1);
}

#[test]
fn without_a_hidden_layer_there_is_no_projector() {
    let logdir = trained(&["--epochs", "1"]);
    let mut runs = Logdir::builder(logdir.path()).keep_everything().build();
    assert!(runs.poll().is_empty());
    assert_eq!(runs.run(RUN).unwrap().projector().unwrap(), None);
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
fn all_pictures_of_10_000_test_images_take_less_than_30_ms_and_the_projector_half_a_second() {
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
    let times_of_epochs = || {
        let options = FitOptions {
            seed: 0,
            every: 100,
            steps: None,
            threads: 1,
            checkpoints: None,
            stop: &stop,
        };
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriter::create(dir.path()).unwrap();
        let mut timed = Timed(Pictures::new(writer.clone()), Vec::new());
        Fit::new(&recording, &digits, options).unwrap().run(&mut [&mut timed]).unwrap();
        writer.close().unwrap();
        println!("{:?}", timed.1);
        assert_eq!(timed.1.len(), 10);
        timed.1
    };
    // The least of three: some systems count a thread's time in ticks of 4 ms, and what shares the core
    // makes it longer, never shorter.
    let least = |a: Vec<Duration>, b: Vec<Duration>| {
        a.into_iter().zip(b).map(|(a, b)| a.min(b)).collect::<Vec<_>>()
    };
    let least = least(least(times_of_epochs(), times_of_epochs()), times_of_epochs());
    // At the end the last hidden layer's 1,000 points are written too, as text.
    let (last, others) = least.split_last().unwrap();
    assert!(others.iter().all(|time| *time < Duration::from_millis(30)), "{least:?}");
    assert!(*last < Duration::from_millis(500), "{last:?}");
}
