//! What the values of each kind are, one file for each.

mod audio;
mod content;
mod graph;
mod histogram;
mod hparams;
mod image;
mod layout;
mod mesh;
mod pr_curve;
mod scalar;
mod tensor;
mod text;

use std::any::Any;

pub use audio::{Audio, AudioClip};
pub use graph::{Graph, KerasModel, TracedRun};
pub use histogram::{Histogram, HistogramSeries, HistogramStatistics};
pub use image::Image;
pub use mesh::{MeshContent, MeshPart};
pub use pr_curve::PrCurve;
pub use text::Text;

pub(super) use content::{Decode, Encoded, tensor};
pub(super) use scalar::scalar;

use super::tensor::Tensor;
use super::{Kind, Metadata, Restarts, Series};
use crate::proto;

/// A value of some kind, one point of its [`Series`].
pub trait Value: Decode {
    /// The kind whose series hold such values.
    const KIND: Kind;
}

/// Returns an empty series for values of the kind.
pub(super) fn series(kind: Kind) -> Box<dyn AnySeries> {
    fn of<T: Value>() -> Box<dyn AnySeries> {
        Box::new(Series::<T>::new())
    }
    match kind {
        Kind::Scalars => of::<f32>(),
        Kind::Histograms => of::<Histogram>(),
        Kind::Images => of::<Image>(),
        Kind::Audio => of::<Audio>(),
        Kind::Text => of::<Text>(),
        Kind::PrCurves => of::<PrCurve>(),
        Kind::CustomScalars => of::<proto::Layout>(),
        Kind::HParams => of::<proto::HParamsPluginData>(),
        Kind::Meshes => of::<MeshPart>(),
        Kind::Graphs => of::<Graph>(),
        Kind::RunMetadata => of::<TracedRun>(),
        Kind::KerasModels => of::<KerasModel>(),
        Kind::Tensors => of::<Tensor>(),
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
    pub(super) value: Encoded<'a>,
    pub(super) metadata: &'a Metadata,
}

impl<T: Value> AnySeries for Series<T> {
    fn read(&mut self, point: &Point<'_>, restarts: Restarts) -> Result<(), String> {
        let value = T::decode(point.value, point.metadata)?;
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
