//! Scalars: a number at a step.

use super::{SummaryWriter, WriteError, check, encode};
use crate::record;
use crate::types::{Step, WallTime};

/// One tag's scalars, the fastest way to log them: tag and metadata are encoded once.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// let writer = runboard::summary::SummaryWriter::create(dir.path())?;
/// let mut cost = writer.scalar("cost");
/// for step in 0..1000 {
///     cost.add(0.5, step)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScalarSeries {
    writer: SummaryWriter,
    tag: String,
    /// The tag in the file, if it can have any values.
    full_tag: String,
    /// The event logged before, of which time, step and number are overwritten.
    record: Vec<u8>,
    /// How many bytes the step has in it.
    step_len: usize,
}

impl ScalarSeries {
    /// Logs a number.
    ///
    /// # Errors
    /// As [`SummaryWriter::add_scalar`].
    pub fn add(&mut self, value: impl Into<f64>, step: impl Into<Step>) -> Result<(), WriteError> {
        let (value, step) = (value.into() as f32, step.into());
        if !self.writer.is_plain(step) {
            return self.writer.add_number(&self.tag, value, step);
        }
        let time = self.writer.now();
        if !self.overwrite(time, step, value) {
            check::tag("", &self.full_tag)?;
            self.encode(time, step, value);
        }
        self.writer.add_record(&self.record)
    }

    fn encode(&mut self, time: WallTime, step: Step, value: f32) {
        self.record.clear();
        encode::scalar_event(&mut self.record, time, step, "", &self.full_tag, value);
        self.step_len = encode::varint_len(step.0 as u64);
    }

    /// Changes the record to that of another value, if the two differ in nothing else.
    fn overwrite(&mut self, time: WallTime, step: Step, value: f32) -> bool {
        // Time and step are left out if they are zero.
        let same = self.step_len == encode::varint_len(step.0 as u64)
            && self.record.get(TIME - 1) == Some(&0x09)
            && self.record[STEP - 1] == 0x10
            && time.seconds() != 0.0
            && step.0 != 0;
        if same {
            self.record[TIME..TIME + 8].copy_from_slice(&time.seconds().to_le_bytes());
            encode::overwrite_varint(&mut self.record[STEP..STEP + self.step_len], step.0 as u64);
            let number = self.record.len() - encode::SCALAR_END;
            self.record[number..number + 4].copy_from_slice(&value.to_le_bytes());
            record::update_checksum(&mut self.record);
        }
        same
    }
}

/// Where the time is in the record of an event that has one, and the step behind it.
const TIME: usize = record::HEADER + 1;
const STEP: usize = TIME + 8 + 1;

impl SummaryWriter {
    /// Logs a number, as f32.
    ///
    /// NaN and infinities are kept; TensorBoard marks them. A number beyond f32's range becomes an
    /// infinity, for the format has no wider scalars.
    ///
    /// # Errors
    /// [`WriteError::Io`] if an earlier event could not be written; [`WriteError::Value`] if the
    /// tag is empty or longer than 16 KiB.
    pub fn add_scalar(
        &self,
        tag: &str,
        value: impl Into<f64>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        self.add_number(tag, value.into() as f32, step.into())
    }

    /// Returns a handle that logs scalars of one tag without encoding the tag each time.
    pub fn scalar(&self, tag: &str) -> ScalarSeries {
        let full_tag = if tag.is_empty() { String::new() } else { self.view.full_tag(tag).into() };
        let (writer, tag) = (self.clone(), tag.to_owned());
        ScalarSeries { writer, tag, full_tag, record: Vec::new(), step_len: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Step 1, tag "cost", value 0.5 at 1700000001.0: fields worked out by hand.
    const PAYLOAD: &[u8] = b"\x09\x00\x00\x40\x40\xfc\x54\xd9\x41\x10\x01\x2a\x23\x0a\x21\
        \x0a\x04cost\x42\x0a\x08\x01\x12\x00\x2a\x04\x00\x00\x00\x3f\
        \x4a\x0d\x0a\x09\x0a\x07scalars\x20\x01";

    fn payload(record: &[u8]) -> &[u8] {
        &record[record::HEADER..record.len() - 4]
    }

    #[test]
    fn a_scalar_is_written_as_tensorflow_2_writes_it() {
        let time = WallTime::new(1_700_000_001.0).unwrap();
        let mut record = Vec::new();
        encode::scalar_event(&mut record, time, Step(1), "", "cost", 0.5);
        assert_eq!(payload(&record), PAYLOAD);
        let (mut values, mut same) = (Vec::new(), Vec::new());
        encode::scalar_value(&mut values, "cost", 0.5);
        encode::summary_event(&mut same, time, Step(1), &values);
        assert_eq!(same, record);
    }

    #[test]
    fn a_series_overwrites_to_the_same_bytes_as_encoding_anew() {
        let mut series = SummaryWriter::disabled().scalar("cost");
        let steps = [0, 1, 2, 127, 128, 300, 5, 0, 7, -1, -2, i64::MAX, i64::MIN];
        let times = [1_700_000_001.0, 0.0, 0.5, -3.0];
        for (seconds, step) in times.iter().flat_map(|t| steps.map(|step| (*t, Step(step)))) {
            let (time, value) = (WallTime::new(seconds).unwrap(), step.0 as f32 + 0.5);
            if !series.overwrite(time, step, value) {
                series.encode(time, step, value);
            }
            let mut want = Vec::new();
            encode::scalar_event(&mut want, time, step, "", "cost", value);
            assert_eq!(series.record, want, "{step:?} at {seconds}");
        }
        // The last two were of ten bytes, so this one is overwritten.
        assert!(series.overwrite(WallTime::new(1.0).unwrap(), Step(-5), 0.5));
    }
}
