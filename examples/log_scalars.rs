//! Logs a run and a run within it: `cargo run --example log_scalars`.
//!
//! Then `tensorboard --logdir runs/log_scalars` and open its address.

use runboard::summary::{Description, SummaryWriter, WriteError};

const STEPS: u32 = 2000;

fn main() -> Result<(), WriteError> {
    let writer = SummaryWriter::create("runs/log_scalars")?;
    // TensorBoard draws `cost` of both runs into one chart.
    let evaluation = writer.sub_run("eval")?;
    writer.add_text("about", "A parabola that is **rolled down**, from `x = 2`.", 0)?;
    let markdown = "the height above the lowest point".to_owned();
    writer.describe("cost", Description { markdown, ..Default::default() });

    // The tag is encoded once; `writer.add_scalar("cost", ..)` does the same a little slower.
    let mut costs = writer.scalar("cost");
    let layers = writer.scope("layers");
    let sometimes = layers.every(100);
    let mut x = 2.0_f32;
    for step in 0..STEPS {
        let gradient = 2.0 * x;
        x -= 0.002 * gradient;
        costs.add(x * x, step)?;
        layers.add_scalar("x", x, step)?;
        let weights: Vec<f32> = (0..100).map(|i| x * (i as f32 * 0.63).sin()).collect();
        sometimes.add_histogram("weights", &weights, step)?;
        if step % 100 == 0 {
            evaluation.add_scalar("cost", x * x + 0.1, step)?;
        }
    }
    // Dropping closes too, but only this tells whether everything could be written.
    evaluation.close()?;
    writer.close()
}
