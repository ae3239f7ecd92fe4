//! Prints the nanoseconds of one training step with candle: `candle xor_deep`.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Init, Linear, Module, Optimizer, SGD, VarBuilder, VarMap};
use peers_trainers::{LEARNING_RATE, X, Y, nanoseconds};

fn main() -> Result<()> {
    let name = std::env::args().nth(1).expect("usage: candle EXPERIMENT");
    let (hidden, relu, init) = match name.as_str() {
        "xor_nn" => (vec![2], false, Init::Randn { mean: 0.0, stdev: 1.0 }),
        "xor_deep" => (vec![10, 10, 10], false, Init::Randn { mean: 0.0, stdev: 1.0 }),
        "xor_11layer_relu" => (vec![5; 10], true, Init::Uniform { lo: -1.0, up: 1.0 }),
        name => panic!("no net for `{name}`"),
    };
    let device = Device::Cpu;
    let (x, y) = (Tensor::new(&X, &device)?, Tensor::new(&Y, &device)?);
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let mut layers = Vec::new();
    let mut inputs = 2;
    for (i, &units) in hidden.iter().chain(&[1]).enumerate() {
        let vb = vb.pp(format!("layer{i}"));
        let weight = vb.get_with_hints((units, inputs), "weight", init)?;
        let bias = vb.get_with_hints(units, "bias", init)?;
        layers.push(Linear::new(weight, Some(bias)));
        inputs = units;
    }
    let mut sgd = SGD::new(variables.all_vars(), LEARNING_RATE)?;
    let mut step = || -> Result<()> {
        let mut h = x.clone();
        for (i, layer) in layers.iter().enumerate() {
            let sum = layer.forward(&h)?;
            let last = i + 1 == layers.len();
            h = if relu && !last { sum.relu()? } else { candle_nn::ops::sigmoid(&sum)? };
        }
        let positive = (&y * h.log()?)?;
        let negative = (y.affine(-1.0, 1.0)? * h.affine(-1.0, 1.0)?.log()?)?;
        let cost = (positive + negative)?.mean_all()?.neg()?;
        sgd.backward_step(&cost)
    };
    println!("{:.0}", nanoseconds(|| step().expect("shapes fit")));
    Ok(())
}
