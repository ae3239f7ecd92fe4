//! The product of two matrices.

use super::super::{Attribute, GraphBuilder, GraphError, NodeId, Shape};
use super::{Backward, Rule};

/// A product of two matrices, either of which may be taken transposed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MatMul {
    /// Whether the first matrix is transposed before multiplying.
    pub transpose_a: bool,
    /// Whether the second matrix is transposed before multiplying.
    pub transpose_b: bool,
}

impl Rule for MatMul {
    fn name(&self) -> &'static str {
        "MatMul"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let rule = || {
            let a = if self.transpose_a { "[k, n]" } else { "[n, k]" };
            let b = if self.transpose_b { "[m, k]" } else { "[k, m]" };
            format!("MatMul takes {a} and {b}")
        };
        let [a, b] = inputs else { return Err(rule()) };
        let (&[a0, a1], &[b0, b1]) = (a.dims(), b.dims()) else { return Err(rule()) };
        let (n, k) = if self.transpose_a { (a1, a0) } else { (a0, a1) };
        let (k2, m) = if self.transpose_b { (b1, b0) } else { (b0, b1) };
        if k == k2 { Ok(Shape::from([n, m])) } else { Err(rule()) }
    }

    fn gradient(
        &self,
        g: &mut GraphBuilder,
        backward: &Backward,
    ) -> Result<Vec<Option<NodeId>>, GraphError> {
        let (a, b, grad) = (backward.inputs[0], backward.inputs[1], backward.grad);
        let mut product = |wanted: bool, x, y, transpose_a, transpose_b| {
            wanted.then(|| g.add(MatMul { transpose_a, transpose_b }, &[x, y])).transpose()
        };
        let (want_a, want_b) = (backward.wanted[0], backward.wanted[1]);
        // For y = a b: da = grad b', db = a' grad; the other three follow by transposing.
        Ok(match (self.transpose_a, self.transpose_b) {
            (false, false) => {
                vec![product(want_a, grad, b, false, true)?, product(want_b, a, grad, true, false)?]
            }
            (false, true) => {
                vec![
                    product(want_a, grad, b, false, false)?,
                    product(want_b, grad, a, true, false)?,
                ]
            }
            (true, false) => {
                vec![
                    product(want_a, b, grad, false, true)?,
                    product(want_b, a, grad, false, false)?,
                ]
            }
            (true, true) => {
                vec![product(want_a, b, grad, true, true)?, product(want_b, grad, a, true, true)?]
            }
        })
    }

    fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        vec![
            ("transpose_a", Attribute::Bool(self.transpose_a)),
            ("transpose_b", Attribute::Bool(self.transpose_b)),
        ]
    }
}

impl GraphBuilder {
    /// Adds the matrix product of `a` `[n, k]` and `b` `[k, m]`: `[n, m]`.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if the shapes are not these.
    pub fn matmul(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, GraphError> {
        self.add(MatMul::default(), &[a, b])
    }
}
