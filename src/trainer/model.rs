//! A recorded graph with its roles: what is fed, trained, logged and reported.

use ndarray::{ArrayD, ArrayRef, Dimension};

use super::BuildError;
use crate::graph::{Dim, GraphBuilder, GraphError, NodeId, Shape};
use crate::nn::{DenseLayer, Optimizer, Training};

/// What an experiment built: inputs with their data, and nodes with a role.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub(crate) inputs: Vec<(NodeId, ArrayD<f32>)>,
    pub(crate) train: Option<NodeId>,
    pub(crate) printed: Option<NodeId>,
    pub(crate) scalars: Vec<(String, NodeId)>,
    pub(crate) histograms: Vec<(String, NodeId)>,
    pub(crate) report: Vec<(String, NodeId)>,
    layers: Vec<DenseLayer>,
}

impl Model {
    /// Returns a model without any role.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a placeholder whose rows, one an example, are always these.
    ///
    /// # Errors
    /// As [`GraphBuilder::placeholder`].
    pub fn input<D: Dimension>(
        &mut self,
        g: &mut GraphBuilder,
        name: &str,
        rows: &ArrayRef<f32, D>,
    ) -> Result<NodeId, GraphError> {
        let mut dims: Vec<Dim> = rows.shape().iter().map(|&size| Dim::Known(size)).collect();
        if let Some(first) = dims.first_mut() {
            *first = Dim::Batch;
        }
        let node = g.placeholder(name, Shape::from(dims))?;
        self.inputs.push((node, rows.to_owned().into_dyn()));
        Ok(node)
    }

    /// Logs a layer: histograms of its weights, biases and output.
    ///
    /// Its variables are trained by [`Model::minimize`].
    pub fn layer(&mut self, layer: DenseLayer) -> NodeId {
        let output = layer.output;
        for (what, node) in [("weight", layer.kernel), ("bias", layer.bias), ("output", output)] {
            self.histogram(&format!("{}/{what}", layer.name), node);
        }
        self.layers.push(layer);
        output
    }

    /// Trains the layers' variables towards a lower cost, and logs the cost and every gradient.
    ///
    /// The cost is printed at each look; of every gradient there is a histogram, and of every
    /// layer the norm of its gradient, in which vanishing gradients are seen.
    ///
    /// # Errors
    /// As [`GraphBuilder::gradients`].
    pub fn minimize(
        &mut self,
        g: &mut GraphBuilder,
        optimizer: Optimizer,
        cost: NodeId,
    ) -> Result<Training, BuildError> {
        let variables: Vec<NodeId> =
            self.layers.iter().flat_map(|layer| [layer.kernel, layer.bias]).collect();
        let training = optimizer.minimize(g, cost, &variables)?;
        self.train = Some(training.op);
        self.printed = Some(cost);
        self.scalar("cost", cost);
        for &(variable, gradient) in &training.gradients {
            self.histogram(&format!("gradients/{}", g[variable].name()), gradient);
        }
        let names: Vec<String> = self.layers.iter().map(|layer| layer.name.clone()).collect();
        let pairs = training.gradients.chunks_exact(2); // kernel and bias of each layer
        let norms = g.scope("gradient_norm", |g| {
            let norm = |(name, pair): (&String, &[(NodeId, NodeId)])| {
                g.scope(name, |g| norm(g, pair[0].1, pair[1].1))
            };
            names.iter().zip(pairs).map(norm).collect::<Result<Vec<_>, _>>()
        })?;
        for (name, norm) in names.iter().zip(norms) {
            self.scalar(&format!("gradient_norm/{name}"), norm);
        }
        Ok(training)
    }

    /// Logs a number at each look.
    pub fn scalar(&mut self, tag: &str, node: NodeId) {
        self.scalars.push((tag.to_owned(), node));
    }

    /// Logs a number at each look and prints it at the end of a run.
    pub fn show(&mut self, tag: &str, node: NodeId) {
        self.scalar(tag, node);
        self.report(tag, node);
    }

    /// Logs the distribution of a value's elements, less often than numbers: see
    /// [`Summaries`](super::Summaries).
    pub fn histogram(&mut self, tag: &str, node: NodeId) {
        self.histograms.push((tag.to_owned(), node));
    }

    /// Returns the placeholders and what they are fed.
    pub fn inputs(&self) -> &[(NodeId, ArrayD<f32>)] {
        &self.inputs
    }

    /// Returns the node that trains the model, if it is trained.
    pub fn training_op(&self) -> Option<NodeId> {
        self.train
    }

    /// Prints a value at the end of a run.
    pub fn report(&mut self, name: &str, node: NodeId) {
        self.report.push((name.to_owned(), node));
    }
}

/// The Euclidean norm of a layer's gradient, kernel and bias together.
fn norm(g: &mut GraphBuilder, kernel: NodeId, bias: NodeId) -> Result<NodeId, GraphError> {
    let kernel = g.square(kernel)?;
    let kernel = g.sum(kernel)?;
    let bias = g.square(bias)?;
    let bias = g.sum(bias)?;
    let sum = g.add_values(kernel, bias)?;
    g.sqrt(sum)
}
