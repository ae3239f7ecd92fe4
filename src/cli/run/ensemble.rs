//! Trains several models side by side, each in a run below the ensemble's.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use super::job::{Job, model_name};
use super::train::fit_options;
use crate::summary::SummaryWriter;
use crate::trainer::{
    Console, Fit, Observer, Pictures, Start, Summaries, TrainError, Trained, train_ensemble,
};

/// Trains `job.models` models; `observers` see the first, and the ensemble's run has all.
pub(super) fn train(
    job: &Job,
    stop: &AtomicBool,
    writer: &SummaryWriter,
    observers: &mut Vec<&mut dyn Observer>,
    mut console: Option<&mut Console<impl Write>>,
) -> Result<Trained, TrainError> {
    let data = job.data.as_ref().expect("only classifiers have several models");
    let mut members = Vec::new();
    let mut summaries = Vec::new();
    let mut pictures = Vec::new();
    for index in 0..job.models {
        let mut fit = Fit::new(&job.recording, data, fit_options(job, stop, index))?;
        if let Some(checkpoint) = job.checkpoints.get(index as usize) {
            fit.resume(checkpoint);
        }
        members.push(fit);
        let writer = writer.sub_run(&model_name(index))?;
        pictures.push(Pictures::new(writer.clone()));
        summaries.push(Summaries::new(writer));
    }
    // The ensemble's own run says what it is, too.
    let mut own = Summaries::new(writer.clone());
    own.started(&Start { seed: job.seed, ..members[0].start_of() })?;
    let mut of_each: Vec<Vec<&mut dyn Observer>> =
        summaries.iter_mut().map(|one| vec![one as &mut dyn Observer]).collect();
    for (observers, pictures) in of_each.iter_mut().zip(&mut pictures) {
        observers.push(pictures);
    }
    for observer in observers.iter_mut() {
        of_each[0].push(&mut **observer);
    }
    train_ensemble(&mut members, data, &mut of_each, &mut |epoch| {
        let mut batch = writer.step(epoch.step);
        for (tag, value) in epoch.scalars() {
            batch.scalar(&tag, value);
        }
        batch.add()?;
        writer.flush()?; // before the checkpoints
        if let Some(console) = &mut console {
            let members: Vec<String> =
                epoch.test.iter().map(|member| format!("{:.4}", member.accuracy)).collect();
            console.line(&format!(
                "epoch {:>2}  test accuracy {}  ensemble {:.4}",
                epoch.epoch,
                members.join(" "),
                epoch.ensemble_test.accuracy,
            ));
            console.flush();
        }
        Ok(())
    })
}
