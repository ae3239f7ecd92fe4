//! TFRecord framing: a payload with its length, both under CRC-32C.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | payload length, little-endian |
//! | 4 | masked CRC-32C of those 8 bytes |
//! | n | payload |
//! | 4 | masked CRC-32C of the payload |
//!
//! A file is nothing but records one after another, so a file cut anywhere is a shorter file with
//! perhaps a part of a record at its end.

mod crc;
mod error;
mod reader;
mod writer;

pub use crc::MaskedCrc;
pub use error::RecordError;
pub use reader::{MAX_RECORD_LEN, RecordReader};
pub use writer::{OVERHEAD, append_record};

pub(crate) use writer::{HEADER, append_with, update_checksum};
