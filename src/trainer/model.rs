//! A recorded graph with its roles: what is fed, trained, logged and reported.

use ndarray::{ArrayD, ArrayRef, Dimension};

use super::BuildError;
use super::classifier::Classifier;
use crate::graph::{Dim, GraphBuilder, GraphError, NodeId, Shape};
use crate::nn::layers::Sequential;
use crate::nn::{Layer, Optimizer, Training};

/// What an experiment built: inputs with their data, and nodes with a role.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub(crate) inputs: Vec<(NodeId, ArrayD<f32>)>,
    pub(crate) train: Option<NodeId>,
    pub(crate) printed: Option<NodeId>,
    pub(crate) scalars: Vec<(String, NodeId)>,
    pub(crate) histograms: Vec<(String, NodeId)>,
    pub(crate) report: Vec<(String, NodeId)>,
    pub(super) maps: Vec<(String, NodeId)>,
    pub(crate) classifier: Option<Classifier>,
    pub(super) layers: Vec<Layer>,
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
    /// Its variables are trained by [`Model::minimize`]. Of a layer without any, such as pooling,
    /// nothing is logged: it shows no more than the one before it.
    pub fn layer(&mut self, layer: Layer) -> NodeId {
        let output = layer.output;
        if layer.variables.is_empty() {
            self.layers.push(layer);
            return output;
        }
        for (what, node) in layer.variables.iter().map(|(what, node)| (what.as_str(), *node)) {
            self.histogram(&format!("{}/{what}", layer.name), node);
        }
        self.histogram(&format!("{}/output", layer.name), output);
        self.layers.push(layer);
        output
    }

    /// Adds layers one behind the other, the first behind `x`, and logs each; returns the output.
    ///
    /// # Errors
    /// As [`Sequential::build`].
    pub fn sequential(
        &mut self,
        g: &mut GraphBuilder,
        x: NodeId,
        net: &Sequential,
    ) -> Result<NodeId, GraphError> {
        let stack = net.build(g, x)?;
        for layer in stack.layers {
            self.layer(layer);
        }
        Ok(stack.output)
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
        let layers = || self.layers.iter();
        let variables: Vec<NodeId> =
            layers().flat_map(|layer| &layer.variables).map(|(_, variable)| *variable).collect();
        let updates: Vec<NodeId> = layers().flat_map(|layer| layer.updates.clone()).collect();
        let training = optimizer.minimize_with(g, cost, &variables, &updates)?;
        self.train = Some(training.op);
        self.printed = Some(cost);
        self.scalar("cost", cost);
        for &(variable, gradient) in &training.gradients {
            self.histogram(&format!("gradients/{}", g[variable].name()), gradient);
        }
        let mut gradients = training.gradients.iter().map(|&(_, gradient)| gradient);
        let norms = g.scope("gradient_norm", |g| {
            let norm = |layer: &Layer| {
                let of_layer = gradients.by_ref().take(layer.variables.len());
                let norm = g.scope(&layer.name, |g| norm(g, of_layer))?;
                Ok((format!("gradient_norm/{}", layer.name), norm))
            };
            let trained = self.layers.iter().filter(|layer| !layer.variables.is_empty());
            trained.map(norm).collect::<Result<Vec<_>, GraphError>>()
        })?;
        for (tag, norm) in norms {
            self.scalar(&tag, norm);
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

    /// The first layer that multiplies its input by weights.
    pub(super) fn first_weighted(&self) -> Option<&Layer> {
        self.layers.iter().find(|layer| !layer.kernels.is_empty())
    }

    /// Returns the placeholders and what they are fed.
    pub fn inputs(&self) -> &[(NodeId, ArrayD<f32>)] {
        &self.inputs
    }

    /// Returns the node that trains the model, if it is trained.
    pub fn training_op(&self) -> Option<NodeId> {
        self.train
    }

    /// Returns the name of the data set a classifier is trained on.
    pub fn data(&self) -> Option<&str> {
        self.classifier.as_ref().map(|classifier| classifier.training.data.as_str())
    }

    /// Shows a value `[images, rows, columns, channels]` as pictures at the end of a run: logs them,
    /// and prints them where they are small enough.
    ///
    /// # Errors
    /// [`GraphError::Shape`] if it has another number of dimensions.
    pub fn maps(&mut self, g: &GraphBuilder, tag: &str, node: NodeId) -> Result<(), GraphError> {
        if g[node].shape().dims().len() != 4 {
            return Err(GraphError::Shape {
                node: g[node].name().to_owned(),
                rule: "pictures are of [images, rows, columns, channels]".to_owned(),
                got: g[node].shape().to_string(),
            });
        }
        self.maps.push((tag.to_owned(), node));
        Ok(())
    }

    /// Prints a value at the end of a run.
    pub fn report(&mut self, name: &str, node: NodeId) {
        self.report.push((name.to_owned(), node));
    }
}

/// The Euclidean norm of a layer's gradient, all its variables together.
fn norm(
    g: &mut GraphBuilder,
    gradients: impl Iterator<Item = NodeId>,
) -> Result<NodeId, GraphError> {
    let mut total = None;
    for gradient in gradients {
        let square = g.square(gradient)?;
        let sum = g.sum(square)?;
        total = Some(match total {
            Some(total) => g.add_values(total, sum)?,
            None => sum,
        });
    }
    g.sqrt(total.expect("the layer has variables"))
}
