//! What a tag is called and what it means.

use super::{SummaryWriter, encode};

/// What TensorBoard shows of a tag beside its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Shown instead of the tag; empty for the tag itself.
    pub display_name: String,
    /// What the values mean, as Markdown; shown behind the (i) of their card.
    pub markdown: String,
}

impl Description {
    /// Appends the fields 2 and 3 of a `SummaryMetadata`.
    pub(super) fn append(&self, to: &mut Vec<u8>) {
        if !self.display_name.is_empty() {
            encode::bytes(to, 2, self.display_name.as_bytes());
        }
        if !self.markdown.is_empty() {
            encode::bytes(to, 3, self.markdown.as_bytes());
        }
    }
}

impl SummaryWriter {
    /// Describes a tag of any kind, before its first value is logged.
    ///
    /// TensorBoard takes the description from the first value of the run.
    ///
    /// ```
    /// use runboard::summary::{Description, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// let writer = SummaryWriter::create(dir.path())?;
    /// let markdown = "mean *cross entropy*, in nats".to_owned();
    /// writer.describe("cost", Description { markdown, ..Default::default() });
    /// writer.add_scalar("cost", 0.69, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn describe(&self, tag: &str, description: Description) {
        if let Some(file) = &self.file {
            file.describe(&self.view.full_tag(tag), description);
        }
    }
}
