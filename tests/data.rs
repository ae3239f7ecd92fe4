//! The real files of MNIST, in the directory that `RUNBOARD_TEST_MNIST` names.

use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::{
    fs::{self, File},
    time::{Duration, Instant},
};

use runboard::data::{self, DataHome, Dataset, Examples};

/// The four files as .gz.
fn mnist() -> PathBuf {
    std::env::var_os("RUNBOARD_TEST_MNIST").expect("`RUNBOARD_TEST_MNIST` names a directory").into()
}

fn load(home: &DataHome) -> Dataset {
    data::load("mnist", home).unwrap()
}

#[test]
#[ignore = "needs MNIST in RUNBOARD_TEST_MNIST"]
fn mnist_is_split_as_tensorflow_splits_it() {
    let mnist = load(&DataHome::at(mnist()));
    let parts = [&mnist.train, &mnist.validation, &mnist.test];
    assert_eq!(parts.map(Examples::len), [55_000, 5_000, 10_000]);
    assert!(parts.iter().all(|part| part.image_size() == (28, 28)));
    // The first labels of the files, as `od -An -tu1 -j8 -N5` prints them; training begins at 5008.
    assert_eq!(mnist.validation.labels()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(mnist.train.labels()[..5], [7, 3, 4, 6, 1]);
    assert_eq!(mnist.test.labels()[..5], [7, 2, 1, 0, 4]);
}

#[test]
#[ignore = "needs MNIST in RUNBOARD_TEST_MNIST"]
fn the_sample_is_of_the_real_images() {
    let mnist = load(&DataHome::at(mnist()));
    let sample = data::load("mnist_sample", &DataHome::at("")).unwrap();
    let check = |sample: &Examples, of: &Examples, every: usize| {
        for index in 0..sample.len() {
            assert_eq!(sample.image(index), of.image(every * index), "image {index}");
            assert_eq!(sample.labels()[index], of.labels()[every * index], "label {index}");
        }
    };
    check(&sample.validation, &mnist.validation, 50);
    check(&sample.train, &mnist.train, 183);
    check(&sample.test, &mnist.test, 100);
}

/// The time that this thread has had a processor for: what else the machine does is not in it.
#[cfg(target_os = "linux")]
fn time_on_processor() -> Duration {
    let schedule = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(schedule.split(' ').next().unwrap().parse().unwrap())
}

/// The best of ten, on the processor and by the clock. Loading has no second thread.
#[cfg(target_os = "linux")]
fn best(mut work: impl FnMut()) -> [Duration; 2] {
    let mut best = [Duration::MAX; 2];
    for _ in 0..10 {
        let start = (time_on_processor(), Instant::now());
        work();
        let took = [time_on_processor() - start.0, start.1.elapsed()];
        best = [best[0].min(took[0]), best[1].min(took[1])];
    }
    best
}

/// Scales pixels to 0..1 in batches of 100, as training does; the sum keeps it from being left out.
#[cfg(target_os = "linux")]
fn normalise(examples: &Examples, batch: &mut [f32]) -> f32 {
    let mut sum = 0.0;
    for first in (0..examples.len()).step_by(100) {
        for (place, index) in batch.chunks_exact_mut(784).zip(first..examples.len()) {
            let pixels = examples.image(index).iter();
            place.iter_mut().zip(pixels).for_each(|(to, pixel)| *to = f32::from(*pixel) / 255.0);
        }
        sum += batch[400];
    }
    sum
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs MNIST in RUNBOARD_TEST_MNIST"]
fn all_of_mnist_is_loaded_checked_and_normalised_within_150_ms() {
    let packed = mnist();
    let home = tempfile::tempdir().unwrap();
    // As a fetch leaves them: unpacked.
    for entry in fs::read_dir(&packed).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_stem().filter(|_| path.extension().is_some_and(|e| e == "gz"))
        else {
            continue;
        };
        let mut from = flate2::read::GzDecoder::new(File::open(&path).unwrap());
        std::io::copy(&mut from, &mut File::create(home.path().join(name)).unwrap()).unwrap();
    }
    let unpacked = DataHome::at(home.path());
    let mut batch = vec![0.0; 100 * 784];
    let loading = best(|| drop(load(&unpacked)));
    let both = best(|| {
        let mnist = load(&unpacked);
        let parts = [&mnist.train, &mnist.validation, &mnist.test];
        assert!(parts.map(|part| normalise(part, &mut batch)).iter().sum::<f32>() > 0.0);
    });
    let packed = best(|| drop(load(&DataHome::at(&packed))));
    println!("[on the processor, by the clock], the best of ten");
    println!("load {loading:?}, load and normalise {both:?}, load .gz {packed:?}");
    assert!(both[0] < Duration::from_millis(150), "{both:?}");
}
