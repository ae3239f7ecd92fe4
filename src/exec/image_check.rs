//! Ops of images where TensorFlow is no guide: many threads, NaN, long sums, values left in place.

use super::Session;
use crate::graph::ops::Padding;
use crate::graph::{Dim, Graph, GraphBuilder, Initializer, NodeId};

/// The result of max and mean pooling of fixed images, and both gradients, on that many threads.
fn pooled(threads: usize, batch: usize, channels: usize, size: usize, stride: usize) -> Vec<u32> {
    let mut g = GraphBuilder::new();
    let sizes = [batch, 13, 14, channels];
    let elements: usize = sizes.iter().product();
    let values = (0..elements).map(|i| (i * 7919 % 1009) as f32 * 0.37).collect();
    let x = g.variable("x", &sizes, Initializer::Values(values)).unwrap();
    let max = g.max_pool(x, [size; 2], [stride; 2], Padding::Same).unwrap();
    let mean = g.avg_pool(x, [size; 2], [stride; 2], Padding::Same).unwrap();
    let product = g.mul(max, mean).unwrap();
    let cost = g.sum(product).unwrap();
    let mut fetches = vec![max, mean];
    fetches.extend(g.gradients(cost, &[x]).unwrap());
    bits(&g.finish(), &fetches, threads)
}

/// The bits of some values, computed by so many threads.
fn bits(graph: &Graph, fetches: &[NodeId], threads: usize) -> Vec<u32> {
    let mut session = Session::new(graph, 0);
    session.set_threads(threads).unwrap();
    let mut plan = session.plan(fetches, 1).unwrap();
    session.run(&mut plan).unwrap();
    fetches.iter().flat_map(|&node| plan.value(node).iter().map(|x| x.to_bits())).collect()
}

#[test]
fn any_number_of_threads_pools_to_the_same_bits() {
    for (channels, size, stride) in [(8, 2, 2), (11, 2, 2), (5, 3, 2), (9, 3, 1), (1, 2, 3)] {
        let alone = pooled(1, 7, channels, size, stride);
        for threads in [2, 3] {
            let together = pooled(threads, 7, channels, size, stride);
            assert!(alone == together, "{channels} channels, {size} by {size}, {threads} threads");
        }
    }
}

/// Max pooling of one image of one channel by pairs, and the gradient of the sum of squares.
fn by_pairs(sizes: [usize; 2], values: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut g = GraphBuilder::new();
    let sizes = [1, sizes[0], sizes[1], 1];
    let x = g.variable("x", &sizes, Initializer::Values(values.to_vec())).unwrap();
    let y = g.max_pool(x, [2, 2], [2, 2], Padding::Same).unwrap();
    let cost = g.sum(y).unwrap();
    let grad = g.gradients(cost, &[x]).unwrap()[0];
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[y, grad], 1).unwrap();
    session.run(&mut plan).unwrap();
    (plan.value(y).to_vec(), plan.value(grad).to_vec())
}

#[test]
fn a_window_with_nan_is_nan_and_its_gradient_goes_there() {
    const N: f32 = f32::NAN;
    // Four windows: NaN first, NaN last, two of them, none.
    let image = [N, 9.0, 1.0, 2.0, 5.0, N, 3.0, 1.0, /**/ 7.0, 8.0, 3.0, N, N, 4.0, 6.0, 6.0];
    let (max, grad) = by_pairs([2, 8], &image);
    let nan: Vec<bool> = max.iter().map(|x| x.is_nan()).collect();
    assert_eq!(nan, [true, true, true, false]);
    assert_eq!(max[3], 6.0);
    let ones = [0, 5, 11, 14]; // of two NaN the first, of two sixes the first
    let want: Vec<f32> = (0..16).map(|i| if ones.contains(&i) { 1.0 } else { 0.0 }).collect();
    assert_eq!(grad, want);
}

#[test]
fn a_window_of_negative_infinities_is_one() {
    let (max, grad) = by_pairs([2, 2], &[f32::NEG_INFINITY; 4]);
    assert_eq!((max, grad), (vec![f32::NEG_INFINITY], vec![1.0, 0.0, 0.0, 0.0]));
}

#[test]
fn what_is_reshaped_stays_where_it_is_unless_it_is_read_again() {
    let mut g = GraphBuilder::new();
    let x = g.placeholder("x", [Dim::Batch, Dim::Known(4)]).unwrap();
    let image = g.reshape(x, [Dim::Batch, 2.into(), 2.into(), 1.into()]).unwrap();
    let max = g.max_pool(image, [1, 2], [1, 2], Padding::Valid).unwrap(); // [batch, 2, 1, 1]
    let flat = g.flatten(max).unwrap(); // [batch, 2]
    let twice = g.add_values(flat, flat).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[twice], 2).unwrap();
    assert_eq!(plan.instruction_count(), 3, "a copy of the feed, pooling, a sum; no second copy");
    plan.feed(x, &[1.0, 2.0, 4.0, 3.0, -1.0, -2.0, -4.0, -3.0]).unwrap();
    for _ in 0..2 {
        session.run(&mut plan).unwrap(); // twice: what was fed stays
        assert_eq!(plan.value(twice), [4.0, 8.0, -2.0, -6.0]);
    }
    let mut plan = session.plan(&[twice, flat, max], 2).unwrap();
    plan.feed(x, &[1.0, 2.0, 4.0, 3.0, -1.0, -2.0, -4.0, -3.0]).unwrap();
    session.run(&mut plan).unwrap();
    assert_eq!(plan.value(flat), plan.value(max));
    assert_eq!(plan.value(twice), [4.0, 8.0, -2.0, -6.0]);
}

/// Normalised, put together, taken apart and averaged images, and the way back.
fn other_ops(threads: usize, channels: usize) -> Vec<u32> {
    let mut g = GraphBuilder::new();
    let sizes = [7, 13, 14, channels];
    let elements: usize = sizes.iter().product();
    let values = (0..elements).map(|i| (i * 7919 % 1009) as f32 * 0.01 - 5.0).collect();
    let x = g.variable("x", &sizes, Initializer::Values(values)).unwrap();
    let normal = g.local_response_normalization(x, 2, 1.0, 0.1, 0.75).unwrap();
    let both = g.concat(&[normal, x], 3).unwrap();
    let middle = g.slice(both, 3, channels - 1, 3).unwrap();
    let padded = g.pad(middle, 2, 1, 2).unwrap();
    let mean = g.global_average_pool(padded).unwrap();
    let sums = g.reduce_sum(both, &[0, 1, 2]).unwrap();
    let squares = [g.square(mean).unwrap(), g.square(sums).unwrap()];
    let costs = squares.map(|square| g.sum(square).unwrap());
    let cost = g.add_values(costs[0], costs[1]).unwrap();
    let mut fetches = vec![padded, mean, sums];
    fetches.extend(g.gradients(cost, &[x]).unwrap());
    bits(&g.finish(), &fetches, threads)
}

#[test]
fn any_number_of_threads_computes_the_other_ops_of_images_to_the_same_bits() {
    for channels in [3, 8, 11, 32] {
        let alone = other_ops(1, channels);
        for threads in [2, 3] {
            assert!(
                alone == other_ops(threads, channels),
                "{channels} channels, {threads} threads"
            );
        }
    }
}

// Added one after another in f32, a hundred thousand tenths are 9998.557 (NumPy): the mean would be
// off by 1.4e-5.
#[test]
fn the_mean_of_many_rows_is_good_to_the_last_digits() {
    let mut g = GraphBuilder::new();
    let tenths = Initializer::Constant(0.1);
    let x = g.variable("x", &[100, 1000, 3], tenths).unwrap();
    let mean = g.reduce_mean(x, &[0, 1]).unwrap();
    let graph = g.finish();
    let mut session = Session::new(&graph, 0);
    let mut plan = session.plan(&[mean], 1).unwrap();
    session.run(&mut plan).unwrap();
    for &mean in plan.value(mean) {
        assert!((mean - 0.1).abs() < 1e-6, "{mean}");
    }
}
