//! Graphs, traced runs and Keras models.

use prost::{DecodeError, Message};

use super::content::one_string;
use super::{Decode, Encoded, Value};
use crate::logdir::{Kind, Metadata};
use crate::proto::{GraphDef, RunMetadata};

/// The graph of a run, still encoded: nothing of it is lost, also what this crate does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// An encoded `GraphDef`.
    pub bytes: Vec<u8>,
}

/// What was recorded of a step or function: graphs, compute times, memory; still encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedRun {
    /// An encoded `RunMetadata`.
    pub bytes: Vec<u8>,
}

/// A Keras model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KerasModel {
    /// The model as its `to_json()` writes it.
    pub json: String,
}

impl Graph {
    /// Decodes the nodes.
    ///
    /// # Errors
    /// If the bytes are no graph.
    pub fn to_graph_def(&self) -> Result<GraphDef, DecodeError> {
        GraphDef::decode(&*self.bytes)
    }
}

impl TracedRun {
    /// Decodes the times and memory of each node.
    ///
    /// # Errors
    /// If the bytes are none.
    pub fn to_run_metadata(&self) -> Result<RunMetadata, DecodeError> {
        RunMetadata::decode(&*self.bytes)
    }
}

impl Value for Graph {
    const KIND: Kind = Kind::Graphs;
}

impl Decode for Graph {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        Ok(Graph { bytes: bytes(value)? })
    }
}

impl Value for TracedRun {
    const KIND: Kind = Kind::RunMetadata;
}

impl Decode for TracedRun {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        Ok(TracedRun { bytes: bytes(value)? })
    }
}

impl Value for KerasModel {
    const KIND: Kind = Kind::KerasModels;
}

impl Decode for KerasModel {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        let json = String::from_utf8(bytes(value)?);
        Ok(KerasModel { json: json.map_err(|_| "the model is not UTF-8".to_owned())? })
    }
}

/// The message of an event, or the string of a tensor.
fn bytes(value: Encoded<'_>) -> Result<Vec<u8>, String> {
    match value {
        Encoded::Event(bytes) => Ok(bytes.to_vec()),
        value => one_string(value),
    }
}
