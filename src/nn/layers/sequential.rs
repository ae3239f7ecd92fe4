//! Layers one behind the other.

use super::{Layer, Module};
use crate::graph::{GraphBuilder, GraphError, NodeId};

/// Layers to be added to a graph, each behind the one before; see the [module](super).
#[derive(Debug, Default)]
pub struct Sequential {
    modules: Vec<Box<dyn Module>>,
}

/// Layers in a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Each of them, in order.
    pub layers: Vec<Layer>,
    /// The output of the last.
    pub output: NodeId,
}

impl Sequential {
    /// Returns no layers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer behind the others.
    #[expect(clippy::should_implement_trait, reason = "Keras's name of it")]
    pub fn add(mut self, module: impl Module + 'static) -> Self {
        self.modules.push(Box::new(module));
        self
    }

    /// Adds the layers to a graph, the first one behind `x`.
    ///
    /// # Errors
    /// That of the first layer which does not take the output of the one before it.
    pub fn build(&self, g: &mut GraphBuilder, x: NodeId) -> Result<Stack, GraphError> {
        let mut output = x;
        let mut layers = Vec::with_capacity(self.modules.len());
        for module in &self.modules {
            let layer = module.add(g, output)?;
            output = layer.output;
            layers.push(layer);
        }
        Ok(Stack { layers, output })
    }
}
