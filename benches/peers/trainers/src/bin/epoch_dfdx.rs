//! Prints the seconds of an epoch with dfdx: `epoch_dfdx mlp|softmax`.

use dfdx::optim::{Adam, AdamConfig, Momentum, Optimizer, Sgd, SgdConfig};
use dfdx::prelude::*;
use peers_trainers::digits::{Digits, PIXELS};
use peers_trainers::epoch::{BATCH, report};

type Mlp =
    ((Linear<784, 256>, ReLU), (Linear<256, 256>, ReLU), (Linear<256, 256>, ReLU), Linear<256, 10>);
type Softmax = Linear<784, 10>;

/// Test images looked at together.
const TOGETHER: usize = 1_000;

macro_rules! measure {
    ($net:ty, $optimizer:expr) => {{
        let device = AutoDevice::default();
        let (train, test) = (Digits::train(), Digits::test());
        let mut net = device.build_module::<$net, f32>();
        let mut gradients = Some(net.alloc_grads());
        let mut optimizer = $optimizer(&net);
        // Both closures use the net, one after the other.
        let net = std::cell::RefCell::new(&mut net);
        let epoch = |order: &[u32]| {
            let net = &mut **net.borrow_mut();
            for chosen in order.chunks_exact(BATCH) {
                let chosen = chosen.iter().map(|&index| index as usize);
                let (x, y) = batch::<BATCH>(&device, &train, chosen);
                let x = x.traced(gradients.take().expect("they came back"));
                let cost = cross_entropy_with_logits_loss(net.forward_mut(x), y);
                let mut used = cost.backward();
                optimizer.update(net, &used).expect("all is used");
                net.zero_grads(&mut used);
                gradients = Some(used);
            }
        };
        let evaluate = || {
            let net = &**net.borrow();
            let mut right = 0;
            for start in (0..test.labels.len()).step_by(TOGETHER) {
                let (x, _) = batch::<TOGETHER>(&device, &test, start..start + TOGETHER);
                let logits = net.forward(x).array();
                let labels = &test.labels[start..];
                right += logits.iter().zip(labels).filter(|(row, y)| largest(*row) == **y).count();
            }
            right as f64 / test.labels.len() as f64
        };
        report(train.labels.len(), epoch, evaluate);
    }};
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("mlp") => {
            let config = AdamConfig { lr: 0.001, ..AdamConfig::default() };
            measure!(Mlp, |net| Adam::new(net, config));
        }
        Some("softmax") => {
            let config = SgdConfig { lr: 0.1, momentum: None::<Momentum>, weight_decay: None };
            measure!(Softmax, |net| Sgd::new(net, config));
        }
        _ => panic!("usage: epoch_dfdx mlp|softmax"),
    }
}

type Rows<const N: usize, const COLUMNS: usize> = Tensor<Rank2<N, COLUMNS>, f32, AutoDevice>;

/// Pixels from 0 to 1 and one-hot labels.
fn batch<const N: usize>(
    device: &AutoDevice,
    digits: &Digits,
    chosen: impl Iterator<Item = usize>,
) -> (Rows<N, 784>, Rows<N, 10>) {
    let mut x = Vec::with_capacity(N * PIXELS);
    let mut y = vec![0.0; N * 10];
    for (row, index) in chosen.enumerate() {
        let pixels = &digits.pixels[index * PIXELS..][..PIXELS];
        x.extend(pixels.iter().map(|&pixel| f32::from(pixel) / 255.0));
        y[row * 10 + usize::from(digits.labels[index])] = 1.0;
    }
    (device.tensor(x), device.tensor(y))
}

fn largest(row: &[f32; 10]) -> u8 {
    (0..10).max_by(|&a, &b| row[a as usize].total_cmp(&row[b as usize])).expect("ten")
}
