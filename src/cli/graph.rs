//! `experiment graph`: the nodes an experiment computes.

use serde_json::json;

use super::failure::Failure;
use super::select::select;
use super::table;
use crate::graph::{Graph, Node};
use crate::trainer::Experiment;

pub(super) fn graph(
    experiments: &[&dyn Experiment],
    name: &str,
    set: &[String],
    as_json: bool,
) -> Result<String, Failure> {
    let recording = select(experiments, name, set)?;
    let graph = &recording.graph;
    if as_json {
        let nodes: Vec<_> = graph.nodes().iter().map(|node| to_json(graph, node)).collect();
        let parameters = graph.parameter_count();
        let answer = json!({ "experiment": name, "parameters": parameters, "nodes": nodes });
        return Ok(format!("{answer}\n"));
    }
    let rows = graph.nodes().iter().map(|node| {
        [node.name().to_owned(), node.op().name().to_owned(), node.shape().to_string()]
    });
    let table = table::render(&["node", "op", "shape"], rows);
    let (nodes, parameters) = (graph.nodes().len(), graph.parameter_count());
    Ok(format!("{table}{nodes} nodes, {parameters} trainable parameters\n"))
}

fn to_json(graph: &Graph, node: &Node) -> serde_json::Value {
    let inputs: Vec<&str> = node.inputs().iter().map(|&input| graph[input].name()).collect();
    json!({
        "name": node.name(),
        "op": node.op().name(),
        "inputs": inputs,
        "shape": node.shape().to_string(),
    })
}
