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
use crate::types::{Step, WallTime};

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
    /// Whether the `SessionLog START` is still to be written.
    pub start_due: bool,
    /// An event file of the directory that somebody else is writing.
    pub other_writer: Option<PathBuf>,
}

impl EventFile {
    /// Creates an event file in `dir`, which is created too, and writes its first records.
    ///
    /// These are the version and, in a new directory or with a `first_step`, a `SessionLog START`:
    /// TensorBoard's Python loader drops what an earlier file of the run says of this step and
    /// later ones. If there are earlier files and the step is not known, it is left to the writer.
    ///
    /// The file is locked, where locks keep nobody from reading (Unix), so that another writer in
    /// the same directory is noticed.
    ///
    /// # Errors
    /// What the system says, if `dir` or the file cannot be created or written.
    pub fn create(
        dir: &Path,
        first_step: Option<Step>,
        clock: Clock,
        suffix: &str,
    ) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let now = clock.now();
        let earlier = file_name::event_files(dir)?;
        let second = file_name::second_after(&earlier, now.seconds().max(0.0) as u64);
        let (mut file, path) = loop {
            let path = dir.join(file_name::name(second, suffix));
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => break (file, path),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        };
        let resumed = !earlier.is_empty();
        let first_step = first_step.or((!resumed).then_some(Step(0)));
        if let Err(error) = file.write_all(&first_records(now, first_step, resumed)) {
            // Without its first records the file is nobody's; the error says what matters.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        let other_writer = if lock(&file) { locked_file(dir, &path) } else { None };
        Ok(EventFile { file, path, resumed, start_due: first_step.is_none(), other_writer })
    }
}

fn first_records(now: WallTime, first_step: Option<Step>, resumed: bool) -> Vec<u8> {
    let version = Event {
        wall_time: now.seconds().floor(),
        what: Some(What::FileVersion("brain.Event:2".to_owned())),
        source_metadata: Some(SourceMetadata { writer: WRITER.to_owned() }),
        ..Default::default()
    };
    let mut records = Vec::new();
    append_record(&mut records, &version.encode_to_vec());
    if let Some(step) = first_step {
        if resumed {
            append_starts(&mut records, now, step);
        } else {
            append_start(&mut records, now, step);
        }
    }
    records
}

/// Appends the `SessionLog START` of a run that goes on.
///
/// Twice, for only from the second of a run on it makes readers drop anything, and the earlier
/// files may be of a writer that wrote none, such as torch's.
pub(crate) fn append_starts(to: &mut Vec<u8>, time: WallTime, step: Step) {
    append_start(to, time, step);
    append_start(to, time, step);
}

/// Appends the record of a `SessionLog START`.
fn append_start(to: &mut Vec<u8>, time: WallTime, step: Step) {
    let start = SessionLog { status: SessionStatus::Start.into(), ..Default::default() };
    let event = Event {
        wall_time: time.seconds(),
        step: step.0,
        what: Some(What::SessionLog(start)),
        ..Default::default()
    };
    append_record(to, &event.encode_to_vec());
}

/// Marks a file as being written, as long as it is open; returns whether that works here.
fn lock(file: &File) -> bool {
    // Elsewhere a lock would keep TensorBoard from reading. Some file systems have none.
    cfg!(unix) && file.try_lock().is_ok()
}

/// The first event file beside `own` that a writer has open.
fn locked_file(dir: &Path, own: &Path) -> Option<PathBuf> {
    let names = file_name::event_files(dir).ok()?;
    let mut others = names.iter().map(|name| dir.join(name)).filter(|path| path != own);
    others.find(|path| {
        let lock = File::open(path).map(|file| file.try_lock_shared());
        matches!(lock, Ok(Err(fs::TryLockError::WouldBlock)))
    })
}
