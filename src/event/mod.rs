//! Event files: their names, their first records, and reading them while they grow.

mod clock;
mod file;
mod file_name;
mod reader;

pub use clock::Clock;
pub use file::EventFile;
pub use file_name::is_event_file;
pub use reader::{EventError, EventReader};

pub(crate) use file::append_start;
