//! Convolutions that images go through a few at a time give the bits that they give one after another.

use super::Session;
use crate::graph::ops::Padding;
use crate::graph::{Dim, Graph, GraphBuilder, Initializer, NodeId};

/// Numbers in -1..1 that differ and are not symmetric.
fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let hash = |i: usize| (i as u32 ^ salt).wrapping_mul(0x9e37_79b9) >> 8;
    (0..count).map(|i| hash(i) as f32 / 8_388_608.0 - 1.0).collect()
}

/// Floats of an image: 10 by 13, one channel.
const IMAGE: usize = 10 * 13;

/// Three convolutions, the first two of which are pooled.
struct Net {
    graph: Graph,
    images: NodeId,
    /// What each convolution gives in the end.
    results: [NodeId; 3],
    /// The second result, and the sum of all that the first gives.
    other: NodeId,
}

fn net() -> Net {
    let mut g = GraphBuilder::new();
    let images = g.placeholder("X", [Dim::Batch, 10.into(), 13.into(), 1.into()]).unwrap();
    let (mut x, mut channels, mut results) = (images, 1, [images; 3]);
    for (layer, filters) in [16, 32, 16].into_iter().enumerate() {
        let sizes = [3, 3, channels, filters];
        let values = numbers(sizes.iter().product(), layer as u32);
        let filter =
            g.variable(&format!("filter{layer}"), &sizes, Initializer::Values(values)).unwrap();
        x = g.conv2d(x, filter, [1; 2], Padding::Same).unwrap();
        if layer > 0 {
            let bias = Initializer::Values(numbers(filters, 9));
            let bias = g.variable(&format!("bias{layer}"), &[filters], bias).unwrap();
            x = g.add_values(x, bias).unwrap();
        }
        if layer < 2 {
            x = g.relu(x).unwrap();
            x = g.max_pool(x, [2; 2], [2; 2], Padding::Same).unwrap();
        }
        (results[layer], channels) = (x, filters);
    }
    let sum = g.sum(results[0]).unwrap();
    let other = g.mul(results[1], sum).unwrap();
    Net { graph: g.finish(), images, results, other }
}

impl Net {
    /// What a node is of 101 images, in batches of so many, if others are asked for too.
    fn computed(&self, node: NodeId, others: &[NodeId], batch: usize, threads: usize) -> Computed {
        let pixels = numbers(101 * IMAGE, 5);
        let mut session = Session::new(&self.graph, 0);
        session.set_threads(threads).unwrap();
        let mut computed = Computed { values: Vec::new(), instructions: 0 };
        for images in pixels.chunks(batch * IMAGE) {
            let fetches = [&[node], others].concat();
            let mut plan = session.plan(&fetches, images.len() / IMAGE).unwrap();
            plan.feed(self.images, images).unwrap();
            session.run(&mut plan).unwrap();
            if computed.values.is_empty() {
                computed.instructions = plan.instruction_count();
            }
            computed.values.extend_from_slice(plan.value(node));
        }
        computed
    }
}

struct Computed {
    values: Vec<f32>,
    /// Of the first batch.
    instructions: usize,
}

#[test]
fn convolutions_of_a_chain_give_the_same_bits_on_any_number_of_threads() {
    let net = net();
    let last = net.results[2];
    // Batches of 10 are not worth it: two filters are made ready, and three convolutions follow.
    let want = net.computed(last, &[], 10, 1);
    assert_eq!(want.instructions, 5);
    for threads in [1, 2, 3] {
        for batch in [48, 100, 101] {
            let got = net.computed(last, &[], batch, threads);
            assert_eq!(got.instructions, 3, "the convolutions are one in batches of {batch}");
            assert!(got.values == want.values, "batches of {batch} on {threads} threads");
        }
    }
}

#[test]
fn what_is_wanted_of_a_convolution_ends_a_chain() {
    let net = net();
    let [first, second, last] = net.results;
    for (node, others, instructions) in [
        // The first two are one, or the last two.
        (last, &[second][..], 4),
        (last, &[first], 4),
        (last, &[first, second], 5),
        (second, &[last], 4),
        (first, &[last], 4),
    ] {
        let want = net.computed(node, others, 10, 1);
        let got = net.computed(node, others, 101, 2);
        assert_eq!((want.instructions, got.instructions), (5, instructions));
        assert!(got.values == want.values, "{node:?} beside {others:?}");
    }
}

#[test]
fn what_two_read_is_laid_out() {
    let net = net();
    // The sum takes all that the first convolution gives to all images of a batch.
    let chained = net.computed(net.results[2], &[], 101, 2);
    let got = net.computed(net.results[2], &[net.other], 101, 2);
    assert!(got.values == chained.values);
    let [alone, with_others] =
        [&[][..], &[net.results[2]]].map(|others| net.computed(net.other, others, 101, 2));
    assert!(alone.values == with_others.values);
}
