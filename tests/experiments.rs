//! Every experiment shows what its lecture shows, for as many seeds as it says.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use runboard::cli::DEFAULT_SEED;
use runboard::data::{self, DataHome};
use runboard::experiments;
use runboard::trainer::{Experiment, Fit, FitOptions, Outcome, Recording, RunOptions, describe};

fn run(experiment: &dyn Experiment, seed: u64) -> Outcome {
    let stop = AtomicBool::new(false);
    let options = RunOptions { seed, schedule: experiment.about().schedule, stop: &stop };
    let recording = Recording::new(experiment, experiment.hyper_parameters()).unwrap();
    recording.train(&options, &mut []).unwrap().outcome
}

/// Whether it is trained on a data set, which takes minutes: `benches/results` measures those.
fn is_classifier(experiment: &dyn Experiment) -> bool {
    let recording = Recording::new(experiment, experiment.hyper_parameters()).unwrap();
    recording.model.data().is_some()
}

/// The seeds 0, 1, ... for which the experiment's claim holds, and what all of them came to.
fn held(experiment: &dyn Experiment) -> (Vec<u64>, Vec<String>) {
    let claim = experiment.about().claim;
    let next = AtomicU64::new(0);
    let work = || {
        let mut results = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= u64::from(claim.seeds.of) {
                return results;
            }
            let outcome = run(experiment, seed);
            results.push((seed, (claim.holds)(&outcome), outcome.metric("cost")));
        }
    };
    let mut results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    results.sort_by_key(|(seed, ..)| *seed);
    let held = results.iter().filter(|(_, held, _)| *held).map(|(seed, ..)| *seed).collect();
    (held, results.iter().map(|(seed, _, cost)| format!("{seed}: {cost}")).collect())
}

#[test]
fn every_claim_holds_for_the_default_seed_and_as_many_others_as_it_says() {
    for experiment in experiments::ALL.iter().filter(|experiment| !is_classifier(**experiment)) {
        let about = experiment.about();
        let (held, costs) = held(*experiment);
        let told = format!("{}: held for {held:?}, costs {costs:?}", about.name);
        assert!(held.contains(&DEFAULT_SEED), "{told}");
        assert_eq!(held.len(), about.claim.seeds.held as usize, "{told}");
    }
}

/// How well the experiment tells digits apart after some epochs on 300 of them.
fn accuracy_on_the_sample(experiment: &dyn Experiment, epochs: &str) -> f64 {
    let mut hyper = experiment.hyper_parameters();
    for (key, value) in [("data", "mnist_sample"), ("batch", "20"), ("epochs", epochs)] {
        hyper.set(key, value).unwrap();
    }
    // Of convolutional nets fewer filters: the whole ones take a minute.
    for (key, value) in [("filters", "8,16,16"), ("units", "64")] {
        let _ = hyper.set(key, value); // others have none
    }
    let recording = Recording::new(experiment, hyper).unwrap();
    let data = data::load("mnist_sample", &DataHome::of_user()).unwrap();
    let stop = AtomicBool::new(false);
    let options = FitOptions {
        seed: DEFAULT_SEED,
        every: 1_000,
        steps: None,
        threads: 2,
        checkpoints: None,
        stop: &stop,
    };
    let trained = Fit::new(&recording, &data, options).unwrap().run(&mut []).unwrap();
    trained.outcome.metric("test/accuracy")
}

#[test]
fn every_classifier_learns_from_a_few_hundred_digits() {
    let classifiers = experiments::ALL.iter().filter(|experiment| is_classifier(**experiment));
    let mut count = 0;
    for experiment in classifiers {
        let name = experiment.about().name;
        let accuracy = accuracy_on_the_sample(*experiment, "15");
        // Of 100 guesses a tenth is right by chance, with a standard deviation of 0.03: five of them
        // above. Sigmoids with N(0,1) weights learn slowly, which is their lesson.
        assert!(accuracy > 0.25, "{name}: {accuracy}");
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn every_picture_is_closed_and_shows_the_backward_pass() {
    for experiment in experiments::ALL {
        let recording = Recording::new(*experiment, experiment.hyper_parameters()).unwrap();
        let name = recording.about.name;
        let nodes = describe(&recording.graph);
        let names: BTreeSet<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names.len(), nodes.len(), "{name}: names are unique");
        for input in nodes.iter().flat_map(|node| &node.inputs) {
            assert!(names.contains(input.trim_start_matches('^')), "{name}: `{input}` is a node");
        }
        let is_forward_only = ["conv_basics", "mnist_conv_maps"].contains(&name);
        let has_gradients = names.iter().any(|name| name.starts_with("gradients/"));
        assert_eq!(has_gradients, !is_forward_only, "{name}");
    }
}
