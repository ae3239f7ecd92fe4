//! The graph as the Graphs tab shows it.

use crate::graph::{Attribute, DType, Dim, Graph, Node};
use crate::summary::{GraphAttribute, GraphNode};

/// Where everything is computed; colours the tab's "device" view.
const DEVICE: &str = "/device:CPU:0";

/// Returns every node of the graph, forward, backward and update, with names, edges and shapes.
///
/// The picture is a function of the nodes that plans compute, so it cannot differ from what runs.
pub fn describe(graph: &Graph) -> Vec<GraphNode> {
    graph.nodes().iter().map(|node| describe_node(graph, node)).collect()
}

fn describe_node(graph: &Graph, node: &Node) -> GraphNode {
    let values = node.inputs().iter().map(|&input| graph[input].name().to_owned());
    let controls = node.control_inputs().iter().map(|&before| format!("^{}", graph[before].name()));
    let dtype = match node.dtype() {
        DType::Float => GraphAttribute::Float32,
        DType::Bool => GraphAttribute::Boolean,
    };
    let named = |(name, attribute): (&str, Attribute)| (name.to_owned(), shown(attribute));
    let mut attributes: Vec<_> = node.op().attributes().into_iter().map(named).collect();
    attributes.push(("dtype".to_owned(), dtype));
    GraphNode {
        name: node.name().to_owned(),
        op: node.op().name().to_owned(),
        inputs: values.chain(controls).collect(),
        device: DEVICE.to_owned(),
        output_shapes: vec![node.shape().dims().iter().map(size).collect()],
        attributes,
    }
}

fn size(dim: &Dim) -> i64 {
    match dim {
        Dim::Known(size) => i64::try_from(*size).unwrap_or(i64::MAX),
        Dim::Batch => -1, // shown as "?"
    }
}

fn shown(attribute: Attribute) -> GraphAttribute {
    match attribute {
        Attribute::Bool(truth) => GraphAttribute::Bool(truth),
        Attribute::Float(number) => GraphAttribute::Float(number),
        Attribute::Ints(numbers) => GraphAttribute::Ints(numbers),
        Attribute::Text(text) => GraphAttribute::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::GraphBuilder;

    #[test]
    fn edges_and_shapes_are_those_of_the_nodes() {
        let mut g = GraphBuilder::new();
        let x = g.placeholder("x", [Dim::Batch, Dim::Known(2)]).unwrap();
        let w = g.constant("w", [2, 3], vec![0.0; 6]).unwrap();
        let y = g.scope("Layer1", |g| g.matmul(x, w)).unwrap();
        g.group("all", &[y]).unwrap();
        let nodes = describe(&g.finish());
        assert_eq!(nodes[2].name, "Layer1/MatMul");
        assert_eq!(nodes[2].op, "MatMul");
        assert_eq!(nodes[2].inputs, ["x", "w"]);
        assert_eq!(nodes[2].output_shapes, [[-1, 3]]);
        assert_eq!(nodes[3].inputs, ["^Layer1/MatMul"]);
    }
}
