//! Local response normalisation: a channel held down by its neighbours.

use super::super::{Attribute, Dim, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Rule};

/// Local response normalisation over the channels, the last axis, or its gradient.
///
/// `out[c] = x[c] / (bias + alpha * sum(x[j]^2, |j - c| <= depth_radius))^beta`: Krizhevsky et al.
/// 2012, section 3.3, as `tf.nn.local_response_normalization` has it, where `alpha` is not divided
/// by the number of channels that are summed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lrn {
    /// What is computed.
    pub part: LrnPart,
    /// How many channels to each side count; there are none beyond the first and the last.
    pub depth_radius: usize,
    /// Above 0.
    pub bias: f32,
    /// At least 0.
    pub alpha: f32,
    /// The exponent.
    pub beta: f32,
}

/// Local response normalisation or its gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LrnPart {
    /// Of `x`.
    Forward,
    /// The gradient by `x`, of the gradient of the output, `x`, and the output.
    Grad,
}

impl Rule for Lrn {
    fn name(&self) -> &'static str {
        match self.part {
            LrnPart::Forward => "LRN",
            LrnPart::Grad => "LRNGrad",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let count = match self.part {
            LrnPart::Forward => 1,
            LrnPart::Grad => 3,
        };
        match inputs {
            [x, rest @ ..]
                if matches!(x.dims().last(), Some(Dim::Known(_)))
                    && inputs.len() == count
                    && rest.iter().all(|other| other == x) =>
            {
                Ok((*x).clone())
            }
            _ => Err(format!("{} takes [.., channels]", self.name())),
        }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        if self.part == LrnPart::Grad {
            let node = g[backward.node].name().to_owned();
            return Err(GraphError::NotDifferentiable { node, op: self.name() });
        }
        let inputs = [backward.grad, backward.inputs[0], backward.node];
        Ok(vec![Some(g.add(Lrn { part: LrnPart::Grad, ..*self }, &inputs)?)])
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        let mut attributes =
            vec![("depth_radius", Attribute::Ints(vec![self.depth_radius as i64]))];
        let numbers = [("bias", self.bias), ("alpha", self.alpha), ("beta", self.beta)];
        attributes.extend(numbers.map(|(name, value)| (name, Attribute::Float(value))));
        attributes
    }
}

impl GraphBuilder {
    /// Adds the local response normalisation of `[.., channels]`; see [`Lrn`].
    ///
    /// AlexNet has a radius of 2, a bias of 2, `alpha` 1e-4 and `beta` 0.75.
    ///
    /// # Errors
    /// [`GraphError::Argument`] if the bias is not above 0, `alpha` is below 0, or one is not
    /// finite; [`GraphError::Shape`] of a single number.
    pub fn local_response_normalization(
        &mut self,
        x: NodeId,
        depth_radius: usize,
        bias: f32,
        alpha: f32,
        beta: f32,
    ) -> Result<NodeId, GraphError> {
        let finite = [bias, alpha, beta].into_iter().all(f32::is_finite);
        if !(finite && bias > 0.0 && alpha >= 0.0) {
            let problem = format!(
                "bias is {bias}, alpha {alpha} and beta {beta}, want above 0, at least 0 and finite"
            );
            return Err(self.argument_error("LRN", problem));
        }
        self.add(Lrn { part: LrnPart::Forward, depth_radius, bias, alpha, beta }, &[x])
    }
}
