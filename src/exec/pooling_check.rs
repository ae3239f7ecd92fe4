//! Pooling as part of convolutions gives the bits that it gives by itself, and so do the gradients,
//! but for those of single channels, which are summed in another order.

use super::Session;
use crate::graph::ops::Padding;
use crate::graph::{Graph, GraphBuilder, Initializer, NodeId};

/// Convolution, ReLU, max pooling by two, perhaps dropout.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// Batch, rows, columns, channels.
    images: [usize; 4],
    /// Rows and columns of the filters.
    size: usize,
    filters: usize,
    strides: [usize; 2],
    padding: Padding,
    pool: Padding,
    bias: bool,
    dropout: bool,
}

const CASE: Case = Case {
    images: [5, 14, 14, 8],
    size: 3,
    filters: 16,
    strides: [1; 2],
    padding: Padding::Same,
    pool: Padding::Same,
    bias: false,
    dropout: false,
};

/// What a case is computed with and gives.
struct Net {
    graph: Graph,
    relu: NodeId,
    result: NodeId,
    /// Of the weighed sum of the result, by images and filter.
    gradients: Vec<NodeId>,
}

/// The values of some nodes, and how many instructions a run has.
struct Values {
    of: Vec<Vec<f32>>,
    instructions: usize,
}

impl Case {
    fn net(&self, pixels: &[f32]) -> Net {
        let mut g = GraphBuilder::new();
        let variable = |g: &mut GraphBuilder, name: &str, sizes: &[usize], values: Vec<f32>| {
            g.variable(name, sizes, Initializer::Values(values)).unwrap()
        };
        let filter_sizes = [self.size, self.size, self.images[3], self.filters];
        let images = variable(&mut g, "images", &self.images, pixels.to_vec());
        let values = numbers(filter_sizes.iter().product(), 2);
        let filter = variable(&mut g, "filter", &filter_sizes, values);
        let mut out = g.conv2d(images, filter, self.strides, self.padding).unwrap();
        if self.bias {
            let bias = variable(&mut g, "bias", &[self.filters], numbers(self.filters, 3));
            out = g.add_values(out, bias).unwrap();
        }
        let relu = g.relu(out).unwrap();
        let mut result = g.max_pool(relu, [2; 2], [2; 2], self.pool).unwrap();
        if self.dropout {
            let mask = g.random_mask(result, 0.7).unwrap();
            result = g.mul(result, mask).unwrap();
        }
        let sizes = g[result].shape().known().unwrap();
        let weights = variable(&mut g, "weights", &sizes, numbers(sizes.iter().product(), 4));
        let weighed = g.mul(result, weights).unwrap();
        let cost = g.sum(weighed).unwrap();
        let gradients = g.gradients(cost, &[images, filter]).unwrap();
        Net { graph: g.finish(), relu, result, gradients }
    }

    /// Compares what is part of the convolution with what is not, on some numbers of threads, by
    /// both algorithms.
    fn check(&self, pixels: &[f32], is_part: bool) {
        let net = self.net(pixels);
        let Net { relu, result, .. } = net;
        let both: Vec<NodeId> = net.gradients.iter().copied().chain([result]).collect();
        // Pooling and its gradient are no instructions of their own.
        for (fetches, saved) in [(vec![result], 1), (net.gradients.clone(), 2), (both, 2)] {
            for winograd in [true, false] {
                let kept: Vec<NodeId> = fetches.iter().copied().chain([relu]).collect();
                let apart = values(&net.graph, &kept, 1, winograd);
                let saved = if is_part { saved } else { 0 };
                for threads in [1, 2, 3] {
                    let together = values(&net.graph, &fetches, threads, winograd);
                    assert_eq!(together.instructions + saved, apart.instructions, "{self:?}");
                    for ((&node, together), apart) in
                        fetches.iter().zip(&together.of).zip(&apart.of)
                    {
                        let is_sum = node == net.gradients[1] && self.images[3] == 1;
                        if is_sum && self.size == 3 && is_part {
                            let close =
                                |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 * b.abs().max(1.0);
                            assert!(together.iter().zip(apart).all(close), "{self:?}");
                        } else {
                            assert!(bits(together) == bits(apart), "{self:?}, {threads} threads");
                        }
                    }
                }
            }
        }
    }
}

fn values(graph: &Graph, fetches: &[NodeId], threads: usize, winograd: bool) -> Values {
    let mut session = Session::new(graph, 5);
    session.set_threads(threads).unwrap();
    session.set_winograd(winograd);
    let mut plan = session.plan(fetches, 1).unwrap();
    session.run(&mut plan).unwrap();
    let of = fetches.iter().map(|&node| plan.value(node).to_vec()).collect();
    Values { of, instructions: plan.instruction_count() }
}

/// Bits; all that is no number is one.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|&x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }).collect()
}

/// Numbers in -1..1; long runs of them are 0, so that windows have more than one largest.
fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let hash = |i: usize| (i as u32 ^ salt).wrapping_mul(0x9e37_79b9) >> 8;
    let number = |i: usize| hash(i) as f32 / 8_388_608.0 - 1.0;
    (0..count).map(|i| if salt == 1 && i / 97 % 3 == 0 { 0.0 } else { number(i) }).collect()
}

fn pixels(images: [usize; 4]) -> Vec<f32> {
    numbers(images.iter().product(), 1)
}

#[test]
fn pooling_as_part_of_convolutions_changes_no_bit() {
    for (images, filters) in [
        ([5, 14, 14, 8], 16), // more tiles than a block of Winograd's algorithm has
        ([27, 7, 7, 8], 32),  // and where an image is in two; the last windows reach beyond it
        ([2, 9, 6, 8], 48),
        ([4, 8, 6, 1], 32), // directly
        ([3, 7, 5, 1], 8),
        ([2, 5, 7, 3], 8),
        ([1, 3, 3, 2], 24),
    ] {
        for (size, padding) in [
            (3, Padding::Same),
            (3, Padding::Explicit([[2, 1], [0, 2]])),
            (5, Padding::Same),
            (2, Padding::Valid),
        ] {
            for (bias, dropout) in [(false, false), (true, false), (false, true)] {
                let case = Case { images, size, filters, padding, bias, dropout, ..CASE };
                case.check(&pixels(images), true);
            }
        }
    }
}

#[test]
fn windows_without_a_largest_above_zero_pass_no_gradient() {
    // All pixels 0, and one that is no number: by Winograd's algorithm and directly.
    let mut pixels = vec![0.0; CASE.images.iter().product()];
    CASE.check(&pixels, true);
    let net = CASE.net(&pixels);
    let zeros = values(&net.graph, &net.gradients, 1, true).of.concat();
    assert!(zeros.iter().all(|&x| x == 0.0));
    let middle = pixels.len() / 2;
    pixels[middle] = f32::NAN;
    CASE.check(&pixels, true);
    Case { size: 5, dropout: true, ..CASE }.check(&pixels, true);
    let net = CASE.net(&pixels);
    assert!(values(&net.graph, &[net.result], 1, false).of[0].iter().any(|x| x.is_nan()));
}

#[test]
fn what_convolutions_cannot_pool_is_pooled_by_itself() {
    // Channels that are no whole lanes; a last row that no window covers.
    Case { filters: 12, ..CASE }.check(&pixels(CASE.images), false);
    let odd = Case { images: [3, 13, 14, 8], pool: Padding::Valid, ..CASE };
    odd.check(&pixels(odd.images), false);
    // Forward a stride makes no difference, but gradients by images are spread by it.
    let wide = Case { strides: [2; 2], ..CASE }.net(&pixels(CASE.images));
    let fetches: Vec<NodeId> = wide.gradients.iter().copied().chain([wide.result]).collect();
    let kept: Vec<NodeId> = fetches.iter().copied().chain([wide.relu]).collect();
    let [together, apart] = [&fetches, &kept].map(|of| values(&wide.graph, of, 1, true));
    assert_eq!(together.instructions, apart.instructions);
    assert!(together.of.iter().zip(&apart.of).all(|(a, b)| bits(a) == bits(b)));
}

/// A graph after a convolution with a ReLU, and what it gives; both with what `add` says is fetched,
/// and with the ReLU's result besides.
fn behind_a_relu(add: impl FnOnce(&mut GraphBuilder, NodeId) -> Vec<NodeId>) -> [Values; 2] {
    let mut g = GraphBuilder::new();
    let images = Initializer::Values(pixels(CASE.images));
    let images = g.variable("images", &CASE.images, images).unwrap();
    let sizes = [3, 3, CASE.images[3], CASE.filters];
    let filter = Initializer::Values(numbers(sizes.iter().product(), 2));
    let filter = g.variable("filter", &sizes, filter).unwrap();
    let out = g.conv2d(images, filter, [1; 2], Padding::Same).unwrap();
    let relu = g.relu(out).unwrap();
    let results = add(&mut g, relu);
    let squares: Vec<NodeId> = results.iter().map(|&x| g.square(x).unwrap()).collect();
    let costs: Vec<NodeId> = squares.iter().map(|&x| g.sum(x).unwrap()).collect();
    let cost = costs.into_iter().reduce(|a, b| g.add_values(a, b).unwrap()).unwrap();
    let mut fetches = results;
    fetches.extend(g.gradients(cost, &[images, filter]).unwrap());
    let graph = g.finish();
    let kept: Vec<NodeId> = fetches.iter().copied().chain([relu]).collect();
    let forward = [&fetches[..fetches.len() - 2], &[relu]].concat();
    let [together, mut apart] = [&fetches, &kept].map(|of| values(&graph, of, 2, true));
    let alone = values(&graph, &forward[..forward.len() - 1], 1, true);
    assert!(alone.of.iter().zip(&apart.of).all(|(a, b)| bits(a) == bits(b)), "without gradients");
    apart.of.pop();
    [together, apart]
}

fn pool(g: &mut GraphBuilder, x: NodeId) -> NodeId {
    g.max_pool(x, [2; 2], [2; 2], Padding::Same).unwrap()
}

fn assert_same([together, apart]: &[Values; 2]) {
    assert_eq!(together.of.len(), apart.of.len());
    assert!(together.of.iter().zip(&apart.of).all(|(a, b)| bits(a) == bits(b)));
}

#[test]
fn a_relu_behind_pooling_and_pooling_of_that_are_right() {
    assert_same(&behind_a_relu(|g, relu| {
        let pooled = pool(g, relu);
        vec![g.relu(pooled).unwrap()]
    }));
    assert_same(&behind_a_relu(|g, relu| {
        let pooled = pool(g, relu);
        let again = g.relu(pooled).unwrap();
        vec![pool(g, again)]
    }));
    assert_same(&behind_a_relu(|g, relu| {
        let again = g.relu(relu).unwrap();
        vec![pool(g, again)]
    }));
}

#[test]
fn a_relu_that_is_of_other_use_is_laid_out() {
    for values in [
        behind_a_relu(|g, relu| vec![pool(g, relu), g.square(relu).unwrap()]),
        behind_a_relu(|g, relu| vec![pool(g, relu), pool(g, relu)]),
    ] {
        assert_same(&values);
        assert_eq!(values[0].instructions, values[1].instructions);
    }
}
