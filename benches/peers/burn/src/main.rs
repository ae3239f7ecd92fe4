//! Prints the seconds of an epoch with burn's CPU backend: `peers-burn mlp|softmax`, or of a part
//! of one, `peers-burn cnn STEPS`.

mod cnn;
#[path = "../../../../examples/epoch_time/digits.rs"]
mod digits;
#[path = "../../trainers/src/epoch.rs"]
mod epoch;
#[path = "../../trainers/src/stretch.rs"]
mod stretch;

use std::cell::RefCell;

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};

use digits::{Digits, PIXELS};
use epoch::{BATCH, SIZES, report};

#[derive(Module, Debug)]
struct Net {
    layers: Vec<Linear>,
}

impl Net {
    fn new(sizes: &[usize], device: &Device) -> Self {
        let layer = |pair: &[usize]| LinearConfig::new(pair[0], pair[1]).init(device);
        Net { layers: sizes.windows(2).map(layer).collect() }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let mut h = x;
        for (i, layer) in self.layers.iter().enumerate() {
            h = layer.forward(h);
            if i + 1 < self.layers.len() {
                h = relu(h);
            }
        }
        h
    }
}

fn main() {
    let usage = "usage: peers-burn mlp|softmax, or cnn STEPS";
    match std::env::args().nth(1).as_deref() {
        Some("mlp") => measure(&SIZES, AdamConfig::new().with_epsilon(1e-8).init(), 0.001),
        Some("softmax") => measure(&[784, 10], SgdConfig::new().init(), 0.1),
        Some("cnn") => {
            let steps = std::env::args().nth(2).and_then(|steps| steps.parse().ok());
            cnn::measure(steps.expect(usage));
        }
        _ => panic!("{usage}"),
    }
}

fn measure(sizes: &[usize], mut optimizer: ModuleOptimizer, learning_rate: f64) {
    let device = Device::flex();
    let training_device = device.clone().autodiff();
    let (x, y) = tensors(Digits::train(), &device);
    let (test_x, test_y) = tensors(Digits::test(), &device);
    let loss = CrossEntropyLossConfig::new().init(&training_device);
    // Both closures use the net, one after the other; a step takes it and gives it back.
    let net = RefCell::new(Some(Net::new(sizes, &training_device)));
    let count = y.dims()[0];
    let epoch = |order: &[u32]| {
        let mut model = net.take().expect("it came back");
        for chosen in order.chunks_exact(BATCH) {
            let chosen: Vec<i64> = chosen.iter().map(|&index| i64::from(index)).collect();
            let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [BATCH]), &device);
            // Selected where no gradient is recorded: the data need none.
            let x = Tensor::from_inner(x.clone().select(0, chosen.clone()));
            let y = Tensor::from_inner(y.clone().select(0, chosen));
            let cost = loss.forward(model.forward(x), y);
            let gradients = GradientsParams::from_grads(cost.backward(), &model);
            model = optimizer.step(learning_rate, model, gradients);
        }
        net.replace(Some(model));
    };
    let evaluate = || {
        let model = net.borrow().as_ref().expect("it came back").valid();
        let predicted = model.forward(test_x.clone()).argmax(1).squeeze_dim::<1>(1);
        let right = predicted.equal(test_y.clone()).int().sum().into_scalar::<i64>();
        right as f64 / test_y.dims()[0] as f64
    };
    report(count, epoch, evaluate);
}

/// Pixels from 0 to 1 and labels.
fn tensors(digits: Digits, device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
    let count = digits.labels.len();
    let pixels: Vec<f32> = digits.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    let labels: Vec<i64> = digits.labels.iter().map(|&label| i64::from(label)).collect();
    let x = Tensor::from_data(TensorData::new(pixels, [count, PIXELS]), device);
    (x, Tensor::from_data(TensorData::new(labels, [count]), device))
}
