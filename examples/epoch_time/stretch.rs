//! Times a stretch of an epoch, step by step as the trainer does, and how fast images are told.

use std::error::Error;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use runboard::exec::{ExecError, Plan, Session};
use runboard::graph::NodeId;
use runboard::trainer::{Evaluation, Recording};

use crate::digits::{CLASSES, Digits, PIXELS};
use crate::peak_mebibytes;

const BATCH: usize = 100;
/// Steps that are not counted, as many as the peers take.
const WARM_UP: usize = 10;
/// What images are told in batches of: of these the faster.
const BATCHES: [usize; 2] = [100, 1000];

/// What was measured.
pub(crate) struct Stretch {
    /// Of all counted steps.
    pub seconds: f64,
    /// Of the process when the last step was done.
    pub peak_mebibytes: f64,
    /// In which the test images were told.
    pub telling: f64,
    /// So many at a time.
    pub batch: usize,
    /// The share that was told rightly.
    pub accuracy: f64,
    /// Of the first step, and the mean of the last ten.
    pub costs: (f32, f32),
}

/// Where a classifier takes images and gives answers.
struct Net {
    pixels: NodeId,
    labels: NodeId,
    logits: NodeId,
}

impl Net {
    fn feed(
        &self,
        session: &Session,
        plan: &mut Plan,
        digits: &Digits,
        chosen: impl Fn(usize) -> usize + Sync,
    ) -> Result<(), ExecError> {
        let image = |row| &digits.pixels[chosen(row) * PIXELS..(chosen(row) + 1) * PIXELS];
        session.feed_bytes(plan, self.pixels, image, 1.0 / 255.0)?;
        if plan.takes(self.labels) {
            plan.feed_one_hot(self.labels, |row| usize::from(digits.labels[chosen(row)]))?;
        }
        Ok(())
    }

    /// Tells the first digits, and returns the share that is told rightly.
    fn tell(
        &self,
        session: &mut Session,
        plan: &mut Plan,
        digits: &Digits,
        count: usize,
    ) -> Result<f64, ExecError> {
        let mut logits = Vec::with_capacity(count * CLASSES);
        for first in (0..count).step_by(plan.batch()) {
            self.feed(session, plan, digits, |row| first + row)?;
            session.run(plan)?;
            logits.extend_from_slice(plan.value(self.logits));
        }
        Ok(Evaluation::of_logits(logits, CLASSES, &digits.labels[..count]).accuracy)
    }
}

/// Trains `steps` steps after those that warm up, and tells all test images.
pub(crate) fn stretch(
    recording: &Recording,
    train: &Digits,
    test: &Digits,
    threads: usize,
    steps: usize,
) -> Result<Stretch, Box<dyn Error>> {
    let batches = train.labels.len() / BATCH;
    if steps == 0 || WARM_UP + steps > batches {
        return Err(format!("{steps} steps, want 1 to {}", batches - WARM_UP).into());
    }
    let graph = &recording.graph;
    let gone = "the classifier is another one";
    let net = Net {
        pixels: graph.find("X").ok_or(gone)?,
        labels: graph.find("Y").ok_or(gone)?,
        logits: graph.find("dense_1/BiasAdd").ok_or(gone)?,
    };
    let update = recording.model.training_op().ok_or(gone)?;
    let cost = graph.find("Cost/Mean").ok_or(gone)?;
    let mut session = Session::new(graph, 0);
    session.set_threads(threads)?;

    let mut order: Vec<usize> = (0..train.labels.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    let mut plan = session.training_plan(&[update, cost], BATCH)?;
    let (mut clock, mut costs) = (Instant::now(), Vec::new());
    for (step, chosen) in order.chunks_exact(BATCH).take(WARM_UP + steps).enumerate() {
        if step == WARM_UP {
            clock = Instant::now();
        }
        net.feed(&session, &mut plan, train, |row| chosen[row])?;
        session.run(&mut plan)?;
        costs.push(plan.number(cost));
    }
    let seconds = clock.elapsed().as_secs_f64();
    let peak_mebibytes = peak_mebibytes();
    let last = &costs[costs.len().saturating_sub(10)..];
    let costs = (costs[0], last.iter().sum::<f32>() / last.len() as f32);

    let all = test.labels.len();
    let mut fastest = (f64::INFINITY, BATCHES[0]);
    for batch in BATCHES {
        let mut plan = session.plan(&[net.logits], batch)?;
        net.tell(&mut session, &mut plan, test, batch)?; // touches all memory
        let clock = Instant::now();
        net.tell(&mut session, &mut plan, test, all / 10)?;
        let seconds = clock.elapsed().as_secs_f64();
        if seconds < fastest.0 {
            fastest = (seconds, batch);
        }
    }
    let batch = fastest.1;
    let mut plan = session.plan(&[net.logits], batch)?;
    net.tell(&mut session, &mut plan, test, batch)?;
    let clock = Instant::now();
    let accuracy = net.tell(&mut session, &mut plan, test, all)?;
    let telling = clock.elapsed().as_secs_f64();
    Ok(Stretch { seconds, peak_mebibytes, telling, batch, accuracy, costs })
}
