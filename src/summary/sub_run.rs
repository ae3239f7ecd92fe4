//! Runs within a run.

use std::path::{Component, Path};
use std::sync::Arc;

use super::{SummaryWriter, WriteError};

impl SummaryWriter {
    /// Returns a writer of the run `name` below this one: its own event file, in a directory of
    /// that name.
    ///
    /// TensorBoard draws the same tag of two runs into one chart, so training and evaluation can be
    /// compared. Settings are taken over; the same name gives the same file as long as a writer of
    /// it is open.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// let evaluation = writer.sub_run("eval")?;
    /// writer.add_scalar("cost", 0.69, 0)?;
    /// evaluation.add_scalar("cost", 0.71, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::RunName`] if the name is not a relative path of plain names;
    /// [`WriteError::Io`] if the directory or the file cannot be created.
    pub fn sub_run(&self, name: &str) -> Result<SummaryWriter, WriteError> {
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if name.is_empty() || !Path::new(name).components().all(plain) {
            return Err(WriteError::RunName { name: name.to_owned() });
        }
        let Some(file) = &self.file else { return Ok(self.clone()) };
        let mut settings = file.settings.clone();
        settings.dir.push(name);
        let dir = settings.dir.clone();
        // Held until the file is known, lest two threads make two.
        let mut sub_runs = file.sub_runs();
        let open = sub_runs.get(&dir).and_then(std::sync::Weak::upgrade);
        let sub_run = match open {
            Some(open) => open,
            None => settings.create()?.file.expect("it has just been created"),
        };
        sub_runs.insert(dir, Arc::downgrade(&sub_run));
        Ok(SummaryWriter { file: Some(sub_run), view: self.view.clone() })
    }
}
