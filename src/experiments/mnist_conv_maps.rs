//! Lab 11-1: what five random filters make of a digit.

use ndarray::Array2;

use crate::data::{self, DataHome};
use crate::graph::ops::Padding;
use crate::graph::{Dim, GraphBuilder, Initializer};
use crate::trainer::{
    About, BuildError, Claim, Experiment, HyperParameters, Maps, Model, Outcome, Schedule, Seeds,
};

const SIDE: usize = 28;
/// Digits to choose from: the training images of the built-in sample.
const DIGITS: usize = 300;

pub(super) struct MnistConvMaps;

impl Experiment for MnistConvMaps {
    fn about(&self) -> About {
        About {
            name: "mnist_conv_maps",
            lecture: "lab 11-1",
            summary: "a digit through five random filters and max pooling: look at the maps",
            schedule: Schedule { steps: 1, every: 1 },
            claim: Claim {
                text: "five different 14 x 14 maps of the digit, and five 7 x 7 of their largest \
                       values in each 2 x 2",
                holds: are_five_maps,
                seeds: Seeds { held: 20, of: 20 },
            },
        }
    }

    fn hyper_parameters(&self) -> HyperParameters {
        HyperParameters::new().number("index", 0.0).number("filters", 5.0).number("stddev", 0.01)
    }

    fn build(&self, g: &mut GraphBuilder, hyper: &HyperParameters) -> Result<Model, BuildError> {
        let index = hyper.whole("index", 0)? as usize;
        hyper.number_in("index", 0.0..=(DIGITS - 1) as f64)?;
        let filters = hyper.whole("filters", 1)? as usize;
        hyper.number_in("filters", 1.0..=1024.0)?;
        let stddev = hyper.number_in("stddev", 0.0..=1e6)? as f32;

        let digits = data::load("mnist_sample", &DataHome::at(""));
        let digits = digits.expect("the sample is in the library and checked by its tests");
        let digit: Vec<f32> =
            digits.train.image(index).iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        let digit = Array2::from_shape_vec((1, SIDE * SIDE), digit).expect("a row of its pixels");

        let mut model = Model::new();
        let x = model.input(g, "X", &digit)?;
        let image = g.reshape(x, [Dim::Batch, SIDE.into(), SIDE.into(), 1.into()])?;
        let (convolved, pooled) = g.scope("Layer1", |g| {
            let normal = Initializer::Normal { mean: 0.0, stddev };
            let kernel = g.variable("weight", &[3, 3, 1, filters], normal)?;
            let convolved = g.conv2d(image, kernel, [2, 2], Padding::Same)?; // [batch, 14, 14, filters]
            let pooled = g.max_pool(convolved, [2, 2], [2, 2], Padding::Same)?; // [batch, 7, 7, filters]
            Ok::<_, BuildError>((convolved, pooled))
        })?;
        for (tag, node) in [("digit", image), ("conv2d", convolved), ("max_pool", pooled)] {
            model.maps(g, tag, node)?;
        }
        Ok(model)
    }
}

fn are_five_maps(outcome: &Outcome) -> bool {
    let (Some(convolved), Some(pooled)) = (outcome.maps("conv2d"), outcome.maps("max_pool")) else {
        return false;
    };
    let of = |maps: &Maps| (0..maps.count()).map(|index| maps.map(index)).collect::<Vec<_>>();
    let (maps, pooled_maps) = (of(convolved), of(pooled));
    let is_pooled = maps.iter().zip(&pooled_maps).all(|(map, pooled)| {
        pooled.iter().enumerate().all(|(place, largest)| {
            let first = place / 7 * 2 * 14 + place % 7 * 2;
            let window = [first, first + 1, first + 14, first + 15].map(|place| map[place]);
            window.into_iter().fold(f32::NEG_INFINITY, f32::max) == *largest
        })
    });
    let differ = maps.iter().enumerate().all(|(place, map)| !maps[..place].contains(map));
    let are_of_something = maps.iter().all(|map| map.iter().any(|value| *value != 0.0));
    convolved.sizes == [1, 14, 14, 5]
        && pooled.sizes == [1, 7, 7, 5]
        && is_pooled
        && differ
        && are_of_something
}
