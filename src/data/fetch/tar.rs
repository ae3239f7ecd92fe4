//! tar archives, as far as npm's packages need it.

use std::io::{self, Read};

/// A file of an archive: a header, the bytes, filled up to blocks of 512.
const BLOCK: u64 = 512;

/// Calls `visit` with the name of each file of an archive and its bytes, which need not be read.
///
/// Names of more than 100 bytes, which archives keep elsewhere, are seen cut.
///
/// # Errors
/// If the archive is damaged or cut, cannot be read, or `visit` fails.
pub(super) fn walk<E: From<io::Error>>(
    mut archive: impl Read,
    mut visit: impl FnMut(&str, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut header = [0; BLOCK as usize];
    loop {
        archive.read_exact(&mut header)?;
        // POSIX ustar: an archive ends with blocks of zeros.
        if header.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let name = &header[..100];
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let size = octal(&header[124..136]).filter(|_| checksum_holds(&header));
        let size = size.ok_or_else(|| io::Error::other("damaged tar header"))?;
        let mut content = archive.by_ref().take(size);
        // Regular files are of type 0, or of none in old archives.
        if matches!(header[156], b'0' | 0) {
            visit(&String::from_utf8_lossy(name), &mut content)?;
        }
        let rest = content.limit() + (BLOCK - size % BLOCK) % BLOCK;
        let skipped = io::copy(&mut archive.by_ref().take(rest), &mut io::sink())?;
        if skipped < rest {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    u64::from_str_radix(text.trim_matches([' ', '\0']), 8).ok()
}

/// The sum of the header's bytes, its own field counted as spaces.
fn checksum_holds(header: &[u8]) -> bool {
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = header[148..156].iter().map(|byte| u64::from(*byte)).sum();
    octal(&header[148..156]) == Some(sum - own + 8 * u64::from(b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GNU tar 1.34's archive, `tar --format=pax --mtime=@0.5 -c package | gzip -9`, of a directory
    /// with `data/long` (600 times `a`), `data/끝` (`last`), `empty` and `package.json` (`{}`): the
    /// half second makes it write extended headers, as npm's archives may have them.
    const ARCHIVE: &[u8] =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xd9\x4d\x6e\x82\x40\x1c\x05\xf0\x59\x7b\x0a\
         \x4e\x80\xf3\x9f\x2f\x60\xe1\xbe\xcb\x5e\x61\xa2\xc4\x7e\xa8\x10\x99\x26\x36\x4d\x17\x3d\
         \x48\x4f\xd8\x4b\x14\x89\x35\x16\x5b\x2b\x09\x0e\x52\xde\x6f\x83\x82\x09\x31\xe3\x7b\x33\
         \x8c\xe1\xf8\xd6\x6e\x6e\x52\x3b\x4b\xd7\xc5\x38\xb7\xd3\x47\x3b\x4f\x59\xcb\x78\xc9\x28\
         \x55\x1d\x4b\xf5\x23\x27\xa2\xfd\xeb\xea\x3c\x91\x56\x9a\x05\x1b\xe6\xc1\x53\xe1\xec\xba\
         \xbc\x3d\x1b\x26\x92\xc1\xd2\xdd\x2f\xd3\x09\x0f\xf5\x48\xf2\xc0\x56\x6f\x28\x4a\xb4\x51\
         \x26\x49\xe2\x30\x8e\x4d\x2c\x12\x45\x66\x7b\x75\x7a\x74\x35\xd1\xc2\x94\x83\x25\x47\x0c\
         \xfa\x68\x17\xf9\xf1\x25\xef\xb1\x0d\x75\xa4\xf5\xaf\xf9\x3f\x7a\x4d\x42\x11\x67\x81\xf6\
         \x99\xff\x75\x96\xb9\x53\x9f\xfb\xeb\x7a\xfd\xcb\xf5\x6c\xfc\x0f\x66\x81\x99\x75\xb6\xe3\
         \xfe\x17\x52\x10\xfa\x1f\xfd\x0f\xbe\xf2\xbf\x0d\xfd\xa5\x26\x81\xe6\xfd\x2f\xab\xfc\xa3\
         \xff\x3d\x8f\xff\xc1\x24\xb0\xc8\x56\xf3\xee\xfa\x5f\x0a\xc3\xd1\xff\xd7\xd1\xff\x09\x47\
         \xff\x0f\xa4\xff\xdb\x0c\xfd\xf9\xf9\x27\x92\xf5\xfe\x57\x14\x19\x16\x70\x9f\xf9\x1f\x68\
         \xff\x5b\x80\x0b\x40\xb3\xf6\x7b\xfd\xf7\xf1\xf6\xee\xef\xf9\x5f\x89\xfa\xfa\x4f\x11\xf6\
         \x7f\xbd\x10\x3a\xc8\xad\xbb\x9b\x7c\xfb\x1d\x94\x83\x3f\x3a\x63\x61\xf8\xb5\xf4\xc3\xc2\
         \xf0\x9f\xe4\xbf\xcd\xd0\x37\xc8\x3f\xe7\xaa\xbe\xfe\x2b\x1f\x00\xb1\xfe\xf3\x61\x61\x0b\
         \x87\x14\x20\xff\x07\x53\x7f\xba\xcc\xdd\xb3\xcf\xfc\xff\xb0\xff\xaf\x95\xc1\xfc\x7f\x25\
         \xfb\x3f\x98\xe6\x07\x90\xff\xd6\x43\xdf\x68\xfe\x3f\xda\xff\x57\x3a\xc2\xfc\xdf\x51\xff\
         \xef\x4e\x85\x0f\x45\xb6\xea\xa8\xff\x65\xa4\x25\xfa\xff\x3a\xfa\xff\xf4\xff\xbf\xfb\xab\
         \xa8\xd2\x5e\xf7\x7f\xeb\xa1\x6f\xd4\xff\xf5\xfd\x1f\x65\x0c\x9e\xff\xbc\x78\x79\x45\x06\
         \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xfa\xe8\x13\x8d\
         \x19\x0c\x7f\x00\x50\x00\x00";

    fn archive() -> Vec<u8> {
        let mut archive = Vec::new();
        flate2::read::GzDecoder::new(ARCHIVE).read_to_end(&mut archive).unwrap();
        archive
    }

    fn files(archive: &[u8]) -> io::Result<Vec<(String, String)>> {
        let mut files = Vec::new();
        walk(archive, |name, bytes| -> io::Result<()> {
            let mut content = String::new();
            bytes.read_to_string(&mut content)?;
            files.push((name.to_owned(), content));
            Ok(())
        })?;
        Ok(files)
    }

    #[test]
    fn files_are_walked_and_what_else_an_archive_has_is_not() {
        let long = "a".repeat(600);
        let want = [
            ("package/data/long", &*long),
            ("package/data/끝", "last"),
            ("package/empty", ""),
            ("package/package.json", "{}"),
        ];
        let want = want.map(|(name, content)| (name.to_owned(), content.to_owned()));
        assert_eq!(files(&archive()).unwrap(), want);
    }

    #[test]
    fn what_is_not_read_is_skipped() {
        let mut names = Vec::new();
        walk(&archive()[..], |name, bytes| -> io::Result<()> {
            names.push(name.len());
            bytes.read_exact(&mut [0; 1]).or(Ok(()))
        })
        .unwrap();
        assert_eq!(names, [17, 16, 13, 20]);
    }

    #[test]
    fn a_cut_or_damaged_archive_is_an_error() {
        let archive = archive();
        for len in (0..archive.len() - 9 * 512).step_by(100) {
            assert!(
                files(&archive[..len]).is_err() || archive[len..].iter().all(|b| *b == 0),
                "{len}"
            );
        }
        let mut damaged = archive;
        damaged[130] ^= 1; // the size of the first file
        assert_eq!(files(&damaged).unwrap_err().to_string(), "damaged tar header");
    }
}
