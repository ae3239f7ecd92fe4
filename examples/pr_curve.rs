//! Logs the precision and recall of a classifier that learns: `cargo run --example pr_curve`.
//!
//! Then open the PR Curves tab and move the step's slider.

use runboard::summary::{SummaryWriter, WriteError};

fn main() -> Result<(), WriteError> {
    let writer = SummaryWriter::create("runs/pr_curve")?;
    let labels: Vec<bool> = (0..1000).map(|i| i % 4 == 0).collect();
    for step in 0..10 {
        // The scores of the two classes are the same at first, and drift apart.
        let gap = step as f32 / 20.0;
        let predictions: Vec<f32> = (labels.iter().enumerate())
            .map(|(i, label)| {
                let noise = (i * 7919 % 1000) as f32 / 2000.0;
                if *label { noise + gap } else { noise }
            })
            .collect();
        writer.add_pr_curve("one in four", &labels, &predictions, step)?;
    }
    writer.close()
}
