//! What the kinds of summaries share that are off the hot path: one tensor under one plugin.

use prost::Message;

use super::{SummaryWriter, WriteError, encode};
use crate::proto::tensor_shape_proto::Dim;
use crate::proto::{DataClass, DataType, TensorProto, TensorShapeProto};
use crate::types::Step;

/// A plugin, what it keeps of the tag, and how its data is stored.
pub(super) struct Kind<'a> {
    pub(super) plugin: &'a str,
    pub(super) content: &'a [u8],
    pub(super) class: DataClass,
}

impl Kind<'_> {
    /// Appends a `Summary.value` field.
    pub(super) fn append(&self, values: &mut Vec<u8>, tag: &str, tensor: &TensorProto) {
        let len = tensor.encoded_len();
        let mut field = Vec::with_capacity(len + 10);
        field.push(0x42);
        encode::varint(&mut field, len as u64);
        tensor.encode(&mut field).expect("a Vec grows");
        let metadata = encode::metadata_with(self.plugin, self.content, self.class);
        encode::value(values, &[&encode::tag(tag), &field, &metadata]);
    }
}

impl SummaryWriter {
    /// Logs one tensor of a kind.
    pub(super) fn add_of_kind(
        &self,
        kind: &Kind<'_>,
        tag: &str,
        tensor: &TensorProto,
        step: Step,
    ) -> Result<(), WriteError> {
        let mut values = Vec::new();
        kind.append(&mut values, tag, tensor);
        self.add_values(&values, step, self.now())
    }
}

/// Returns the error of a value that cannot be logged.
pub(super) fn refused(tag: &str, problem: impl Into<String>) -> WriteError {
    WriteError::Value { tag: tag.to_owned(), problem: problem.into() }
}

/// Returns a tensor of strings.
pub(super) fn strings(shape: &[usize], strings: Vec<Vec<u8>>) -> TensorProto {
    TensorProto { string_val: strings, ..empty(DataType::DtString, shape) }
}

/// Returns a tensor of little-endian numbers, row by row.
pub(super) fn numbers(dtype: DataType, shape: &[usize], content: Vec<u8>) -> TensorProto {
    TensorProto { tensor_content: content, ..empty(dtype, shape) }
}

fn empty(dtype: DataType, shape: &[usize]) -> TensorProto {
    let dim = |&size: &usize| Dim { size: size as i64, ..Default::default() };
    TensorProto {
        dtype: dtype.into(),
        tensor_shape: Some(TensorShapeProto {
            dim: shape.iter().map(dim).collect(),
            ..Default::default()
        }),
        ..Default::default()
    }
}
