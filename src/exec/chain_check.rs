//! Convolutions that images go through a few at a time give the bits that they give one after another.

use super::Session;
use super::numbers::numbers;
use crate::graph::ops::Padding;
use crate::graph::{Dim, Graph, GraphBuilder, Initializer, NodeId};

/// Floats of an image: 20 by 26, one channel. Pooled twice it has four of Winograd's tiles.
const IMAGE: usize = 20 * 26;

/// Images in all, and in a batch in which convolutions are never chained.
const IMAGES: usize = 101;
const FEW: usize = 10;

/// Three convolutions of images.
struct Net {
    graph: Graph,
    images: NodeId,
    /// What each convolution gives in the end.
    results: [NodeId; 3],
    /// Of each image the sum over its pixels, which is computed first.
    sums: NodeId,
    /// The second result times the sum of all that the first gives.
    other: NodeId,
}

/// Of each convolution its filters, and whether its result is pooled.
fn net(layers: [(usize, bool); 3]) -> Net {
    let mut g = GraphBuilder::new();
    let images = g.placeholder("X", [Dim::Batch, 20.into(), 26.into(), 1.into()]).unwrap();
    let sums = g.reduce_sum(images, &[1, 2, 3]).unwrap();
    let variable = |g: &mut GraphBuilder, name: String, sizes: &[usize], salt| {
        let values = Initializer::Values(numbers(sizes.iter().product(), salt));
        g.variable(&name, sizes, values).unwrap()
    };
    // Filters are computed anew in each run, and have their places for as long as they are read.
    let mut channels = 1;
    let filters = layers.map(|(filters, _)| {
        let sizes = [3, 3, std::mem::replace(&mut channels, filters), filters];
        let [a, b] = [1, 2].map(|salt| {
            variable(&mut g, format!("filter{}x{filters}/{salt}", sizes[2]), &sizes, salt)
        });
        g.mul(a, b).unwrap()
    });
    let (mut x, mut results) = (images, [images; 3]);
    for (layer, (count, is_pooled)) in layers.into_iter().enumerate() {
        x = g.conv2d(x, filters[layer], [1; 2], Padding::Same).unwrap();
        if layer > 0 {
            let bias = variable(&mut g, format!("bias{layer}"), &[count], 9);
            x = g.add_values(x, bias).unwrap();
        }
        if is_pooled {
            x = g.relu(x).unwrap();
            x = g.max_pool(x, [2; 2], [2; 2], Padding::Same).unwrap();
        }
        results[layer] = x;
    }
    let sum = g.sum(results[0]).unwrap();
    let other = g.mul(results[1], sum).unwrap();
    Net { graph: g.finish(), images, results, sums, other }
}

/// What is pooled twice.
const POOLED: [(usize, bool); 3] = [(16, true), (32, true), (16, false)];

impl Net {
    /// What a node is of all images, in batches of so many, if others are asked for too.
    fn computed(&self, node: NodeId, others: &[NodeId], batch: usize, threads: usize) -> Computed {
        let pixels = numbers(IMAGES * IMAGE, 5);
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
    // What lies between is pooled, or not; and so is what comes last.
    for layers in [POOLED, [(16, true), (32, false), (16, true)]] {
        let net = net(layers);
        let last = net.results[2];
        let want = net.computed(last, &[], FEW, 1);
        for threads in [1, 2, 3] {
            for batch in [48, 100, IMAGES] {
                let got = net.computed(last, &[], batch, threads);
                assert_eq!(want.instructions - got.instructions, 2, "three become one");
                assert!(got.values == want.values, "{layers:?} by {batch}, {threads} threads");
            }
        }
    }
}

#[test]
fn what_is_wanted_of_a_convolution_ends_a_chain() {
    let net = net(POOLED);
    let [first, second, last] = net.results;
    for (node, others, joined) in [
        // The first two are one, or the last two.
        (last, &[second][..], 1),
        (last, &[first], 1),
        (last, &[first, second], 0),
        (second, &[last], 1),
        (first, &[last], 1),
        (last, &[net.sums], 2),
        (net.sums, &[last], 2),
    ] {
        let want = net.computed(node, others, FEW, 1);
        let got = net.computed(node, others, IMAGES, 2);
        assert_eq!(want.instructions - got.instructions, joined, "{node:?} beside {others:?}");
        assert!(got.values == want.values, "{node:?} beside {others:?}");
    }
}

#[test]
fn what_two_read_is_laid_out() {
    let net = net(POOLED);
    let last = net.results[2];
    // The sum takes all that the first convolution gives of a batch, so batches must be the same.
    let alone = net.computed(net.other, &[], IMAGES, 2);
    let with_last = net.computed(net.other, &[last], IMAGES, 2);
    assert!(alone.values == with_last.values);
    let few = net.computed(net.other, &[last], FEW, 1);
    assert_eq!(few.instructions, with_last.instructions, "each is read by two");
    assert!(
        net.computed(last, &[net.other], IMAGES, 2).values
            == net.computed(last, &[], FEW, 1).values
    );
}

#[test]
fn convolutions_with_much_between_them_are_not_chained() {
    // 130 pixels of 64 channels and as many of 32: a dozen images take more than half a second cache.
    let wide = net([(64, true), (32, false), (16, false)]);
    let [few, many] = [FEW, IMAGES].map(|batch| wide.computed(wide.results[2], &[], batch, 2));
    assert_eq!(few.instructions, many.instructions);
    assert!(few.values == many.values);
}
