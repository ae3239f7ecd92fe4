//! Prints the nanoseconds of one training step with dfdx: `dfdx xor_deep`.

use dfdx::optim::{Momentum, Optimizer, Sgd, SgdConfig};
use dfdx::prelude::*;
use peers_trainers::{LEARNING_RATE, X, Y, nanoseconds};

type Layer<const I: usize, const O: usize> = (Linear<I, O>, Sigmoid);
type ReluLayer<const I: usize, const O: usize> = (Linear<I, O>, ReLU);
type Nn = (Layer<2, 2>, Layer<2, 1>);
type Deep = (Layer<2, 10>, Layer<10, 10>, Layer<10, 10>, Layer<10, 1>);
type Relu11 = (ReluLayer<2, 5>, Repeated<ReluLayer<5, 5>, 9>, Layer<5, 1>);

macro_rules! measure {
    ($net:ty) => {{
        let device = AutoDevice::default();
        let (x, y) = (device.tensor(X), device.tensor(Y));
        let mut net = device.build_module::<$net, f32>();
        let mut gradients = net.alloc_grads();
        let config =
            SgdConfig { lr: LEARNING_RATE, momentum: None::<Momentum>, weight_decay: None };
        let mut sgd = Sgd::new(&net, config);
        nanoseconds(|| {
            let h = net.forward_mut(x.trace(std::mem::replace(&mut gradients, Gradients::leaky())));
            // An empty tape on a clone of the same id: the two are joined again in the sum.
            let negative = (-h.with_empty_tape() + 1.0).ln() * (-y.clone() + 1.0);
            let cost = -(h.ln() * y.clone() + negative).mean();
            gradients = cost.backward();
            sgd.update(&mut net, &gradients).expect("all is used");
            net.zero_grads(&mut gradients);
        })
    }};
}

fn main() {
    let name = std::env::args().nth(1).expect("usage: dfdx EXPERIMENT");
    let nanoseconds = match name.as_str() {
        "xor_nn" => measure!(Nn),
        "xor_deep" => measure!(Deep),
        "xor_11layer_relu" => measure!(Relu11),
        name => panic!("no net for `{name}`"),
    };
    println!("{nanoseconds:.0}");
}
