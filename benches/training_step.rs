//! One training step, forward and backward and update, of experiments small enough to be all overhead.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use runboard::exec::Session;
use runboard::experiments;
use runboard::trainer::Recording;

fn training_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("training_step");
    for name in ["xor_deep", "xor_11layer_relu", "xor_nn"] {
        let experiment = experiments::find(name).expect("it is in the list");
        let recording = Recording::new(experiment, experiment.hyper_parameters());
        let Recording { graph, model, .. } = recording.expect("it builds");
        let train = model.training_op().expect("it trains");
        let mut session = Session::new(&graph, 0);
        let batch = model.inputs().first().map_or(1, |(_, rows)| rows.shape()[0]);
        let mut plan = session.training_plan(&[train], batch).expect("nothing is empty");
        for (node, rows) in model.inputs() {
            plan.feed_array(*node, rows).expect("rows fit their placeholder");
        }
        group.bench_function(name, |b| {
            b.iter(|| session.run(black_box(&mut plan)).expect("all is fed"));
        });
    }
    group.finish();
}

criterion_group!(benches, training_step);
criterion_main!(benches);
