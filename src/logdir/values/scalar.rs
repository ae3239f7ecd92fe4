//! Scalars.

use super::{Decode, Encoded, Value, tensor};
use crate::event::Content;
use crate::logdir::{Kind, Metadata};

impl Value for f32 {
    const KIND: Kind = Kind::Scalars;
}

impl Decode for f32 {
    fn decode(value: Encoded<'_>, _: &Metadata) -> Result<Self, String> {
        scalar(value)
    }
}

/// Decodes a scalar: a number, or a tensor with one element.
#[inline]
pub(in crate::logdir) fn scalar(value: Encoded<'_>) -> Result<f32, String> {
    match value {
        Encoded::Summary(Content::SimpleValue(number)) => Ok(number),
        // dtype: DT_FLOAT, tensor_shape {}, float_val: one number. As everyone writes it.
        Encoded::Summary(Content::Tensor(&[0x08, 0x01, 0x12, 0x00, 0x2a, 0x04, a, b, c, d])) => {
            Ok(f32::from_le_bytes([a, b, c, d]))
        }
        _ => unusual(value),
    }
}

#[cold]
fn unusual(value: Encoded<'_>) -> Result<f32, String> {
    let Encoded::Summary(Content::Tensor(_)) = value else { return Err(value.is_not("a number")) };
    let tensor = tensor(value)?;
    match tensor.to_f64().as_deref() {
        Some(&[number]) => Ok(number as f32),
        Some(_) => Err(format!("got a tensor of shape {:?}, want a number", tensor.shape)),
        None => Err("got strings, want a number".to_owned()),
    }
}
