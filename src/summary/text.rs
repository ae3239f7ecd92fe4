//! Text: Markdown that TensorBoard renders.

use super::{SummaryWriter, WriteError, encode};
use crate::proto::DataClass;
use crate::types::Step;

impl SummaryWriter {
    /// Logs a text; TensorBoard shows it as Markdown.
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add_text(
        &self,
        tag: &str,
        markdown: &str,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        // tensor { dtype: DT_STRING, tensor_shape {}, string_val: [markdown] }
        let mut tensor = vec![0x08, 0x07, 0x12, 0x00];
        encode::bytes(&mut tensor, 8, markdown.as_bytes());
        let mut field = Vec::new();
        encode::bytes(&mut field, 8, &tensor);
        let (tag, metadata) = (encode::tag(tag), encode::metadata("text", DataClass::Tensor));
        let mut values = Vec::new();
        encode::value(&mut values, &[&tag, &field, &metadata]);
        self.add_values(&values, step.into(), self.now())
    }
}
