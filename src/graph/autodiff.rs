//! Symbolic reverse-mode differentiation: gradients are nodes like all others.

use super::ops::Backward;
use super::{GraphBuilder, GraphError, NodeId};

impl GraphBuilder {
    /// Adds the derivatives of the number `cost` by each of `targets` and returns them in order.
    ///
    /// The nodes go into the scope `gradients/`, those that pass an op below it as
    /// `gradients/<name of the op's node>_grad/`, as TensorFlow 1 names them. Targets may be any
    /// nodes, also inputs. Only what lies between the targets and the cost is differentiated.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if `cost` is not a single number, [`GraphError::NoPath`] if it does
    /// not depend on a target, [`GraphError::NotDifferentiable`] if an op between has no gradient.
    pub fn gradients(
        &mut self,
        cost: NodeId,
        targets: &[NodeId],
    ) -> Result<Vec<NodeId>, GraphError> {
        if self[cost].shape().rank() != 0 {
            return Err(GraphError::Shape {
                node: self[cost].name().to_owned(),
                rule: "a gradient is taken of a single number".to_owned(),
                got: self[cost].shape().to_string(),
            });
        }
        let wanted = self.leads_from(targets);
        let mut contributions: Vec<Vec<NodeId>> = vec![Vec::new(); cost.0 + 1];
        let ones = self.absolute_scope("gradients", |g| g.scalar("grad_ys_0", 1.0));
        contributions[cost.0].push(ones);

        for node in (0..=cost.0).rev().map(NodeId) {
            if contributions[node.0].is_empty() || !wanted[node.0] {
                continue;
            }
            let scope = format!("gradients/{}_grad", self[node].name());
            let grad = self.total(&scope, &contributions[node.0])?;
            contributions[node.0] = vec![grad];
            let inputs = self[node].inputs().to_vec();
            let backward = Backward {
                node,
                wanted: inputs.iter().map(|input| wanted[input.0]).collect(),
                inputs,
                grad,
            };
            if !backward.wanted.contains(&true) {
                continue;
            }
            let op = self[node].op().clone();
            let grads = self.absolute_scope(&scope, |g| op.gradient(g, &backward))?;
            for (input, grad) in backward.inputs.iter().zip(grads) {
                if let Some(grad) = grad.filter(|_| wanted[input.0]) {
                    contributions[input.0].push(grad);
                }
            }
        }
        targets.iter().map(|&target| self.gradient_of(cost, target, &contributions)).collect()
    }

    /// For each node, whether its value depends on one of `targets` (or is one).
    fn leads_from(&self, targets: &[NodeId]) -> Vec<bool> {
        let mut leads: Vec<bool> = Vec::new();
        for id in self.ids() {
            let depends = self[id].inputs().iter().any(|input| leads[input.0]);
            leads.push(depends || targets.contains(&id));
        }
        leads
    }

    /// The sum of what reaches a node from the several places that use it.
    fn total(&mut self, scope: &str, grads: &[NodeId]) -> Result<NodeId, GraphError> {
        let mut sum = grads[0];
        for &grad in &grads[1..] {
            sum = self.absolute_scope(scope, |g| g.add_values(sum, grad))?;
        }
        Ok(sum)
    }

    fn gradient_of(
        &self,
        cost: NodeId,
        target: NodeId,
        contributions: &[Vec<NodeId>],
    ) -> Result<NodeId, GraphError> {
        match contributions.get(target.0).map(Vec::as_slice) {
            Some([grad]) => Ok(*grad),
            _ => Err(GraphError::NoPath {
                from: self[cost].name().to_owned(),
                to: self[target].name().to_owned(),
            }),
        }
    }
}
