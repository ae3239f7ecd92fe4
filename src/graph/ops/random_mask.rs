//! Random masks, for dropout.

use super::super::{Attribute, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Rule};

/// For each element of the input, whose shape alone matters, `1 / keep_prob` or 0 by chance.
///
/// Drawn anew in every run of a plan, from the session's seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomMask {
    /// The probability of not being 0.
    pub keep_prob: f32,
}

impl Rule for RandomMask {
    fn name(&self) -> &'static str {
        "RandomMask"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        match inputs {
            [x] => Ok((*x).clone()),
            _ => Err("RandomMask takes one input".to_owned()),
        }
    }

    fn gradient(
        &self,
        _: &mut GraphBuilder,
        _: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        Ok(vec![None])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![("keep_prob", Attribute::Float(self.keep_prob))]
    }
}

impl GraphBuilder {
    /// Adds a mask of the shape of `x`: each element `1 / keep_prob` with that probability, else 0.
    ///
    /// # Errors
    /// [`GraphError::Argument`] if the probability is not above 0 and at most 1.
    pub fn random_mask(&mut self, x: NodeId, keep_prob: f32) -> Result<NodeId, GraphError> {
        if !(keep_prob > 0.0 && keep_prob <= 1.0) {
            let problem = format!("keep_prob is {keep_prob}, want above 0 and at most 1");
            return Err(self.argument_error("RandomMask", problem));
        }
        self.add(RandomMask { keep_prob }, &[x])
    }
}
