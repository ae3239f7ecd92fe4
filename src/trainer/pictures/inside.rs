//! What goes on inside a net: filters, the maps of one image, and what the last hidden layer makes of
//! many.

use std::fmt;

use super::canvas::Canvas;
use super::filters;
use crate::exec::{ExecError, Plan, Session};
use crate::graph::{Graph, NodeId};
use crate::trainer::{EpochEnd, Maps, Model, batches};

/// Images whose hidden values are taken, at most, and how many at a time.
const POINTS: usize = 1_000;
const BATCH: usize = 100;

/// Plans that look into a net, each made the first time.
#[derive(Default)]
pub(super) struct Inside {
    maps: Option<Plan>,
    hidden: Option<Plan>,
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").finish_non_exhaustive()
    }
}

/// What the last hidden layer makes of the first test images.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hidden {
    /// Row major, `[images, units]`.
    pub(super) values: Vec<f32>,
    pub(super) units: usize,
}

/// Paints the filters of each convolution, with the name of its layer.
pub(super) fn filters(end: &EpochEnd) -> Vec<(String, Canvas)> {
    let graph = end.session.graph();
    let of_layers = end.model.layers.iter().filter_map(|layer| {
        let kernel = *layer.kernels.first()?;
        let sizes: [usize; 4] = graph[kernel].shape().with_batch(0).try_into().ok()?;
        Some((layer.name.clone(), filters::paint(end.session.variable(kernel), sizes)?))
    });
    of_layers.collect()
}

impl Inside {
    /// Returns what each convolution and pooling layer makes of the first test image.
    ///
    /// Left out are layers whose pictures would be those of the layer before: dropout, which keeps all
    /// once the net is used, and normalisation, as each map is shown in its own range anyway.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(super) fn maps(&mut self, end: &EpochEnd) -> Result<Vec<Maps>, ExecError> {
        let layers = map_layers(end.model, end.session.graph());
        if layers.is_empty() || end.data.test.is_empty() {
            return Ok(Vec::new());
        }
        let nodes: Vec<NodeId> = layers.iter().map(|(_, node)| *node).collect();
        // Looking changes nothing in a session, but runs take it to be changed.
        let mut session: Session = end.session.clone();
        let plan = made(&mut self.maps, &session, &nodes, 1)?;
        run(&mut session, plan, end, 0)?;
        let mut all: Vec<Maps> = Vec::new();
        for (name, node) in layers {
            let sizes = session.graph()[node].shape().with_batch(1);
            let sizes: [usize; 4] = sizes.try_into().expect("map layers have four dimensions");
            let values = plan.value(node);
            if all.last().is_none_or(|last| last.sizes != sizes || last.values != values) {
                all.push(Maps { tag: format!("maps/{name}"), sizes, values: values.to_vec() });
            }
        }
        Ok(all)
    }

    /// Returns what the last hidden layer makes of up to 1,000 test images, if there is one.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub(super) fn hidden(&mut self, end: &EpochEnd) -> Result<Option<Hidden>, ExecError> {
        let graph = end.session.graph();
        let (Some(node), images) = (hidden_layer(end.model, graph), end.data.test.len()) else {
            return Ok(None);
        };
        let Some(&units) = graph[node].shape().with_batch(1).last().filter(|_| images > 0) else {
            return Ok(None);
        };
        let batch = images.min(BATCH);
        let mut session: Session = end.session.clone();
        let plan = made(&mut self.hidden, &session, &[node], batch)?;
        let mut values = Vec::with_capacity(images.min(POINTS) * units);
        // Whole batches; the rest of a test of other than hundreds is no part of it.
        for first in (0..=images.min(POINTS) - batch).step_by(batch) {
            run(&mut session, plan, end, first)?;
            values.extend_from_slice(plan.value(node));
        }
        Ok(Some(Hidden { values, units }))
    }
}

/// The layers whose output is images of more than a pixel, with their names.
fn map_layers(model: &Model, graph: &Graph) -> Vec<(String, NodeId)> {
    let is_image = |node: NodeId| match graph[node].shape().with_batch(1)[..] {
        [_, rows, columns, _] => rows * columns > 1,
        _ => false,
    };
    // Normalisation has variables that inputs are multiplied by one by one, and no kernel.
    let layers = model.layers.iter().filter(|layer| {
        is_image(layer.output) && (layer.variables.is_empty() || !layer.kernels.is_empty())
    });
    layers.map(|layer| (layer.name.clone(), layer.output)).collect()
}

/// What the layer before the last with weights gives, one row an image.
fn hidden_layer(model: &Model, graph: &Graph) -> Option<NodeId> {
    let last = model.layers.iter().rposition(|layer| !layer.kernels.is_empty())?;
    let output = model.layers.get(last.checked_sub(1)?)?.output;
    (graph[output].shape().dims().len() == 2).then_some(output)
}

/// A plan that is compiled the first time it is asked for.
fn made<'p>(
    plan: &'p mut Option<Plan>,
    session: &Session,
    nodes: &[NodeId],
    batch: usize,
) -> Result<&'p mut Plan, ExecError> {
    match plan {
        Some(plan) => Ok(plan),
        None => Ok(plan.insert(session.plan(nodes, batch)?)),
    }
}

/// Runs a plan on as many test images as it takes, from `first` on.
fn run(
    session: &mut Session,
    plan: &mut Plan,
    end: &EpochEnd,
    first: usize,
) -> Result<(), ExecError> {
    let classifier = end.model.classifier.as_ref().expect("epochs are those of classifiers");
    batches::feed(session, plan, classifier, &end.data.test, |row| first + row)?;
    session.run(plan)
}
