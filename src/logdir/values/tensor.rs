//! Tensors that no dashboard knows.

use super::{Decode, Encoded, Value, tensor};
use crate::event::Content;
use crate::logdir::tensor::{Tensor, TensorData};
use crate::logdir::{Kind, Metadata};

impl Value for Tensor {
    const KIND: Kind = Kind::Tensors;
}

impl Decode for Tensor {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        match value {
            // As TensorBoard sees a value without a value.
            Encoded::Nothing => Ok(Tensor { shape: vec![0], data: TensorData::F32(Vec::new()) }),
            Encoded::Summary(Content::SimpleValue(number)) => {
                Ok(Tensor { shape: Vec::new(), data: TensorData::F32(vec![number]) })
            }
            value => tensor(value),
        }
    }
}
