//! Logs a training loop of candle, as it would be logged in any framework:
//! `cargo run --release --manifest-path examples/candle_xor/Cargo.toml -- runs/candle_xor`.

use std::collections::BTreeMap;
use std::error::Error;

use candle_core::{DType, Device, Tensor};
use candle_nn::loss::binary_cross_entropy_with_logit;
use candle_nn::{Module, Optimizer, SGD, VarBuilder, VarMap, linear};
use runboard::summary::{HParam, SessionEnd, SummaryWriter};

const LEARNING_RATE: f64 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args().nth(1).ok_or("usage: candle_xor DIRECTORY")?;
    let device = Device::Cpu;
    let x = Tensor::new(&[[0_f32, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], &device)?;
    let y = Tensor::new(&[[0_f32], [1.0], [1.0], [0.0]], &device)?;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let (hidden, output) = (linear(2, 10, vb.pp("Layer1"))?, linear(10, 1, vb.pp("Layer2"))?);
    let mut sgd = SGD::new(variables.all_vars(), LEARNING_RATE)?;

    let writer = SummaryWriter::create(dir)?;
    writer.add_hparams(&[("learning_rate", HParam::Number(LEARNING_RATE))], &["cost"])?;
    for step in 0..=5000 {
        let logits = output.forward(&hidden.forward(&x)?.tanh()?)?;
        let cost = binary_cross_entropy_with_logit(&logits, &y)?;
        sgd.backward_step(&cost)?;
        if step % 100 == 0 {
            let mut batch = writer.step(step); // one event for all values of a step
            batch.scalar("cost", cost.to_scalar::<f32>()?);
            for (name, values) in weights(&variables)? {
                batch.histogram(&name, &values);
            }
            batch.add()?;
        }
    }
    writer.end_session(SessionEnd::Success)?;
    println!("{}", writer.path().display());
    writer.close()?;
    Ok(())
}

/// All variables by name, with `/` where TensorBoard is to fold them.
fn weights(variables: &VarMap) -> candle_core::Result<BTreeMap<String, Vec<f32>>> {
    let data = variables.data().lock().expect("no thread has panicked");
    let flat = data.iter().map(|(name, var)| {
        Ok((name.replace('.', "/"), var.flatten_all()?.to_vec1::<f32>()?))
    });
    flat.collect()
}
