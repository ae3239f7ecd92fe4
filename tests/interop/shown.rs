//! What TensorBoard shows of an experiment's run, held against its recording.

use std::collections::BTreeSet;

use runboard::summary::GraphNode;
use runboard::trainer::Recording;
use serde_json::Value;

use crate::tools::{keys, numbers};

/// A histogram must count something, in buckets that ascend.
pub(crate) fn check_counts(buckets: &Value, of: &str) {
    let buckets: Vec<Vec<f64>> = buckets.as_array().unwrap().iter().map(numbers).collect();
    assert!(!buckets.is_empty(), "{of} has no buckets");
    assert!(buckets.iter().map(|bucket| bucket[2]).sum::<f64>() >= 1.0, "{of} counts nothing");
    assert!(buckets.windows(2).all(|pair| pair[0][1] <= pair[1][0]), "{of}: {buckets:?}");
}

/// What the command printed at its end is the last point that TensorBoard draws.
pub(crate) fn check_last_values(run: &Value, printed: &Value, of: &str) {
    let metrics = &printed["metrics"];
    assert!(keys(metrics).len() >= 2, "{of}: {printed}");
    // The best epoch is a finding, not a curve.
    for tag in keys(metrics).into_iter().filter(|tag| !tag.starts_with("best/")) {
        let last = run["scalars"][tag].as_array().and_then(|points| points.last()?[1].as_f64());
        let last = last.unwrap_or_else(|| panic!("{of}: no last value of `{tag}`"));
        let want = metrics[tag].as_f64().unwrap();
        assert!(
            (last - want).abs() <= 1e-6 * want.abs(),
            "{of}: `{tag}` is {last}, printed {want}"
        );
    }
}

/// The graph must be the very one that was run: nodes, edges and shapes.
pub(crate) fn check_graph(graph: &Value, wanted: &[GraphNode], of: &str) {
    let nodes = graph.as_array().unwrap_or_else(|| panic!("{of}: no graph"));
    assert_eq!(nodes.len(), wanted.len(), "{of}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let names: BTreeSet<String> = nodes.iter().map(|node| text(&node["name"])).collect();
    for (node, want) in nodes.iter().zip(wanted) {
        let inputs: Vec<String> = node["inputs"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(
            (text(&node["name"]), text(&node["op"])),
            (want.name.clone(), want.op.clone()),
            "{of}"
        );
        assert_eq!(inputs, want.inputs, "{of}: inputs of `{}`", want.name);
        for input in &inputs {
            assert!(names.contains(input.trim_start_matches('^')), "{of}: `{input}` dangles");
        }
        let shapes = node["shapes"].as_array().unwrap();
        let shapes: Vec<Vec<f64>> = shapes.iter().map(numbers).collect();
        let wanted = want.output_shapes.iter();
        let wanted: Vec<Vec<f64>> =
            wanted.map(|s| s.iter().map(|&size| size as f64).collect()).collect();
        assert_eq!(shapes, wanted, "{of}: shapes of `{}`", want.name);
        assert!(!shapes.is_empty(), "{of}: `{}` has no shape", want.name);
    }
    assert!(names.iter().any(|name| name.starts_with("gradients/")), "{of}: no gradient");
}

/// The HParams tab must have the run with every hyper-parameter.
pub(crate) fn check_hparams(hparams: &Value, recording: &Recording, of: &str) {
    let name = recording.about.name;
    let groups = hparams["groups"].as_array().unwrap();
    let mine = groups.iter().filter(|group| group["hparams"]["experiment"] == name);
    let mine: Vec<&Value> = mine.collect();
    let [group] = mine.as_slice() else { panic!("{of}: {} of {groups:?}", mine.len()) };
    assert_eq!(group["sessions"][0][0], name, "{of}: the hparams are in another run");
    assert_eq!(group["sessions"][0][1], "STATUS_SUCCESS", "{of}");
    for parameter in recording.hyper.iter() {
        let shown = &group["hparams"][&parameter.name];
        let wanted = parameter.value.to_string();
        let same = match shown {
            Value::String(text) => *text == wanted,
            shown => shown.as_f64() == wanted.parse().ok(),
        };
        assert!(same, "{of}: `{}` is {shown}, want {wanted}", parameter.name);
    }
}
