//! LeNet-5, the first case study of lec 11-3.

use super::images::{self, CLASSES, at_least};
use crate::graph::GraphBuilder;
use crate::nn::layers::{Sequential, avg_pool, conv2d, dense, flatten, reshape};
use crate::trainer::{
    About, Augmentation, BuildError, Experiment, HyperParameters, Model, Training,
};

const EPOCHS: u64 = 15;

/// CONV-POOL-CONV-POOL-CONV-FC of LeCun et al. 1998, with 5x5 filters and 2x2 pooling.
///
/// Their last layer compares with pictures of characters, here it is softmax; every filter sees all
/// maps of the layer before, as in all later nets.
pub(super) struct LeNet5;

impl Experiment for LeNet5 {
    fn about(&self) -> About {
        About {
            name: "lenet5",
            lecture: "lec 11-3",
            summary: "digits by LeNet-5 of 1998; `--set data=fashion_mnist` for clothes",
            schedule: images::schedule(EPOCHS),
            claim: at_least!(0.985, 2 of 3),
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        let net = HyperParameters::new().text("activation", "tanh").text("init", "xavier");
        images::training(net, EPOCHS, "constant", Augmentation::NONE)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        let (f, init) = (hyper.activation("activation")?, hyper.initializer("init")?);
        let training = Training::from_hyper(hyper)?;
        let net = Sequential::new()
            .add(reshape([28, 28, 1]))
            // SAME adds two rows and columns around: their images were 32 by 32.
            .add(conv2d(6, 5).same().activation(f).kernel(init.clone())) // [batch, 28, 28, 6]
            .add(avg_pool(2)) // [batch, 14, 14, 6]
            .add(conv2d(16, 5).activation(f).kernel(init.clone())) // [batch, 10, 10, 16]
            .add(avg_pool(2)) // [batch, 5, 5, 16]
            .add(conv2d(120, 5).activation(f).kernel(init.clone())) // [batch, 1, 1, 120]
            .add(flatten())
            .add(dense(84).activation(f).kernel(init.clone()))
            .add(dense(CLASSES).kernel(init));

        images::classifier(g, &net, training)
    }
}
