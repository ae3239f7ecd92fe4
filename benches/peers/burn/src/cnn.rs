//! What training the convolutional net of lab 11-2 takes.

use std::cell::RefCell;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::digits::Digits;
use crate::epoch::BATCH;
use crate::stretch::{DENSE, DROPPED, FILTER_STDDEV, FILTERS, report};
use crate::tensors;

#[derive(Module, Debug)]
struct Net {
    convolutions: Vec<Conv2d>,
    pool: MaxPool2d,
    dense: Vec<Linear>,
    dropout: Dropout,
}

impl Net {
    fn new(device: &Device) -> Self {
        let convolution = |channels| {
            Conv2dConfig::new(channels, [3, 3])
                .with_padding(PaddingConfig2d::Same)
                .with_bias(false)
                .with_initializer(Initializer::Normal { mean: 0.0, std: FILTER_STDDEV })
                .init(device)
        };
        let dense = |[n, m]: [usize; 2]| {
            let xavier = Initializer::XavierNormal { gain: 1.0 };
            LinearConfig::new(n, m).with_initializer(xavier).init(device)
        };
        Net {
            convolutions: FILTERS.map(convolution).into(),
            // 28 to 14 to 7 to 4: the last goes over the edge, as SAME does.
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).with_ceil_mode(true).init(),
            dense: DENSE.map(dense).into(),
            dropout: DropoutConfig::new(DROPPED).init(),
        }
    }

    /// Logits of `[images, 1, 28, 28]`; nothing is dropped where no gradient is recorded.
    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut h = images;
        for convolution in &self.convolutions {
            h = self.dropout.forward(self.pool.forward(relu(convolution.forward(h))));
        }
        let h = relu(self.dense[0].forward(h.flatten::<2>(1, 3)));
        self.dense[1].forward(self.dropout.forward(h))
    }
}

pub fn measure(steps: usize) {
    let device = Device::flex();
    let training_device = device.clone().autodiff();
    let images = |digits| {
        let (x, y) = tensors(digits, &device);
        let count = y.dims()[0];
        (x.reshape([count, 1, 28, 28]), y)
    };
    let (x, y) = images(Digits::train());
    let (test_x, test_y) = images(Digits::test());
    let loss = CrossEntropyLossConfig::new().init(&training_device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
    // Both closures use the net, one after the other; a step takes it and gives it back.
    let net = RefCell::new(Some(Net::new(&training_device)));
    let step = |chosen: &[u32]| {
        let model = net.take().expect("it came back");
        let chosen: Vec<i64> = chosen.iter().map(|&index| i64::from(index)).collect();
        let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [BATCH]), &device);
        // Selected where no gradient is recorded: the data need none.
        let x = Tensor::from_inner(x.clone().select(0, chosen.clone()));
        let y = Tensor::from_inner(y.clone().select(0, chosen));
        let cost = loss.forward(model.forward(x), y);
        let gradients = GradientsParams::from_grads(cost.backward(), &model);
        net.replace(Some(optimizer.step(0.001, model, gradients)));
        cost.into_scalar::<f32>()
    };
    let tell = |first: usize, end: usize| {
        let model = net.borrow().as_ref().expect("it came back").valid();
        let logits = model.forward(test_x.clone().slice([first..end]));
        let predicted = logits.argmax(1).squeeze_dim::<1>(1);
        predicted.equal(test_y.clone().slice([first..end])).int().sum().into_scalar::<i64>()
            as usize
    };
    report(y.dims()[0], test_y.dims()[0], steps, step, tell);
}
