//! Weights averaged over many steps, with which a classifier answers.

use super::classifier::Classifier;
use crate::exec::Session;
use crate::graph::{Graph, NodeId, Op};

/// Moving averages of all variables that a classifier's logits depend on: those of layers, and those
/// that batch normalisation keeps.
///
/// As `tf.train.ExponentialMovingAverage` with `num_updates`: after each step
/// `average -= (1 - decay) * (average - variable)`, where the decay is at most `(1 + n) / (10 + n)` in
/// step `n`, lest first weights stay in it for long.
#[derive(Clone, Debug)]
pub(super) struct MovingAverage {
    decay: f32,
    averages: Vec<(NodeId, Vec<f32>)>,
}

impl MovingAverage {
    /// Begins with the variables as they are.
    pub(super) fn new(decay: f32, classifier: &Classifier, session: &Session) -> Self {
        let averaged = averaged(session.graph(), classifier);
        let averages = averaged.into_iter().map(|node| (node, session.variable(node).to_vec()));
        MovingAverage { decay, averages: averages.collect() }
    }

    /// Takes in the variables as they are after step `step`, the first of which is 0.
    pub(super) fn update(&mut self, session: &Session, step: u64) {
        let step = step as f32;
        let rest = 1.0 - self.decay.min((1.0 + step) / (10.0 + step));
        for (node, average) in &mut self.averages {
            for (average, value) in average.iter_mut().zip(session.variable(*node)) {
                *average -= rest * (*average - value);
            }
        }
    }

    /// Changes variables and averages with each other: once before something is asked of the averages,
    /// and once after.
    pub(super) fn swap(&mut self, session: &mut Session) {
        for (node, average) in &mut self.averages {
            session.variable_mut(*node).swap_with_slice(average);
        }
    }

    /// The averages.
    pub(super) fn averages(&self) -> &[(NodeId, Vec<f32>)] {
        &self.averages
    }

    /// Goes on with averages that were saved.
    pub(super) fn restore(&mut self, averages: &[(NodeId, Vec<f32>)]) {
        self.averages.clone_from_slice(averages);
    }
}

/// The variables that are averaged, ascending.
pub(super) fn averaged(graph: &Graph, classifier: &Classifier) -> Vec<NodeId> {
    let mut is_needed = vec![false; graph.nodes().len()];
    is_needed[classifier.logits.index()] = true;
    let ids: Vec<NodeId> = graph.ids().collect();
    // Inputs come before their readers.
    for &id in ids.iter().rev() {
        if is_needed[id.index()] {
            graph[id].inputs().iter().for_each(|input| is_needed[input.index()] = true);
        }
    }
    let is_variable = |&id: &NodeId| matches!(graph[id].op(), Op::Variable(_));
    ids.into_iter().filter(|id| is_needed[id.index()]).filter(is_variable).collect()
}
