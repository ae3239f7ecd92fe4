//! Tensors: numbers for a plugin, or for a program that reads the file.

use super::kind::{Kind, numbers, refused, strings};
use super::{SummaryWriter, WriteError};
use crate::proto::{DataClass, DataType};
use crate::types::Step;

/// The elements of a tensor, row by row.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TensorData<'a> {
    /// `DT_FLOAT`.
    F32(&'a [f32]),
    /// `DT_DOUBLE`.
    F64(&'a [f64]),
    /// `DT_INT32`.
    I32(&'a [i32]),
    /// `DT_INT64`.
    I64(&'a [i64]),
    /// `DT_UINT8`.
    U8(&'a [u8]),
    /// `DT_BOOL`.
    Bool(&'a [bool]),
    /// `DT_STRING`: text or other bytes.
    Bytes(&'a [&'a [u8]]),
}

impl TensorData<'_> {
    fn len(&self) -> usize {
        match self {
            TensorData::F32(values) => values.len(),
            TensorData::F64(values) => values.len(),
            TensorData::I32(values) => values.len(),
            TensorData::I64(values) => values.len(),
            TensorData::U8(values) => values.len(),
            TensorData::Bool(values) => values.len(),
            TensorData::Bytes(values) => values.len(),
        }
    }
}

/// A tensor and the plugin it is for.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    shape: &'a [usize],
    data: TensorData<'a>,
    plugin: &'a str,
    content: &'a [u8],
}

impl<'a> Tensor<'a> {
    /// Returns a tensor for the plugin `tensor`, as torch calls it; `&[]` is the shape of one value.
    pub fn new(shape: &'a [usize], data: TensorData<'a>) -> Self {
        Tensor { shape, data, plugin: "tensor", content: &[] }
    }

    /// Sets the plugin it is for and what that keeps of the tag, which may be empty.
    pub fn plugin(mut self, name: &'a str, content: &'a [u8]) -> Self {
        self.plugin = name;
        self.content = content;
        self
    }
}

impl SummaryWriter {
    /// Logs a tensor of any type and shape.
    ///
    /// No tab of TensorBoard's own shows plain tensors; plugins and programs read them.
    ///
    /// ```
    /// use runboard::summary::{SummaryWriter, Tensor, TensorData};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let confusion = [50, 2, 3, 45]; // [2, 2]
    /// writer.add_tensor("confusion", &Tensor::new(&[2, 2], TensorData::I64(&confusion)), 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if the shape is of another number of elements; else as for other
    /// summaries.
    pub fn add_tensor(
        &self,
        tag: &str,
        tensor: &Tensor<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let Tensor { shape, data, plugin, content } = *tensor;
        let want = shape.iter().try_fold(1, |len: usize, size| len.checked_mul(*size));
        if want != Some(data.len()) {
            let problem = format!("got {} elements for a tensor of shape {shape:?}", data.len());
            return Err(refused(tag, problem));
        }
        let tensor = match data {
            TensorData::F32(all) => {
                numbers(DataType::DtFloat, shape, bytes(all, |x| x.to_le_bytes()))
            }
            TensorData::F64(all) => {
                numbers(DataType::DtDouble, shape, bytes(all, |x| x.to_le_bytes()))
            }
            TensorData::I32(all) => {
                numbers(DataType::DtInt32, shape, bytes(all, |x| x.to_le_bytes()))
            }
            TensorData::I64(all) => {
                numbers(DataType::DtInt64, shape, bytes(all, |x| x.to_le_bytes()))
            }
            TensorData::U8(all) => numbers(DataType::DtUint8, shape, all.to_vec()),
            TensorData::Bool(all) => numbers(DataType::DtBool, shape, bytes(all, |x| [x.into()])),
            TensorData::Bytes(all) => strings(shape, all.iter().map(|it| it.to_vec()).collect()),
        };
        // The class is said, or TensorBoard's data server would keep nothing of an unknown plugin.
        let kind = Kind { plugin, content, class: DataClass::Tensor };
        self.add_of_kind(&kind, tag, &tensor, step.into())
    }
}

fn bytes<T: Copy, const N: usize>(values: &[T], to_bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| to_bytes(*value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_of_another_size_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let writer = SummaryWriter::create(dir.path()).unwrap();
        let wrong = Tensor::new(&[2, 3], TensorData::U8(&[0; 5]));
        assert_eq!(
            writer.add_tensor("t", &wrong, 0).unwrap_err().to_string(),
            "summary `t`: got 5 elements for a tensor of shape [2, 3]"
        );
        let huge = Tensor::new(&[usize::MAX, 2], TensorData::U8(&[0; 5]));
        assert!(writer.add_tensor("t", &huge, 0).is_err());
    }
}
