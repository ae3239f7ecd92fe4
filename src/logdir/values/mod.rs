//! What the values of each kind are.

mod histogram;

use std::any::Any;

use prost::Message;

pub use histogram::{Histogram, HistogramSeries, HistogramStatistics};

use super::tensor::{Tensor, TensorData};
use super::{Kind, Metadata, Restarts, Series};
use crate::event::Content;
use crate::proto::TensorProto;

/// A value of a kind other than scalars, one point of its [`Series`].
pub trait Value: Sized + Send + Sync + 'static {
    /// The kind whose series hold such values.
    const KIND: Kind;

    /// Decodes a value of a tag with that metadata.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn decode(content: Option<Content<'_>>, metadata: &Metadata) -> Result<Self, String>;
}

/// Returns an empty series for values of the kind.
pub(super) fn series(kind: Kind) -> Box<dyn AnySeries> {
    match kind {
        Kind::Histograms => Box::new(HistogramSeries::new()),
        _ => Box::new(Series::<Tensor>::new()),
    }
}

/// A series whose values' type is not known here.
pub(super) trait AnySeries: Any + Send + Sync {
    fn read(&mut self, point: &Point<'_>, restarts: Restarts) -> Result<(), String>;
    fn drop_from(&mut self, step: i64);
    fn as_any(&self) -> &dyn Any;
}

/// A point whose value is still encoded.
pub(super) struct Point<'a> {
    pub(super) step: i64,
    pub(super) wall_time: f64,
    pub(super) content: Option<Content<'a>>,
    pub(super) metadata: &'a Metadata,
}

impl<T: Value> AnySeries for Series<T> {
    fn read(&mut self, point: &Point<'_>, restarts: Restarts) -> Result<(), String> {
        let value = T::decode(point.content, point.metadata)?;
        if restarts == Restarts::LaterWins {
            self.drop_end(point.step);
        }
        self.push(point.step, point.wall_time, value);
        Ok(())
    }

    fn drop_from(&mut self, step: i64) {
        Series::drop_from(self, step);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Value for Tensor {
    const KIND: Kind = Kind::Tensors;

    fn decode(content: Option<Content<'_>>, _: &Metadata) -> Result<Self, String> {
        match content {
            None => Ok(Tensor { shape: vec![0], data: TensorData::F32(Vec::new()) }),
            Some(Content::SimpleValue(x)) => {
                Ok(Tensor { shape: Vec::new(), data: TensorData::F32(vec![x]) })
            }
            content => tensor(content),
        }
    }
}

/// Decodes the tensor in a value.
fn tensor(content: Option<Content<'_>>) -> Result<Tensor, String> {
    match content {
        Some(Content::Tensor(bytes)) => {
            let proto = TensorProto::decode(bytes).map_err(|error| error.to_string())?;
            Tensor::of(proto)
        }
        other => Err(format!("got {}, want a tensor", name(other))),
    }
}

/// What a value holds, in words.
fn name(content: Option<Content<'_>>) -> &'static str {
    match content {
        None => "nothing",
        Some(Content::SimpleValue(_)) => "a number",
        Some(Content::Image(_)) => "an image",
        Some(Content::Histogram(_)) => "a histogram",
        Some(Content::Audio(_)) => "audio",
        Some(Content::Tensor(_)) => "a tensor",
    }
}

/// Decodes a scalar: a number, or a tensor with one element.
#[inline]
pub(super) fn scalar(content: Option<Content<'_>>) -> Result<f32, String> {
    match content {
        Some(Content::SimpleValue(number)) => Ok(number),
        // dtype: DT_FLOAT, tensor_shape {}, float_val: one number. As everyone writes it.
        Some(Content::Tensor([0x08, 0x01, 0x12, 0x00, 0x2a, 0x04, number @ ..]))
            if number.len() == 4 =>
        {
            Ok(f32::from_le_bytes(number.try_into().expect("four bytes")))
        }
        _ => unusual_scalar(content),
    }
}

#[cold]
fn unusual_scalar(content: Option<Content<'_>>) -> Result<f32, String> {
    let tensor = tensor(content)?;
    match tensor.to_f64().as_deref() {
        Some(&[number]) => Ok(number as f32),
        _ => Err(format!("got a tensor of shape {:?}, want a number", tensor.shape)),
    }
}
