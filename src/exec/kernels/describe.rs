//! Instructions in words, and how many multiplications and additions they stand for.

use super::instruction::{Conv, FilterGradient, Gemm, Instruction, PoolFunction, Window};

impl Instruction {
    /// What it does to what, in a few words.
    pub(crate) fn label(&self) -> String {
        match self {
            Instruction::Map(map) => {
                format!("map of {} in {} steps", map.elements, map.steps.len())
            }
            Instruction::Nonzeros(of) => format!("lists of {}x{}", of.rows, of.columns),
            Instruction::Gemm(Gemm { m, k, n, transpose_a, transpose_b, .. }) => {
                let turned = |turned: bool| if turned { "'" } else { "" };
                let (a, b) = (turned(*transpose_a), turned(*transpose_b));
                format!("product {m}x{k}{a} {k}x{n}{b}")
            }
            Instruction::AddHalves(gemm) => format!("halves of {}x{}", gemm.m, gemm.n),
            Instruction::Conv(conv) => convolution(conv),
            Instruction::Chain(chain) => {
                let convolutions: Vec<String> = chain.convs.iter().map(convolution).collect();
                convolutions.join(", ")
            }
            Instruction::WinogradFilter(conv) => {
                format!("filter made ready {}", shape(&conv.window, conv.filters))
            }
            Instruction::FilterGradient(FilterGradient { window, filters, winograd, .. }) => {
                let by = by(winograd.is_some());
                format!("convolution, by filter {}{by}", shape(window, *filters))
            }
            Instruction::WinogradFilterGradient(gradient) => {
                format!("filter made of sums {}", shape(&gradient.window, gradient.filters))
            }
            Instruction::Pool(pool) => {
                let what = match pool.function {
                    PoolFunction::Max { .. } => "max pool",
                    PoolFunction::MaxGrad { .. } => "max pool, gradient",
                    PoolFunction::Avg { .. } => "mean pool",
                    PoolFunction::AvgGrad { .. } => "mean pool, gradient",
                };
                format!("{what} {}x{}x{}", pool.axes[0].len, pool.axes[1].len, pool.channels)
            }
            Instruction::Lrn(lrn) => format!("response normalisation {}", lrn.out.len),
            Instruction::Splice(splice) => format!("splice {}", splice.out.len),
            Instruction::Rows(rows) => format!("rows {}x{}", rows.rows, rows.columns),
            Instruction::Sum(sum) => format!("sum {}x{}x{}", sum.outer, sum.count, sum.inner),
            Instruction::GradientDescent(step) => format!("descent {}", step.variable.len),
            Instruction::Momentum(step) => format!("momentum {}", step.variable.len),
            Instruction::RmsProp(step) => format!("RMSProp {}", step.variable.len),
            Instruction::Adam(step) => format!("Adam {}", step.variable.len),
            Instruction::Copy(copy) => format!("copy {}", copy.from.len),
        }
    }

    /// Multiplications and additions of matrix products and convolutions, counted as if they were
    /// computed directly.
    pub(crate) fn operations(&self) -> f64 {
        let products = |window: &Window, batch: usize, filters: usize| {
            2.0 * (batch * window.count() * window.patch_len() * filters) as f64
        };
        let of_conv = |conv: &Conv| products(&conv.window, conv.batch, conv.filters);
        match self {
            Instruction::Gemm(gemm) => 2.0 * (gemm.m * gemm.k * gemm.n) as f64,
            Instruction::Conv(conv) => of_conv(conv),
            Instruction::Chain(chain) => chain.convs.iter().map(of_conv).sum(),
            Instruction::FilterGradient(FilterGradient { window, batch, filters, .. }) => {
                products(window, *batch, *filters)
            }
            _ => 0.0,
        }
    }
}

fn convolution(conv: &Conv) -> String {
    let what = if conv.turned { "convolution, by images" } else { "convolution" };
    let shape = shape(&conv.window, conv.filters);
    let pooled = if conv.pooled.is_some() { ", pooled" } else { "" };
    format!("{what} {shape}{}{pooled}", by(conv.winograd.is_some()))
}

fn shape(window: &Window, filters: usize) -> String {
    let Window { image: [rows, columns], channels, size: [height, width], .. } = window;
    format!("{rows}x{columns}x{channels} with {filters} of {height}x{width}")
}

fn by(winograd: bool) -> &'static str {
    if winograd { " (Winograd)" } else { "" }
}
