//! What dense and convolutional layers share: kernels, what is added to their products, activation.

use super::{Activation, BatchNorm, Layer};
use crate::graph::ops::Binary;
use crate::graph::{GraphBuilder, GraphError, Initializer, NodeId};

/// What is added to the product of input and kernel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shift<'a> {
    Nothing,
    /// A variable `bias` with this first value.
    Bias(&'a Initializer),
    /// The normalisation takes a bias away again and adds its own `beta`.
    BatchNorm(&'a BatchNorm),
}

/// `activation(product(kernel) + shift)`, as often as the activation has pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine<'a> {
    /// What the kernel is called: `weight` in the lectures, `kernel` in `tf.layers`.
    pub(super) kernel_name: &'static str,
    /// The last one is that of the outputs.
    pub(super) kernel_sizes: &'a [usize],
    pub(super) kernel: &'a Initializer,
    /// What the sum with the bias is called.
    pub(super) sum_name: &'static str,
    pub(super) shift: Shift<'a>,
    pub(super) activation: Activation,
}

impl Affine<'_> {
    /// Adds the layer's nodes to the current scope; `product` adds what a kernel makes of the input.
    pub(super) fn add(
        &self,
        g: &mut GraphBuilder,
        mut product: impl FnMut(&mut GraphBuilder, NodeId) -> Result<NodeId, GraphError>,
    ) -> Result<Layer, GraphError> {
        let units = self.kernel_sizes[self.kernel_sizes.len() - 1];
        let (mut kernels, mut variables, mut updates) = (Vec::new(), Vec::new(), Vec::new());
        let (mut products, mut sums) = (Vec::new(), Vec::new());
        for _ in 0..self.activation.pieces() {
            let kernel = g.variable(self.kernel_name, self.kernel_sizes, self.kernel.clone())?;
            variables.push(kernel);
            kernels.push(kernel);
            let product = match self.shift {
                Shift::Nothing => {
                    let product = product(g, kernel)?;
                    sums.push(product);
                    product
                }
                Shift::Bias(bias) => {
                    let bias = g.variable("bias", &[units], bias.clone())?;
                    let product = product(g, kernel)?;
                    variables.push(bias);
                    sums.push(g.add_named(self.sum_name, Binary::Add, &[product, bias])?);
                    product
                }
                Shift::BatchNorm(norm) => {
                    let product = product(g, kernel)?;
                    let normal = norm.add(g, "BatchNorm", product)?;
                    variables.extend([normal.gamma, normal.beta]);
                    updates.extend(normal.updates);
                    sums.push(normal.output);
                    product
                }
            };
            products.push(product);
        }
        let output = self.activation.add(g, &sums)?;
        Ok(Layer { kernels, products, updates, ..Layer::of(g, &variables, output) })
    }
}
