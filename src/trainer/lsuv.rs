//! Layer-sequential unit variance: first values that suit the data.

use crate::exec::{ExecError, Plan, Session};
use crate::graph::{Initializer, NodeId, Op};
use crate::nn::Layer;

/// How far a variance may be from 1.
const TOLERANCE: f64 = 0.1;
/// How often a kernel is scaled at most.
const ITERATIONS: usize = 10;

/// Scales the kernels of [`Initializer::Lsuv`], layer by layer from the first, until what each gives
/// has variance 1 over the elements of a batch; others stay as they are.
///
/// Mishkin and Matas 2016, algorithm 1; their tolerance is 0.1. Their biases are zeros; here they may
/// vary by 1 themselves, which no scaling of a kernel makes up for, so they are left out of what is
/// measured. `plan` returns a plan that computes a node, fed with a batch. A kernel whose output is
/// constant or not finite is left alone.
///
/// # Errors
/// Those of `plan`.
pub(super) fn lsuv(
    session: &mut Session,
    layers: &[Layer],
    plan: impl Fn(&Session, NodeId) -> Result<Plan, ExecError>,
) -> Result<(), ExecError> {
    for layer in layers {
        for (&kernel, &product) in layer.kernels.iter().zip(&layer.products) {
            let is_lsuv = matches!(session.graph()[kernel].op(), Op::Variable(variable)
                if variable.initializer == Initializer::Lsuv);
            if !is_lsuv {
                continue;
            }
            let mut forward = plan(session, product)?;
            for _ in 0..ITERATIONS {
                session.run(&mut forward)?;
                let variance = variance(forward.value(product));
                let scalable = variance.is_finite() && variance > 0.0;
                if !scalable || (variance - 1.0).abs() < TOLERANCE {
                    break;
                }
                let factor = variance.sqrt().recip() as f32;
                session.variable_mut(kernel).iter_mut().for_each(|weight| *weight *= factor);
            }
        }
    }
    Ok(())
}

fn variance(values: &[f32]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Dim, GraphBuilder};
    use crate::nn::layers::{Sequential, conv2d, max_pool};
    use crate::nn::{Activation, BatchNorm, Dense};

    #[test]
    fn every_layer_gives_variance_1_and_its_kernel_stays_orthogonal() {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("x", [Dim::Batch, Dim::Known(40)]).unwrap();
        let (kernel, bias) = (Initializer::Lsuv, Initializer::STANDARD_NORMAL);
        let mut output = x;
        let mut layers = Vec::new();
        for (units, activation) in [
            (50, Activation::Relu),
            (30, Activation::Maxout),
            (30, Activation::Tanh),
            (20, Activation::Sigmoid),
            (10, Activation::Linear),
        ] {
            let dense = Dense { units, activation, kernel: kernel.clone(), bias: bias.clone() };
            let layer = match activation {
                Activation::Sigmoid => {
                    dense.add_normalized(&mut g, "Layer", output, &BatchNorm::default())
                }
                _ => dense.add(&mut g, "Layer", output),
            };
            layers.push(layer.unwrap());
            output = layers.last().unwrap().output;
        }
        let other = Dense {
            units: 3,
            activation: Activation::Linear,
            kernel: Initializer::HeNormal,
            bias: Initializer::ZEROS,
        };
        layers.push(other.add(&mut g, "Other", output).unwrap());
        let graph = g.finish();
        let mut session = Session::new(&graph, 3);
        let untouched = session.variable(layers[5].kernels[0]).to_vec();
        // Any data will do: here far from mean 0 and variance 1.
        let data: Vec<f32> = (0..60 * 40).map(|i| 5.0 + 9.0 * (i as f32 * 1.7).sin()).collect();
        let fed = |session: &Session, node| {
            let mut plan = session.plan(&[node], 60)?;
            plan.feed(x, &data)?;
            Ok(plan)
        };
        let measured = |session: &mut Session, node| {
            let mut plan = fed(session, node).unwrap();
            session.run(&mut plan).unwrap();
            variance(plan.value(node))
        };
        let before = measured(&mut session, layers[0].products[0]);
        assert!((before - 1.0).abs() > 10.0, "{before}: there is something to do");
        lsuv(&mut session, &layers, fed).unwrap();
        for layer in &layers[..5] {
            for (&kernel, &product) in layer.kernels.iter().zip(&layer.products) {
                let after = measured(&mut session, product);
                assert!((after - 1.0).abs() < 0.1, "{}: {after}", layer.name);
                let (sizes, weights) =
                    (graph[kernel].shape().with_batch(0), session.variable(kernel));
                let column = |c: usize| weights[c..].iter().step_by(sizes[1]).copied();
                if sizes[0] >= sizes[1] {
                    let inner = |a, b| column(a).zip(column(b)).map(|(x, y)| x * y).sum::<f32>();
                    assert!(inner(0, 1).abs() < 1e-5 * inner(0, 0), "{}", layer.name);
                }
            }
        }
        assert_eq!(session.variable(layers[5].kernels[0]), untouched);
    }

    #[test]
    fn filters_give_variance_1_over_images_positions_and_maps() {
        let mut g = GraphBuilder::new();
        let dims = [Dim::Batch, Dim::Known(9), Dim::Known(9), Dim::Known(2)];
        let x = g.placeholder("x", dims.to_vec()).unwrap();
        let conv = |filters| conv2d(filters, 3).same().relu().kernel(Initializer::Lsuv);
        let net = Sequential::new().add(conv(8)).add(max_pool(2)).add(conv(5).no_bias());
        let layers = net.build(&mut g, x).unwrap().layers;
        let graph = g.finish();
        let mut session = Session::new(&graph, 3);
        let data: Vec<f32> = (0..10 * 9 * 9 * 2).map(|i| 5.0 * (i as f32 * 1.7).sin()).collect();
        let fed = |session: &Session, node| {
            let mut plan = session.plan(&[node], 10)?;
            plan.feed(x, &data)?;
            Ok(plan)
        };
        lsuv(&mut session, &layers, fed).unwrap();
        for layer in [&layers[0], &layers[2]] {
            let mut plan = fed(&session, layer.products[0]).unwrap();
            session.run(&mut plan).unwrap();
            let after = variance(plan.value(layer.products[0]));
            assert!((after - 1.0).abs() < 0.1, "{}: {after}", layer.name);
        }
    }

    #[test]
    fn an_output_without_variance_is_left_alone() {
        let mut g = GraphBuilder::new();
        let x = g.constant("x", [2, 3], vec![0.0; 6]).unwrap();
        let (kernel, bias) = (Initializer::Lsuv, Initializer::ZEROS);
        let dense = Dense { units: 2, activation: Activation::Relu, kernel, bias };
        let layer = dense.add(&mut g, "Layer", x).unwrap();
        let graph = g.finish();
        let mut session = Session::new(&graph, 0);
        let before = session.variable(layer.kernels[0]).to_vec();
        let kernel = layer.kernels[0];
        lsuv(&mut session, &[layer], |session, node| session.plan(&[node], 2)).unwrap();
        assert_eq!(session.variable(kernel), before);
    }
}
