//! Lab 11-1: convolution and pooling on images small enough to check by hand.

use crate::graph::ops::Padding;
use crate::graph::{GraphBuilder, GraphError, NodeId};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Model, Outcome, Schedule, Seeds,
};

/// What the notes show: the tag, rows, columns and channels, and the numbers, channel by channel.
type Shown = (&'static str, [usize; 3], &'static [f32]);

const SHOWN: [Shown; 5] = [
    ("image", [3, 3, 1], &[1., 2., 3., 4., 5., 6., 7., 8., 9.]),
    ("valid", [2, 2, 1], &[12., 16., 24., 28.]),
    ("same", [3, 3, 1], &[12., 16., 9., 24., 28., 15., 15., 17., 9.]),
    (
        "three_filters",
        [3, 3, 3],
        &[
            12., 16., 9., 24., 28., 15., 15., 17., 9., // of ones
            120., 160., 90., 240., 280., 150., 150., 170., 90., // of tens
            -12., -16., -9., -24., -28., -15., -15., -17., -9., // of minus ones
        ],
    ),
    ("max_pool", [2, 2, 1], &[4., 3., 2., 1.]),
];

pub(super) struct ConvBasics;

impl Experiment for ConvBasics {
    fn about(&self) -> About {
        About {
            name: "conv_basics",
            lecture: "lab 11-1",
            summary: "convolution and max pooling of a 3 x 3 image: look at the numbers",
            schedule: Schedule { steps: 1, every: 1 },
            claim: Claim {
                text: "VALID gives 12 16 24 28, SAME 12 16 9 24 28 15 15 17 9, \
                       ten times and minus one times that by other filters, \
                       and max pooling of 4 3 2 1 the same again",
                holds: are_as_in_the_notes,
                seeds: Seeds { held: 20, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new()
    }

    fn build(&self, g: &mut GraphBuilder, _: &HyperParameters) -> Result<Model, BuildError> {
        let image =
            g.constant("image", [1, 3, 3, 1], (1..=9).map(|x| x as f32).collect::<Vec<_>>())?;
        let valid = convolved(g, "valid", image, &[1.0], Padding::Valid)?; // [1, 2, 2, 1]
        let same = convolved(g, "same", image, &[1.0], Padding::Same)?; // [1, 3, 3, 1]
        let three = convolved(g, "three_filters", image, &[1.0, 10.0, -1.0], Padding::Same)?;
        let pooled = g.scope("max_pool", |g| {
            let image = g.constant("image", [1, 2, 2, 1], vec![4.0, 3.0, 2.0, 1.0])?;
            g.max_pool(image, [2, 2], [1, 1], Padding::Same) // [1, 2, 2, 1]
        })?;
        let mut model = Model::new();
        for ((tag, ..), node) in SHOWN.into_iter().zip([image, valid, same, three, pooled]) {
            model.maps(g, tag, node)?;
        }
        Ok(model)
    }
}

/// Convolves with a filter of 2 x 2 for each of `weights`, which are its four.
fn convolved(
    g: &mut GraphBuilder,
    scope: &str,
    image: NodeId,
    weights: &[f32],
    padding: Padding,
) -> Result<NodeId, GraphError> {
    g.scope(scope, |g| {
        let filters = g.constant("weight", [2, 2, 1, weights.len()], weights.repeat(4))?;
        g.conv2d(image, filters, [1, 1], padding)
    })
}

fn are_as_in_the_notes(outcome: &Outcome) -> bool {
    SHOWN.iter().all(|(tag, [rows, columns, channels], numbers)| {
        outcome.maps(tag).is_some_and(|maps| {
            let channel_by_channel: Vec<f32> =
                (0..maps.count()).flat_map(|index| maps.map(index)).collect();
            maps.sizes == [1, *rows, *columns, *channels] && channel_by_channel == *numbers
        })
    })
}
