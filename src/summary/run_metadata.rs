//! What a step cost: the Graphs tab's colours by compute time and by memory.

use std::time::Duration;

use prost::Message;

use super::kind::refused;
use super::{SummaryWriter, WriteError, check, encode};
use crate::proto::tensor_shape_proto::Dim;
use crate::proto::{
    AllocatorMemoryUsed, DeviceStepStats, NodeExecStats, NodeOutput, RunMetadata, StepStats,
    TaggedRunMetadata, TensorDescription, TensorShapeProto,
};
use crate::types::Step;

/// When a node of the graph was computed, and what it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeStats {
    /// The name of the node in the graph of the run.
    pub name: String,
    /// Where it was computed; empty if the graph says so.
    pub device: String,
    /// When it began, after the beginning of the step.
    pub start: Duration,
    /// How long it took; shown in microseconds, at least one.
    pub duration: Duration,
    /// Memory that it took, in bytes.
    pub bytes: u64,
    /// The shapes of its outputs.
    pub output_shapes: Vec<Vec<i64>>,
}

impl SummaryWriter {
    /// Logs time and memory of the nodes at one step, which the Graphs tab lists under `tag` as a
    /// session run and can colour the run's graph by.
    ///
    /// The name is TensorFlow 1's; [`SummaryWriter::add_graph`] logs the graph. Give each step a tag
    /// of its own.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use runboard::summary::{GraphNode, NodeStats, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let relu = GraphNode { name: "l/Relu".into(), op: "Relu".into(), ..Default::default() };
    /// writer.add_graph(&[relu])?;
    /// let cost = NodeStats {
    ///     name: "l/Relu".into(),
    ///     duration: Duration::from_micros(40),
    ///     bytes: 4096,
    ///     ..Default::default()
    /// };
    /// writer.add_run_metadata("step 100", &[cost], 100)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if a node has no name; else as for other summaries.
    pub fn add_run_metadata(
        &self,
        tag: &str,
        nodes: &[NodeStats],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        if nodes.iter().any(|node| node.name.is_empty()) {
            return Err(refused(tag, "a node has no name"));
        }
        let step = step.into();
        if !self.view.takes(step) {
            return Ok(());
        }
        let tag = self.view.full_tag(tag);
        check::tag("", &tag)?;
        let time = self.now();
        // The tab takes a start of 0 for a node that was not computed.
        let began = ((time.seconds() * 1e6) as i64).max(1);
        let tagged = TaggedRunMetadata {
            tag: tag.into_owned(),
            run_metadata: run_metadata(nodes, began).encode_to_vec(),
        };
        let mut record = Vec::new();
        encode::event(&mut record, time, step, 8, &tagged.encode_to_vec());
        self.add_record(&record)
    }
}

/// Returns the stats of each device, in the order of their first node.
fn run_metadata(nodes: &[NodeStats], began: i64) -> RunMetadata {
    let mut devices: Vec<DeviceStepStats> = Vec::new();
    for node in nodes {
        let stats = exec_stats(node, began);
        match devices.iter_mut().find(|known| known.device == node.device) {
            Some(known) => known.node_stats.push(stats),
            None => devices
                .push(DeviceStepStats { device: node.device.clone(), node_stats: vec![stats] }),
        }
    }
    RunMetadata { step_stats: Some(StepStats { dev_stats: devices }) }
}

fn exec_stats(node: &NodeStats, began: i64) -> NodeExecStats {
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    let end = micros(node.duration).max(1);
    let memory = AllocatorMemoryUsed {
        total_bytes: i64::try_from(node.bytes).unwrap_or(i64::MAX),
        ..Default::default()
    };
    let shape = |sizes: &Vec<i64>| TensorShapeProto {
        dim: sizes.iter().map(|&size| Dim { size, ..Default::default() }).collect(),
        ..Default::default()
    };
    let outputs = node.output_shapes.iter().enumerate().map(|(slot, sizes)| NodeOutput {
        slot: slot as i32,
        // The tab cannot do without a shape.
        tensor_description: Some(TensorDescription {
            shape: Some(shape(sizes)),
            ..Default::default()
        }),
    });
    NodeExecStats {
        node_name: node.name.clone(),
        all_start_micros: began.saturating_add(micros(node.start)),
        op_end_rel_micros: end,
        all_end_rel_micros: end,
        memory: if node.bytes > 0 { vec![memory] } else { Vec::new() },
        output: outputs.collect(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_grouped_by_device_and_always_have_a_time() {
        let node = |name: &str, device: &str| NodeStats {
            name: name.to_owned(),
            device: device.to_owned(),
            start: Duration::from_micros(5),
            ..Default::default()
        };
        let nodes = [node("a", "CPU"), node("b", "GPU"), node("c", "CPU")];
        let stats = run_metadata(&nodes, 1).step_stats.unwrap().dev_stats;
        let names = |device: &DeviceStepStats| {
            device.node_stats.iter().map(|node| node.node_name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(stats.iter().map(names).collect::<Vec<_>>(), [vec!["a", "c"], vec!["b"]]);
        let first = &stats[0].node_stats[0];
        assert_eq!((first.all_start_micros, first.all_end_rel_micros), (6, 1));
    }

    #[test]
    fn stats_are_encoded_field_by_field() {
        // NodeExecStats: name 1, start 2 (1000002 = c2 84 3d), op end 4, end 5, memory 6 {total 2: 4096},
        // output 7 {description 3 {shape 2 {dim 2 {size 1: 3}}}}; slot 0 is not written.
        let node = NodeStats {
            name: "l/y".to_owned(),
            device: "CPU".to_owned(),
            start: Duration::from_micros(2),
            duration: Duration::from_micros(7),
            bytes: 4096,
            output_shapes: vec![vec![3]],
        };
        let want = b"\x0a\x25\x0a\x23\x0a\x03CPU\x12\x1c\
            \x0a\x03l/y\x10\xc2\x84\x3d\x20\x07\x28\x07\x32\x03\x10\x80\x20\
            \x3a\x08\x1a\x06\x12\x04\x12\x02\x08\x03";
        assert_eq!(run_metadata(&[node], 1_000_000).encode_to_vec(), want);
    }
}
