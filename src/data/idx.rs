//! idx files, MNIST's format: a magic number, sizes (big-endian u32), then bytes.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::IdxError;

/// Magic numbers: unsigned bytes (8) in so many dimensions.
const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;

/// What is reserved before the first byte has come, at most: a first line can lie.
const RESERVED: u64 = 64 << 20;

/// Returns what is in a file that may be gzip.
///
/// # Errors
/// If the first bytes cannot be read.
pub(super) fn unpacked<'a>(file: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut file = BufReader::with_capacity(128 << 10, file);
    // No idx file begins like this: its first two bytes are 0.
    let is_gzip = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// An idx file that has been read up to its first item.
///
/// Items are read in parts, so that a split needs no copy.
pub(super) struct IdxReader<R> {
    inner: R,
    /// Bytes before the first item.
    head: u64,
    count: u32,
    image_size: (u32, u32),
    position: u64,
}

impl<R: Read> IdxReader<R> {
    /// Reads the head of a file of images.
    pub(super) fn images(inner: R) -> Result<Self, IdxError> {
        let mut reader = IdxReader { inner, head: 16, count: 0, image_size: (0, 0), position: 0 };
        reader.count = reader.count_behind(IMAGES)?;
        reader.image_size = (reader.number()?, reader.number()?);
        Ok(reader)
    }

    /// Reads the head of a file of labels.
    pub(super) fn labels(inner: R) -> Result<Self, IdxError> {
        let mut reader = IdxReader { inner, head: 8, count: 0, image_size: (1, 1), position: 0 };
        reader.count = reader.count_behind(LABELS)?;
        Ok(reader)
    }

    /// Checks the number of items, before anything is reserved for them.
    pub(super) fn counting(self, want: u32) -> Result<Self, IdxError> {
        match self.count {
            got if got == want => Ok(self),
            got => Err(IdxError::Count { got, want }),
        }
    }

    /// Checks the height and width of the images.
    pub(super) fn sized(self, want: (u32, u32)) -> Result<Self, IdxError> {
        match self.image_size {
            got if got == want => Ok(self),
            got => Err(IdxError::ImageSize { got, want }),
        }
    }

    /// Reads the next `items` images or labels.
    pub(super) fn read(&mut self, items: u32) -> Result<Vec<u8>, IdxError> {
        let want = u64::from(items).saturating_mul(self.item_len());
        let mut bytes = Vec::with_capacity(want.min(RESERVED) as usize);
        let got = self.inner.by_ref().take(want).read_to_end(&mut bytes)? as u64;
        self.position += got;
        if got < want {
            return Err(IdxError::Truncated { got: self.position, want: self.len() });
        }
        Ok(bytes)
    }

    /// Makes sure that nothing is left.
    pub(super) fn finish(mut self) -> Result<(), IdxError> {
        match self.inner.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(IdxError::Trailing { want: self.len() }),
        }
    }

    fn item_len(&self) -> u64 {
        u64::from(self.image_size.0) * u64::from(self.image_size.1)
    }

    /// Bytes of the whole file, as its head has it.
    fn len(&self) -> u64 {
        u64::from(self.count).saturating_mul(self.item_len()).saturating_add(self.head)
    }

    fn count_behind(&mut self, want: u32) -> Result<u32, IdxError> {
        match self.number()? {
            got if got == want => self.number(),
            got => Err(IdxError::Magic { got, want }),
        }
    }

    fn number(&mut self) -> Result<u32, IdxError> {
        let mut bytes = Vec::with_capacity(4);
        self.inner.by_ref().take(4).read_to_end(&mut bytes)?;
        self.position += bytes.len() as u64;
        match bytes.try_into() {
            Ok(bytes) => Ok(u32::from_be_bytes(bytes)),
            Err(_) => Err(IdxError::Truncated { got: self.position, want: self.head }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Two images of 1 x 3, written out by hand from the format's page: magic number 0x00000803,
    /// then the sizes.
    const TWO: &[u8] = b"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03\x01\x02\x03\xfd\xfe\xff";
    const THREE_LABELS: &[u8] = b"\0\0\x08\x01\0\0\0\x03\x07\x00\x09";

    fn images(bytes: &[u8]) -> Result<Vec<u8>, IdxError> {
        let mut reader = IdxReader::images(unpacked(bytes)?)?.counting(2)?.sized((1, 3))?;
        let items = reader.read(2)?;
        reader.finish()?;
        Ok(items)
    }

    fn error(bytes: &[u8]) -> String {
        images(bytes).unwrap_err().to_string()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn images_are_read_plain_and_gzipped() {
        assert_eq!(images(TWO).unwrap(), [1, 2, 3, 253, 254, 255]);
        assert_eq!(images(&gzip(TWO)).unwrap(), [1, 2, 3, 253, 254, 255]);
    }

    #[test]
    fn items_are_read_in_parts() {
        let mut reader = IdxReader::labels(THREE_LABELS).unwrap().counting(3).unwrap();
        assert_eq!(reader.read(1).unwrap(), [7]);
        assert_eq!(reader.read(2).unwrap(), [0, 9]);
        reader.finish().unwrap();
    }

    #[test]
    fn a_file_cut_anywhere_is_truncated() {
        for len in 0..TWO.len() {
            let want = if len < 16 { 16 } else { 22 };
            assert_eq!(error(&TWO[..len]), format!("truncated: got {len} bytes, want {want}"));
        }
    }

    #[test]
    fn a_gzip_cut_anywhere_is_damaged_and_not_shorter() {
        let packed = gzip(TWO);
        for len in 2..packed.len() {
            let error = error(&packed[..len]);
            assert!(error.starts_with("damaged gzip: "), "{len} bytes: {error}");
        }
    }

    #[test]
    fn a_gzip_that_does_not_fit_its_own_checksum_is_damaged() {
        let mut packed = gzip(TWO);
        let checksum = packed.len() - 8; // CRC-32 and length are the last eight bytes: RFC 1952
        packed[checksum] ^= 1;
        assert!(error(&packed).starts_with("damaged gzip: "), "{}", error(&packed));
    }

    #[test]
    fn another_kind_of_file_is_told_by_its_magic_number() {
        let html = b"<!DOCTYPE html><html></html>";
        let want = "not the idx file expected: got magic number 1008813135, want 2051";
        assert_eq!(error(html), want); // 0x3c21444f
        let want = "not the idx file expected: got magic number 2049, want 2051";
        assert_eq!(error(THREE_LABELS), want);
    }

    #[test]
    fn other_sizes_than_those_wanted_are_errors() {
        let changed = |at: usize, to: u8| {
            let mut bytes = TWO.to_vec();
            bytes[at] = to;
            error(&bytes)
        };
        assert_eq!(changed(7, 3), "wrong count: got 3, want 2");
        assert_eq!(changed(11, 2), "wrong size of images: got 2 x 3, want 1 x 3");
        assert_eq!(changed(15, 28), "wrong size of images: got 1 x 28, want 1 x 3");
    }

    #[test]
    fn bytes_behind_the_end_are_an_error() {
        let want = "bytes behind the end: got more than 22 bytes, want 22";
        assert_eq!(error(&[TWO, b"\0"].concat()), want);
        assert_eq!(error(&gzip(&[TWO, b"\0"].concat())), want);
        assert!(error(&[&gzip(TWO)[..], b"no gzip"].concat()).starts_with("damaged gzip: "));
    }

    #[test]
    fn a_crafted_size_is_an_error_and_not_an_allocation() {
        let head = [&[0, 0, 8, 3], &[0xff; 12][..]].concat();
        assert_eq!(error(&head), "wrong count: got 4294967295, want 2");
        // Even unchecked it takes what a first line may cost, 64 MiB, and no more.
        let mut reader = IdxReader::images(&head[..]).unwrap();
        let error = reader.read(u32::MAX).unwrap_err().to_string();
        assert_eq!(error, format!("truncated: got 16 bytes, want {}", u64::MAX));
    }
}
