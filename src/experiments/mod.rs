//! The lectures' experiments, one file each.

mod backprop_chain;
mod mnist;
mod xor;
mod xor_11layer_relu;
mod xor_11layer_sigmoid;
mod xor_deep;
mod xor_logistic;
mod xor_nn;
mod xor_tensorboard;

use crate::trainer::Experiment;

/// All of them, in the order of the lectures.
pub const ALL: &[&dyn Experiment] = &[
    &xor_logistic::XorLogistic,
    &xor_nn::XorNn,
    &xor_deep::XorDeep,
    &xor_tensorboard::XorTensorboard,
    &backprop_chain::BackpropChain,
    &xor_11layer_sigmoid::Xor11LayerSigmoid,
    &xor_11layer_relu::Xor11LayerRelu,
    &mnist::SOFTMAX,
    &mnist::SIGMOID,
    &mnist::RELU,
    &mnist::XAVIER,
    &mnist::DEEP,
    &mnist::DROPOUT,
];

/// Returns the experiment of that name.
pub fn find(name: &str) -> Option<&'static dyn Experiment> {
    ALL.iter().copied().find(|experiment| experiment.about().name == name)
}
