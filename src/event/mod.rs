//! Event files: their names, their first records, and reading them while they grow.

mod clock;
mod file;
mod file_name;
mod reader;
mod scalar;
mod view;
mod wire;

pub use clock::Clock;
pub use file::EventFile;
#[cfg(feature = "trainer")]
pub(crate) use file_name::host_name;
pub use file_name::is_event_file;
pub use reader::{EventError, EventReader};
pub(crate) use scalar::ScalarEvent;
pub use view::{Content, EventDecoder, EventView, NoEvent, SummaryView, ValueView, What};

pub(crate) use file::append_starts;
