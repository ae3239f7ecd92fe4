//! A new event file with its first records.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use prost::Message;

use super::{Clock, file_name};
use crate::proto::event::What;
use crate::proto::session_log::SessionStatus;
use crate::proto::{Event, SessionLog, SourceMetadata};
use crate::record::append_record;
use crate::types::Step;

/// What this crate calls itself in the files it writes.
const WRITER: &str = concat!("runboard ", env!("CARGO_PKG_VERSION"));

/// An event file that was just created.
#[derive(Debug)]
pub struct EventFile {
    /// The open file, to be appended to.
    pub file: File,
    /// Where it is.
    pub path: PathBuf,
    /// Whether the directory held event files before.
    pub resumed: bool,
}

impl EventFile {
    /// Creates an event file in `dir`, which is created too, and writes its first records.
    ///
    /// These are the version and a `SessionLog START` at `first_step`: TensorBoard's Python loader
    /// drops what an earlier file of the run says of this step and later ones.
    ///
    /// # Errors
    /// What the system says, if `dir` or the file cannot be created or written.
    pub fn create(dir: &Path, first_step: Step, clock: Clock, suffix: &str) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let now = clock.now();
        let started = now.seconds().max(0.0) as u64;
        let second = file_name::second_after(dir, started)?;
        let (mut file, path) = loop {
            let path = dir.join(file_name::name(second, suffix));
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => break (file, path),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        };
        let version = Event {
            wall_time: now.seconds().floor(),
            what: Some(What::FileVersion("brain.Event:2".to_owned())),
            source_metadata: Some(SourceMetadata { writer: WRITER.to_owned() }),
            ..Default::default()
        };
        let start = SessionLog { status: SessionStatus::Start.into(), ..Default::default() };
        let start = Event {
            wall_time: now.seconds(),
            step: first_step.0,
            what: Some(What::SessionLog(start)),
            ..Default::default()
        };
        let mut records = Vec::new();
        append_record(&mut records, &version.encode_to_vec());
        append_record(&mut records, &start.encode_to_vec());
        file.write_all(&records)?;
        Ok(EventFile { file, path, resumed: second > started })
    }
}
