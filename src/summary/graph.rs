//! Graphs: the Graphs tab.

use prost::Message;

use super::{SummaryWriter, WriteError, encode};
use crate::proto::attr_value::{ListValue, Value};
use crate::proto::tensor_shape_proto::Dim;
use crate::proto::{AttrValue, DataType, GraphDef, NodeDef, TensorShapeProto, VersionDef};
use crate::types::Step;

/// A node of a graph as the Graphs tab shows it.
///
/// Slashes in the name make foldable boxes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphNode {
    /// Unique name: `Layer1/MatMul`.
    pub name: String,
    /// Operation: `MatMul`.
    pub op: String,
    /// Names of the nodes it takes values from, `node` or `node:port`; `^node` is a control input,
    /// which comes after the others.
    pub inputs: Vec<String>,
    /// Where it runs, for colouring by device; may be empty.
    pub device: String,
    /// The shape of each output, -1 for an unknown size: labels and widths of the edges.
    pub output_shapes: Vec<Vec<i64>>,
    /// Shown in the node's card, with their names.
    pub attributes: Vec<(String, GraphAttribute)>,
}

/// A parameter of a node.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GraphAttribute {
    /// A truth value.
    Bool(bool),
    /// A number.
    Float(f32),
    /// Several whole numbers.
    Ints(Vec<i64>),
    /// Text.
    Text(String),
    /// The type float, `DT_FLOAT`.
    Float32,
    /// The type of truth values, `DT_BOOL`.
    Boolean,
}

impl SummaryWriter {
    /// Logs the run's graph; a run has one.
    ///
    /// ```
    /// use runboard::summary::{GraphNode, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let node = |name: &str, op: &str, inputs: &[&str], shape: &[i64]| GraphNode {
    ///     name: name.into(),
    ///     op: op.into(),
    ///     inputs: inputs.iter().map(|input| input.to_string()).collect(),
    ///     output_shapes: vec![shape.to_vec()],
    ///     ..Default::default()
    /// };
    /// writer.add_graph(&[
    ///     node("x", "Placeholder", &[], &[-1, 2]),
    ///     node("layer/W", "VariableV2", &[], &[2, 3]),
    ///     node("layer/MatMul", "MatMul", &["x", "layer/W"], &[-1, 3]),
    /// ])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if a name is empty, which the tab cannot show; else as for other
    /// summaries.
    pub fn add_graph(&self, nodes: &[GraphNode]) -> Result<(), WriteError> {
        if nodes.iter().any(|node| node.name.is_empty()) {
            let problem = "a node has no name".to_owned();
            return Err(WriteError::Value { tag: "graph".to_owned(), problem });
        }
        let graph = GraphDef {
            node: nodes.iter().map(node_def).collect(),
            versions: Some(VersionDef { producer: 22, ..Default::default() }),
        };
        let mut record = Vec::new();
        encode::event(&mut record, self.now(), Step(0), 4, &graph.encode_to_vec());
        self.add_record(&record)
    }

    /// Logs a graph that another program serialized as TensorFlow's `GraphDef`, byte for byte.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// // One node named `x`.
    /// writer.add_graph_def(b"\x0a\x03\x0a\x01x")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if it is no `GraphDef`, or has no nodes or one without a name, which the
    /// tab cannot show; else as for other summaries.
    pub fn add_graph_def(&self, graph_def: &[u8]) -> Result<(), WriteError> {
        let problem = match GraphDef::decode(graph_def) {
            Err(error) => Some(format!("no GraphDef: {error}")),
            Ok(graph) if graph.node.is_empty() => Some("the graph has no nodes".to_owned()),
            Ok(graph) if graph.node.iter().any(|node| node.name.is_empty()) => {
                Some("a node has no name".to_owned())
            }
            Ok(_) => None,
        };
        if let Some(problem) = problem {
            return Err(WriteError::Value { tag: "graph".to_owned(), problem });
        }
        let mut record = Vec::new();
        encode::event(&mut record, self.now(), Step(0), 4, graph_def);
        self.add_record(&record)
    }
}

fn node_def(node: &GraphNode) -> NodeDef {
    let named = |(name, attribute): &(String, GraphAttribute)| {
        (name.clone(), AttrValue { value: Some(value(attribute)) })
    };
    let shape = node.output_shapes.iter().map(|sizes| TensorShapeProto {
        dim: sizes.iter().map(|&size| Dim { size, ..Default::default() }).collect(),
        ..Default::default()
    });
    let shapes = Value::List(ListValue { shape: shape.collect(), ..Default::default() });
    let mut attr: std::collections::BTreeMap<_, _> = node.attributes.iter().map(named).collect();
    attr.insert("_output_shapes".to_owned(), AttrValue { value: Some(shapes) });
    NodeDef {
        name: node.name.clone(),
        op: node.op.clone(),
        input: node.inputs.clone(),
        device: node.device.clone(),
        attr,
    }
}

fn value(attribute: &GraphAttribute) -> Value {
    match attribute {
        GraphAttribute::Bool(truth) => Value::B(*truth),
        GraphAttribute::Float(number) => Value::F(*number),
        GraphAttribute::Ints(numbers) => {
            Value::List(ListValue { i: numbers.clone(), ..Default::default() })
        }
        GraphAttribute::Text(text) => Value::S(text.clone().into_bytes()),
        GraphAttribute::Float32 => Value::Type(DataType::DtFloat.into()),
        GraphAttribute::Boolean => Value::Type(DataType::DtBool.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_graph_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriter::create(dir.path()).unwrap();
        let problem = |bytes: &[u8]| writer.add_graph_def(bytes).unwrap_err().to_string();
        assert!(problem(b"\xff").starts_with("summary `graph`: no GraphDef: "));
        assert_eq!(problem(b""), "summary `graph`: the graph has no nodes");
        assert_eq!(problem(b"\x0a\x03\x12\x01x"), "summary `graph`: a node has no name");
    }

    #[test]
    fn a_node_is_encoded_with_its_shapes() {
        // l/MatMul of x and l/W with output [-1, 3], worked out by hand field by field.
        let node = GraphNode {
            name: "l/MatMul".to_owned(),
            op: "MatMul".to_owned(),
            inputs: vec!["x".to_owned(), "l/W".to_owned()],
            output_shapes: vec![vec![-1, 3]],
            ..Default::default()
        };
        let want = b"\x0a\x08l/MatMul\x12\x06MatMul\x1a\x01x\x1a\x03l/W\x2a\x27\
            \x0a\x0e_output_shapes\x12\x15\x0a\x13\x3a\x11\
            \x12\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x02\x08\x03";
        assert_eq!(node_def(&node).encode_to_vec(), want);
    }
}
