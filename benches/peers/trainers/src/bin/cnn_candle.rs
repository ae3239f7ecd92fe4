//! Prints what training the convolutional net of lab 11-2 takes with candle: `cnn_candle STEPS`.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{
    AdamW, Init, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, loss, ops,
};
use peers_trainers::digits::Digits;
use peers_trainers::stretch::{DENSE, DROPPED, FILTER_STDDEV, FILTERS, report};

struct Net {
    /// `[out, in, 3, 3]`
    filters: Vec<Tensor>,
    dense: Vec<Linear>,
}

impl Net {
    fn new(vb: &VarBuilder) -> Result<Self> {
        let normal = |stdev| Init::Randn { mean: 0.0, stdev };
        let filters = FILTERS.map(|[n, m]| {
            vb.get_with_hints((m, n, 3, 3), &format!("filters{m}"), normal(FILTER_STDDEV))
        });
        let dense = DENSE.map(|[n, m]| {
            let xavier = normal((2.0 / (n + m) as f64).sqrt());
            let kernel = vb.get_with_hints((m, n), &format!("kernel{m}"), xavier)?;
            let bias = vb.get_with_hints(m, &format!("bias{m}"), Init::Const(0.0))?;
            Ok(Linear::new(kernel, Some(bias)))
        });
        Ok(Net {
            filters: filters.into_iter().collect::<Result<_>>()?,
            dense: dense.into_iter().collect::<Result<_>>()?,
        })
    }

    fn forward(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        let dropout = |h: Tensor| if train { ops::dropout(&h, DROPPED as f32) } else { Ok(h) };
        let mut h = images.clone();
        for filters in &self.filters {
            h = h.conv2d(filters, 1, 1, 1, 1)?.relu()?;
            // As SAME pads the 7x7 of the third; of what ReLU leaves none is less than 0.
            let odd = h.dim(2)? % 2;
            if odd == 1 {
                h = h.pad_with_zeros(2, 0, odd)?.pad_with_zeros(3, 0, odd)?;
            }
            h = dropout(h.max_pool2d(2)?)?;
        }
        h = dropout(self.dense[0].forward(&h.flatten_from(1)?)?.relu()?)?;
        self.dense[1].forward(&h)
    }
}

fn main() -> Result<()> {
    let usage = "usage: cnn_candle STEPS";
    let steps = std::env::args().nth(1).and_then(|steps| steps.parse().ok()).expect(usage);
    let device = Device::Cpu;
    let (x, y) = tensors(Digits::train(), &device)?;
    let (test_x, test_y) = tensors(Digits::test(), &device)?;
    let variables = VarMap::new();
    let net = Net::new(&VarBuilder::from_varmap(&variables, DType::F32, &device))?;
    // Without decay of weights it is Adam.
    let config = ParamsAdamW { lr: 0.001, weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut optimizer = AdamW::new(variables.all_vars(), config)?;
    let mut step = |chosen: &[u32]| -> Result<f32> {
        let chosen = Tensor::new(chosen, &device)?;
        let logits = net.forward(&x.index_select(&chosen, 0)?, true)?;
        let cost = loss::cross_entropy(&logits, &y.index_select(&chosen, 0)?)?;
        optimizer.backward_step(&cost)?;
        cost.to_scalar()
    };
    let tell = |first: usize, end: usize| -> Result<usize> {
        let logits = net.forward(&test_x.narrow(0, first, end - first)?, false)?;
        let right = logits.argmax(1)?.eq(&test_y.narrow(0, first, end - first)?)?;
        Ok(right.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()? as usize)
    };
    report(
        y.elem_count(),
        test_y.elem_count(),
        steps,
        |chosen| step(chosen).expect("shapes fit"),
        |first, end| tell(first, end).expect("shapes fit"),
    );
    Ok(())
}

/// Pixels from 0 to 1, `[images, 1, 28, 28]`, and labels.
fn tensors(digits: Digits, device: &Device) -> Result<(Tensor, Tensor)> {
    let count = digits.labels.len();
    let pixels = Tensor::from_vec(digits.pixels, (count, 1, 28, 28), device)?;
    let labels = Tensor::from_vec(digits.labels, count, device)?;
    Ok(((pixels.to_dtype(DType::F32)? / 255.0)?, labels.to_dtype(DType::U32)?))
}
