//! Pooling as part of convolutions gives the bits that it gives by itself, and so do the gradients.

use super::Session;
use crate::graph::ops::Padding;
use crate::graph::{GraphBuilder, Initializer, NodeId};

/// Convolution, ReLU and max pooling by two.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// Batch, rows, columns, channels.
    images: [usize; 4],
    /// Rows and columns of the filters.
    size: usize,
    filters: usize,
    padding: Padding,
    pool: Padding,
    bias: bool,
}

/// Bits of the pooled result and, if asked for, the gradients of its weighed sum by images and filter.
struct Values {
    bits: Vec<Vec<u32>>,
    instructions: usize,
}

impl Case {
    /// Computes them with `pixels`; if the ReLU's result is `kept`, it must be laid out.
    fn computed(&self, pixels: &[f32], gradients: bool, kept: bool, threads: usize) -> Values {
        let mut g = GraphBuilder::new();
        let variable = |g: &mut GraphBuilder, name: &str, sizes: &[usize], values: Vec<f32>| {
            g.variable(name, sizes, Initializer::Values(values)).unwrap()
        };
        let filter_sizes = [self.size, self.size, self.images[3], self.filters];
        let images = variable(&mut g, "images", &self.images, pixels.to_vec());
        let values = numbers(filter_sizes.iter().product(), 2);
        let filter = variable(&mut g, "filter", &filter_sizes, values);
        let mut out = g.conv2d(images, filter, [1; 2], self.padding).unwrap();
        if self.bias {
            let bias = variable(&mut g, "bias", &[self.filters], numbers(self.filters, 3));
            out = g.add_values(out, bias).unwrap();
        }
        let relu = g.relu(out).unwrap();
        let pooled = g.max_pool(relu, [2; 2], [2; 2], self.pool).unwrap();
        let sizes = g[pooled].shape().known().unwrap();
        let weights = variable(&mut g, "weights", &sizes, numbers(sizes.iter().product(), 4));
        let weighed = g.mul(pooled, weights).unwrap();
        let cost = g.sum(weighed).unwrap();
        let mut fetches: Vec<NodeId> = vec![pooled];
        if gradients {
            fetches.extend(g.gradients(cost, &[images, filter]).unwrap());
        }
        let graph = g.finish();
        let mut session = Session::new(&graph, 0);
        session.set_threads(threads).unwrap();
        let asked: Vec<NodeId> = fetches.iter().copied().chain(kept.then_some(relu)).collect();
        let mut plan = session.plan(&asked, 1).unwrap();
        session.run(&mut plan).unwrap();
        let bits = |node: &NodeId| plan.value(*node).iter().map(|x| x.to_bits()).collect();
        Values { bits: fetches.iter().map(bits).collect(), instructions: plan.instruction_count() }
    }

    /// Compares what is part of the convolution with what is not, on some numbers of threads.
    fn check(&self, pixels: &[f32], is_part: bool) {
        for (gradients, saved) in [(false, 1), (true, 2)] {
            let apart = self.computed(pixels, gradients, true, 1);
            let saved = if is_part { saved } else { 0 };
            for threads in [1, 2, 3] {
                let together = self.computed(pixels, gradients, false, threads);
                assert_eq!(together.instructions + saved, apart.instructions, "{self:?}");
                for (what, (together, apart)) in ["result", "by images", "by filter"]
                    .iter()
                    .zip(together.bits.iter().zip(&apart.bits))
                {
                    assert!(together == apart, "{self:?}, {threads} threads: {what}");
                }
            }
        }
    }
}

/// Numbers in -1..1 that differ, but for some that are equal so that windows have more than one
/// largest.
fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let hash = |i: usize| (i as u32 ^ salt).wrapping_mul(0x9e37_79b9) >> 16;
    (0..count).map(|i| (hash(i) % 512) as f32 / 256.0 - 1.0).collect()
}

const CASE: Case = Case {
    images: [3, 14, 14, 8],
    size: 3,
    filters: 16,
    padding: Padding::Same,
    pool: Padding::Same,
    bias: false,
};

#[test]
fn pooling_as_part_of_convolutions_changes_no_bit() {
    for (images, filters) in [
        ([3, 14, 14, 8], 16), // by Winograd's algorithm
        ([5, 7, 7, 16], 32),  // so too, and the last windows reach beyond the image
        ([2, 9, 6, 8], 48),
        ([4, 8, 6, 1], 32), // directly
        ([2, 5, 7, 3], 8),
        ([1, 3, 3, 2], 24),
    ] {
        for (size, padding) in [
            (3, Padding::Same),
            (3, Padding::Explicit([[2, 1], [0, 2]])),
            (5, Padding::Same),
            (2, Padding::Valid),
        ] {
            for bias in [false, true] {
                let case = Case { images, size, filters, padding, bias, ..CASE };
                case.check(&numbers(images.iter().product(), 1), true);
            }
        }
    }
}

#[test]
fn windows_without_a_largest_above_zero_pass_no_gradient() {
    // All pixels 0: without a bias no result is above 0, and what was NaN stays NaN.
    let len: usize = CASE.images.iter().product();
    let mut pixels = vec![0.0; len];
    CASE.check(&pixels, true);
    pixels[len / 2] = f32::NAN;
    let direct = Case { size: 5, ..CASE };
    let values = direct.computed(&pixels, false, false, 1);
    assert!(values.bits[0].iter().any(|&bits| f32::from_bits(bits).is_nan()));
}

#[test]
fn what_convolutions_cannot_pool_is_pooled_by_itself() {
    let pixels = numbers(CASE.images.iter().product(), 1);
    // Channels that are no whole lanes, and a last row that no window covers.
    Case { filters: 12, ..CASE }.check(&pixels, false);
    let odd = Case { images: [3, 13, 14, 8], pool: Padding::Valid, ..CASE };
    odd.check(&numbers(odd.images.iter().product(), 1), false);
}
