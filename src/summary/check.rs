//! What TensorBoard could not show, and is therefore refused.

use super::{WriteError, rewrite};
use crate::record::MAX_RECORD_LEN;

/// The longest tag in bytes. The browser asks for a tag within a URL, of which TensorBoard's server
/// takes 64 KiB, and `%EA%B0%80` there stands for three bytes here.
const MAX_TAG: usize = 16 << 10;

/// How much of a tag an error shows.
const SHOWN: usize = 80;

/// Checks a tag.
pub(super) fn tag(prefix: &str, tag: &str) -> Result<(), WriteError> {
    let len = prefix.len() + tag.len();
    if tag.is_empty() {
        return Err(error(tag, "the tag is empty".to_owned()));
    }
    if len > MAX_TAG {
        return Err(error(tag, format!("the tag has {len} bytes, want at most {MAX_TAG}")));
    }
    Ok(())
}

/// Checks the encoded `Summary.value` fields of an event.
pub(super) fn event(values: &[u8]) -> Result<(), WriteError> {
    for value in rewrite::values(values) {
        tag("", value.tag)?;
        length(value.tag, values.len())?;
    }
    Ok(())
}

/// Checks a record that is ready to be written.
pub(super) fn record(record: &[u8]) -> Result<(), WriteError> {
    length("", record.len())
}

/// Readers take a longer record for a damaged one.
fn length(tag: &str, len: usize) -> Result<(), WriteError> {
    const MOST: u64 = MAX_RECORD_LEN - 64;
    if len as u64 > MOST {
        return Err(error(tag, format!("the event has {len} bytes, want at most {MOST}")));
    }
    Ok(())
}

#[cold]
fn error(tag: &str, problem: String) -> WriteError {
    let mut shown: String = tag.chars().take(SHOWN).collect();
    if shown.len() < tag.len() {
        shown.push('…');
    }
    WriteError::Value { tag: shown, problem }
}
