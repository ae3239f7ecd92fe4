//! The lectures' experiments, one file each.

mod backprop_chain;
mod conv_basics;
mod images;
mod lenet5;
mod mnist;
mod mnist_cnn;
mod mnist_cnn_best;
mod mnist_conv_maps;
mod mnist_ensemble;
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
    &conv_basics::ConvBasics,
    &mnist_conv_maps::MnistConvMaps,
    &mnist_cnn::MnistCnn,
    &mnist_ensemble::MnistEnsemble,
    &mnist_cnn_best::MnistCnnBest,
    &lenet5::LeNet5,
];

/// Returns the experiment of that name.
pub fn find(name: &str) -> Option<&'static dyn Experiment> {
    ALL.iter().copied().find(|experiment| experiment.about().name == name)
}
