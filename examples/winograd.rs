//! Trains lab 11-2's net with Winograd's algorithm and with direct convolutions, and prints what
//! accuracies either comes to: `cargo run --release --example winograd -- [EPOCHS] [SEEDS] [DATA_DIR]`.
//!
//! First weights, batches and dropout of a seed are the same both ways; only roundings differ.

use std::error::Error;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use runboard::data::{self, DataHome, Dataset, Examples};
use runboard::exec::{Plan, Session};
use runboard::experiments;
use runboard::graph::NodeId;
use runboard::trainer::Recording;

const BATCH: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let epochs: u64 = arguments.next().map_or(Ok(2), |epochs| epochs.parse())?;
    let seeds: u64 = arguments.next().map_or(Ok(3), |seeds| seeds.parse())?;
    let home = match arguments.next() {
        Some(dir) => DataHome::at(dir),
        None => DataHome::of_user(),
    };
    let data = data::load("mnist", &home)?;
    let experiment = experiments::find("mnist_cnn").ok_or("the experiment is gone")?;
    let recording = Recording::new(experiment, experiment.hyper_parameters())?;

    println!("| test accuracy after {epochs} epochs | Winograd | direct |");
    println!("|---|---|---|");
    let (mut all, mut n) = ([0.0; 2], 0.0);
    for seed in 0..seeds {
        let accuracies = [
            accuracy(&recording, &data, seed, epochs, true)?,
            accuracy(&recording, &data, seed, epochs, false)?,
        ];
        println!("| seed {seed} | {:.4} | {:.4} |", accuracies[0], accuracies[1]);
        all = [all[0] + accuracies[0], all[1] + accuracies[1]];
        n += 1.0;
    }
    println!("| mean | {:.4} | {:.4} |", all[0] / n, all[1] / n);
    Ok(())
}

fn accuracy(
    recording: &Recording,
    data: &Dataset,
    seed: u64,
    epochs: u64,
    winograd: bool,
) -> Result<f64, Box<dyn Error>> {
    let graph = &recording.graph;
    let find = |name: &str| graph.find(name).ok_or_else(|| format!("no node is called {name}"));
    let inputs = [find("X")?, find("Y")?];
    let (train, accuracy) =
        (recording.model.training_op().ok_or("it is trained")?, find("Accuracy/Mean")?);
    let mut session = Session::new(graph, seed);
    session.set_threads(2)?;
    session.set_winograd(winograd);

    let mut plan = session.training_plan(&[train], BATCH)?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..data.train.len()).collect();
    for _ in 0..epochs {
        order.shuffle(&mut random);
        for chosen in order.chunks_exact(BATCH) {
            feed(&session, &mut plan, inputs, &data.train, chosen)?;
            session.run(&mut plan)?;
        }
    }
    let mut plan = session.plan(&[accuracy], BATCH)?;
    let all: Vec<usize> = (0..data.test.len()).collect();
    let mut sum = 0.0;
    for chosen in all.chunks_exact(BATCH) {
        feed(&session, &mut plan, inputs, &data.test, chosen)?;
        session.run(&mut plan)?;
        sum += f64::from(plan.number(accuracy));
    }
    Ok(sum / (all.len() / BATCH) as f64)
}

fn feed(
    session: &Session,
    plan: &mut Plan,
    [pixels, labels]: [NodeId; 2],
    examples: &Examples,
    chosen: &[usize],
) -> Result<(), Box<dyn Error>> {
    session.feed_bytes(plan, pixels, |row| examples.image(chosen[row]), 1.0 / 255.0)?;
    Ok(plan.feed_one_hot(labels, |row| usize::from(examples.labels()[chosen[row]]))?)
}
