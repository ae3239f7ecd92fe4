//! Scalars: a number at a step.

use super::{SummaryWriter, WriteError, encode};
use crate::proto::DataClass;
use crate::types::Step;

/// The fields around a number that are the same for all scalars of a tag.
#[derive(Clone, Debug)]
pub(super) struct ScalarParts {
    /// A `Summary.value` field up to the number: lengths, tag, the tensor's type and shape.
    before: Vec<u8>,
    after: Vec<u8>,
}

impl ScalarParts {
    pub(super) fn new(tag: &str) -> Self {
        let (mut before, tag) = (Vec::new(), encode::tag(tag));
        let after = encode::metadata("scalars", DataClass::Scalar);
        // tensor { dtype: DT_FLOAT, tensor_shape {}, float_val: [value] }: written out for 0.0 too,
        // which readers do not take for granted.
        let tensor = [0x42, 0x0a, 0x08, 0x01, 0x12, 0x00, 0x2a, 0x04];
        let len = tag.len() + tensor.len() + size_of::<f32>() + after.len();
        before.push(0x0a);
        encode::varint(&mut before, len as u64);
        before.extend_from_slice(&tag);
        before.extend_from_slice(&tensor);
        ScalarParts { before, after }
    }

    pub(super) fn append(&self, to: &mut Vec<u8>, value: f32) {
        to.extend_from_slice(&self.before);
        to.extend_from_slice(&value.to_le_bytes());
        to.extend_from_slice(&self.after);
    }
}

/// One tag's scalars, the fastest way to log them: tag and metadata are encoded once.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// let writer = runboard::summary::SummaryWriter::create(dir.path())?;
/// let mut cost = writer.scalar("cost");
/// for step in 0..1000 {
///     cost.add(0.5, step)?;
/// }
/// # Ok::<(), runboard::summary::WriteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScalarSeries {
    writer: SummaryWriter,
    parts: ScalarParts,
    values: Vec<u8>,
    record: Vec<u8>,
}

impl ScalarSeries {
    /// Logs a number.
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add(&mut self, value: impl Into<f64>, step: impl Into<Step>) -> Result<(), WriteError> {
        self.values.clear();
        self.record.clear();
        self.parts.append(&mut self.values, value.into() as f32);
        let time = self.writer.now();
        encode::summary_event(&mut self.record, time, step.into(), &self.values);
        self.writer.add_record(&self.record)
    }
}

impl SummaryWriter {
    /// Logs a number, as f32.
    ///
    /// NaN and infinities are kept; TensorBoard marks them.
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add_scalar(
        &self,
        tag: &str,
        value: impl Into<f64>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let mut values = Vec::with_capacity(tag.len() + 40);
        ScalarParts::new(tag).append(&mut values, value.into() as f32);
        self.add_values(&values, step.into(), self.now())
    }

    /// Returns a handle that logs scalars of one tag without encoding the tag each time.
    pub fn scalar(&self, tag: &str) -> ScalarSeries {
        let (values, record) = (Vec::new(), Vec::new());
        ScalarSeries { writer: self.clone(), parts: ScalarParts::new(tag), values, record }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::WallTime;

    #[test]
    fn a_scalar_is_written_as_tensorflow_2_writes_it() {
        // Step 1, tag "cost", value 0.5 at 1700000000.25: fields worked out by hand.
        let payload = b"\x09\x00\x00\x40\x40\xfc\x54\xd9\x41\x10\x01\x2a\x23\x0a\x21\
            \x0a\x04cost\x42\x0a\x08\x01\x12\x00\x2a\x04\x00\x00\x00\x3f\
            \x4a\x0d\x0a\x09\x0a\x07scalars\x20\x01";
        let (mut values, mut record) = (Vec::new(), Vec::new());
        ScalarParts::new("cost").append(&mut values, 0.5);
        let time = WallTime::new(1_700_000_001.0).unwrap();
        encode::summary_event(&mut record, time, Step(1), &values);
        assert_eq!(record[12 + 9..12 + payload.len()], payload[9..]);
        let event = <crate::proto::Event as prost::Message>::decode(&record[12..record.len() - 4]);
        assert_eq!(event.unwrap().wall_time, 1_700_000_001.0);
    }
}
