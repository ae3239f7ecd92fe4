//! What tests of trainings in mini-batches share.

use std::sync::atomic::AtomicBool;

use runboard::data::{self, DataHome, Dataset};
use runboard::exec::Session;
use runboard::graph::{Graph, Op};
use runboard::summary::WriteError;
use runboard::trainer::{EpochEnd, Evaluation, FitOptions, Look, Observer};

pub(crate) static NEVER: AtomicBool = AtomicBool::new(false);

pub(crate) fn sample() -> Dataset {
    data::load("mnist_sample", &DataHome::of_user()).unwrap()
}

pub(crate) fn options() -> FitOptions<'static> {
    let (seed, every) = (3, 1_000);
    FitOptions { seed, every, steps: None, threads: 1, checkpoints: None, stop: &NEVER }
}

/// All variables, those of the optimiser and moving averages too, as bits.
pub(crate) fn bits(graph: &Graph, session: &Session) -> Vec<(String, Vec<u32>)> {
    let variables = graph.ids().filter(|&id| matches!(graph[id].op(), Op::Variable(_)));
    let bits = |id| session.variable(id).iter().map(|value| value.to_bits()).collect();
    variables.map(|id| (graph[id].name().to_owned(), bits(id))).collect()
}

/// Keeps what was made of the test images.
#[derive(Default)]
pub(crate) struct LastTest(pub(crate) Option<Evaluation>);

impl Observer for LastTest {
    fn looked(&mut self, _: &Look) -> Result<(), WriteError> {
        Ok(())
    }

    fn epoch_ended(&mut self, end: &EpochEnd) -> Result<(), WriteError> {
        self.0 = Some(end.test.clone());
        Ok(())
    }
}
