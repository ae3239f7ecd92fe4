//! Reading records from a file that may still be growing.

use std::io::{ErrorKind, Read};

use super::{MaskedCrc, RecordError};

/// The longest payload a reader takes unless told otherwise: 1 GiB.
pub const MAX_RECORD_LEN: u64 = 1 << 30;

const HEADER: usize = 12;
const FOOTER: usize = 4;
const FIRST_BUFFER: usize = 256 << 10;

/// Reads one record after another.
///
/// At the end of the file, also in the midst of a record, [`RecordReader::next_record`] returns
/// `Ok(None)`; when the file has grown it goes on where it was.
///
/// ```
/// use runboard::record::{RecordReader, append_record};
///
/// let mut file = Vec::new();
/// append_record(&mut file, b"one");
/// append_record(&mut file, b"two");
/// let mut reader = RecordReader::new(&file[..file.len() - 1]); // the last byte is missing
/// assert_eq!(reader.next_record()?, Some(&b"one"[..]));
/// assert_eq!(reader.next_record()?, None);
/// # Ok::<(), runboard::record::RecordError>(())
/// ```
#[derive(Debug)]
pub struct RecordReader<R> {
    source: R,
    limit: u64,
    buffer: Vec<u8>,
    /// The bytes of `buffer` that were read and not yet given out.
    start: usize,
    end: usize,
    /// Offset in the file of the byte at `start`.
    offset: u64,
    /// Offset at which the file ends, as far as is known.
    file_end: u64,
    headers: Headers,
}

impl<R: Read> RecordReader<R> {
    /// Returns a reader that begins at the source's next byte.
    pub fn new(source: R) -> Self {
        Self::with_limit(source, MAX_RECORD_LEN)
    }

    /// Returns a reader that refuses payloads longer than `limit` bytes.
    pub fn with_limit(source: R, limit: u64) -> Self {
        Self::between(source, 0, u64::MAX, limit)
    }

    /// Returns a reader of a source that is at `offset` of a file which ends at `file_end`.
    ///
    /// A record that does not end there yet is not read at all.
    pub fn between(source: R, offset: u64, file_end: u64, limit: u64) -> Self {
        let (buffer, headers) = (Vec::new(), Headers::default());
        RecordReader { source, limit, buffer, start: 0, end: 0, offset, file_end, headers }
    }

    /// Returns the offset of the next record.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next record's payload, or `None` if no whole record is there yet.
    ///
    /// # Errors
    /// [`RecordError`]. After [`RecordError::DataChecksum`] the next call reads the next record;
    /// after [`RecordError::LengthChecksum`] and [`RecordError::TooLong`] it returns them again.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>, RecordError> {
        let offset = self.offset;
        if !self.fill(HEADER)? {
            return Ok(None);
        }
        let header = self.buffer[self.start..].first_chunk().expect("filled");
        let len = self.headers.length(header, offset)?;
        let fits = usize::try_from(len).ok().and_then(|len| len.checked_add(HEADER + FOOTER));
        let Some(total) = fits.filter(|_| len <= self.limit) else {
            return Err(RecordError::TooLong { offset, len, limit: self.limit });
        };
        let behind = offset.checked_add(total as u64);
        if behind.is_none_or(|behind| behind > self.file_end) || !self.fill(total)? {
            return Ok(None);
        }
        let record = self.start..self.start + total;
        self.start += total;
        self.offset += total as u64;
        let (payload, footer) = self.buffer[record][HEADER..].split_at(total - HEADER - FOOTER);
        let (got, want) = (MaskedCrc::of(payload), masked(footer));
        if got != want {
            return Err(RecordError::DataChecksum { offset, got, want });
        }
        Ok(Some(payload))
    }

    /// Reads until `need` bytes are there; false if the source ends before.
    ///
    /// The buffer grows with what was really read, never to what a length promises.
    #[inline]
    fn fill(&mut self, need: usize) -> Result<bool, RecordError> {
        if self.end - self.start >= need { Ok(true) } else { self.read(need) }
    }

    #[cold]
    fn read(&mut self, need: usize) -> Result<bool, RecordError> {
        while self.end - self.start < need {
            if self.start > 0 && self.start + need > self.buffer.len() {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            }
            if self.end == self.buffer.len() {
                // What the file is known to hold may be reserved, of anything else twice what came.
                let known = self.file_end < u64::MAX;
                let size = if known { need } else { 2 * self.buffer.len() };
                let left = usize::try_from(self.file_end - self.offset).unwrap_or(usize::MAX);
                self.buffer.resize(size.max(FIRST_BUFFER.min(left)), 0);
            }
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(RecordError::Io { offset: self.offset, source }),
            }
        }
        Ok(true)
    }
}

/// The headers seen last, so that most need no checksum: a header with the same bytes as one that
/// was right is right.
#[derive(Debug)]
struct Headers([[u8; HEADER]; Headers::KEPT]);

impl Headers {
    const KEPT: usize = 64;

    #[inline]
    fn length(&mut self, header: &[u8; HEADER], offset: u64) -> Result<u64, RecordError> {
        let length = u64::from_le_bytes(*header.first_chunk().expect("longer"));
        let known = &mut self.0[length as usize % Self::KEPT];
        if header != known {
            let (got, want) = (MaskedCrc::of(&header[..8]), masked(&header[8..]));
            if got != want {
                return Err(RecordError::LengthChecksum { offset, got, want });
            }
            *known = *header;
        }
        Ok(length)
    }
}

impl Default for Headers {
    fn default() -> Self {
        // Of length 0: something that is right, whatever is compared with it.
        let mut empty = [0; HEADER];
        empty[8..].copy_from_slice(&MaskedCrc::of(&[0; 8]).0.to_le_bytes());
        Headers([empty; Self::KEPT])
    }
}

fn masked(bytes: &[u8]) -> MaskedCrc {
    MaskedCrc(u32::from_le_bytes(bytes.try_into().expect("four bytes")))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::record::append_record;

    /// Gives out the pieces one by one, with an end of file after each.
    struct Growing(Vec<Vec<u8>>);

    impl Read for Growing {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.0.first_mut() else { return Ok(0) };
            if piece.is_empty() {
                self.0.remove(0);
                return Ok(0);
            }
            let len = piece.len().min(to.len());
            to[..len].copy_from_slice(&piece[..len]);
            piece.drain(..len);
            Ok(len)
        }
    }

    fn three_records() -> Vec<u8> {
        let mut file = Vec::new();
        for payload in [&b"first"[..], b"", &[7; 300]] {
            append_record(&mut file, payload);
        }
        file
    }

    #[test]
    fn resumes_at_every_truncation_point() {
        let file = three_records();
        for cut in 0..=file.len() {
            let growing = Growing(vec![file[..cut].to_vec(), file[cut..].to_vec()]);
            let mut reader = RecordReader::new(growing);
            let (mut lengths, mut ends) = (Vec::new(), 0);
            while ends < 3 {
                match reader.next_record().unwrap() {
                    Some(payload) => lengths.push(payload.len()),
                    None => ends += 1,
                }
            }
            assert_eq!(lengths, [5, 0, 300], "cut at byte {cut}");
            assert_eq!(reader.offset(), file.len() as u64);
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_an_error_or_an_end_and_never_a_wrong_record() {
        let file = three_records();
        let payloads: [&[u8]; 3] = [b"first", b"", &[7; 300]];
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let mut reader = RecordReader::new(&damaged[..]);
            let mut errors = 0;
            loop {
                match reader.next_record() {
                    Ok(Some(payload)) => assert!(payloads.contains(&payload)),
                    Ok(None) => break,
                    Err(error) => {
                        errors += 1;
                        if !error.is_recoverable() {
                            break;
                        }
                    }
                }
            }
            assert_eq!(errors, 1, "bit {bit}");
        }
    }

    #[test]
    fn a_crafted_length_is_an_error_not_an_allocation() {
        for len in [1_u64 << 60, u64::MAX, u64::MAX - 4, MAX_RECORD_LEN + 1] {
            let mut file = len.to_le_bytes().to_vec();
            file.extend(MaskedCrc::of(&len.to_le_bytes()).0.to_le_bytes());
            let mut reader = RecordReader::new(&file[..]);
            let error = reader.next_record().unwrap_err();
            assert!(matches!(error, RecordError::TooLong { offset: 0, .. }), "{error}");
            assert!(reader.buffer.len() <= FIRST_BUFFER);
        }
    }

    #[test]
    fn a_promised_gigabyte_that_is_not_there_reserves_nothing() {
        let len = MAX_RECORD_LEN.to_le_bytes();
        let mut file = len.to_vec();
        file.extend(MaskedCrc::of(&len).0.to_le_bytes());
        file.extend([0; 1000]);
        let mut reader = RecordReader::new(&file[..]);
        assert!(reader.next_record().unwrap().is_none());
        assert!(reader.buffer.len() <= FIRST_BUFFER);
    }

    #[test]
    fn a_damaged_payload_does_not_hide_the_next_record() {
        let mut file = three_records();
        file[12] ^= 1; // in "first"
        let mut reader = RecordReader::new(&file[..]);
        let error = reader.next_record().unwrap_err();
        assert!(error.to_string().starts_with("record at byte 0: data checksum mismatch"));
        assert_eq!(reader.next_record().unwrap(), Some(&b""[..]));
        assert_eq!(reader.next_record().unwrap(), Some(&[7; 300][..]));
    }
}
