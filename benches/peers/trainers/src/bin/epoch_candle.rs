//! Prints the seconds of an epoch with candle: `epoch_candle mlp|softmax`.

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, SGD, VarBuilder, VarMap, loss};
use peers_trainers::digits::Digits;
use peers_trainers::epoch::{BATCH, SIZES, report};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("mlp") => {
            // Without decay of weights it is Adam.
            let config = ParamsAdamW { lr: 0.001, weight_decay: 0.0, ..ParamsAdamW::default() };
            measure(&SIZES, |variables| AdamW::new(variables, config))
        }
        Some("softmax") => measure(&[784, 10], |variables| SGD::new(variables, 0.1)),
        _ => panic!("usage: epoch_candle mlp|softmax"),
    }
}

fn measure<O: Optimizer>(
    sizes: &[usize],
    optimizer: impl FnOnce(Vec<Var>) -> Result<O>,
) -> Result<()> {
    let device = Device::Cpu;
    let (x, y) = tensors(Digits::train(), &device)?;
    let (test_x, test_y) = tensors(Digits::test(), &device)?;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let layers: Vec<Linear> = sizes
        .windows(2)
        .enumerate()
        .map(|(i, pair)| candle_nn::linear(pair[0], pair[1], vb.pp(format!("layer{i}"))))
        .collect::<Result<_>>()?;
    let forward = |x: Tensor| -> Result<Tensor> {
        let mut h = x;
        for (i, layer) in layers.iter().enumerate() {
            h = layer.forward(&h)?;
            if i + 1 < layers.len() {
                h = h.relu()?;
            }
        }
        Ok(h)
    };
    let mut optimizer = optimizer(variables.all_vars())?;
    let mut step = |chosen: &[u32]| -> Result<()> {
        let chosen = Tensor::new(chosen, &device)?;
        let logits = forward(x.index_select(&chosen, 0)?)?;
        let cost = loss::cross_entropy(&logits, &y.index_select(&chosen, 0)?)?;
        optimizer.backward_step(&cost)
    };
    let evaluate = || -> Result<f64> {
        let predicted = forward(test_x.clone())?.argmax(1)?;
        let right = predicted.eq(&test_y)?.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()?;
        Ok(f64::from(right) / test_y.elem_count() as f64)
    };
    report(
        y.elem_count(),
        |order| order.chunks_exact(BATCH).for_each(|chosen| step(chosen).expect("shapes fit")),
        || evaluate().expect("shapes fit"),
    );
    Ok(())
}

/// Pixels from 0 to 1 and labels.
fn tensors(digits: Digits, device: &Device) -> Result<(Tensor, Tensor)> {
    let count = digits.labels.len();
    let pixels = Tensor::from_vec(digits.pixels, (count, 784), device)?;
    let labels = Tensor::from_vec(digits.labels, count, device)?;
    Ok(((pixels.to_dtype(DType::F32)? / 255.0)?, labels.to_dtype(DType::U32)?))
}
