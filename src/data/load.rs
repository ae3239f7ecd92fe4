//! Data sets from files, every byte checked.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::catalog::{DatasetInfo, FileInfo, Origin, Pair};
use super::checksum::Hashed;
use super::idx::{IdxReader, unpacked};
use super::{DATASETS, DataError, DataHome, Dataset, Examples, IdxError};

/// Returns what is known of the data set of a name.
///
/// # Errors
/// [`DataError::Unknown`] if no data set is called so.
pub fn find(name: &str) -> Result<&'static DatasetInfo, DataError> {
    let known = DATASETS.iter().find(|known| known.name == name);
    known.ok_or_else(|| DataError::Unknown { name: name.to_owned() })
}

/// Loads a data set: from the library itself, or from the four idx files, plain or .gz.
///
/// Every file's SHA-256 must be that of the data set. Nothing is fetched.
///
/// ```
/// use runboard::data::{self, DataHome};
///
/// let digits = data::load("mnist_sample", &DataHome::of_user())?;
/// assert_eq!(digits.train.len(), 300);
/// assert_eq!(digits.train.image_size(), (28, 28));
/// assert_eq!(digits.test.labels()[..5], [7, 6, 3, 4, 2]);
/// # Ok::<(), data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotThere`] if files are missing and could be fetched, [`DataError::File`] if one
/// is not what it should be.
pub fn load(name: &str, home: &DataHome) -> Result<Dataset, DataError> {
    load_info(find(name)?, home)
}

/// Loads a data set, perhaps one that is not in the catalog.
pub(super) fn load_info(info: &'static DatasetInfo, home: &DataHome) -> Result<Dataset, DataError> {
    let [train_images, train_labels, test_images, test_labels] = match info.origin {
        Origin::BuiltIn(files) => files.map(Source::BuiltIn),
        Origin::Fetched { .. } => sources(info, home)?,
    };
    let DatasetInfo { train_files, test_files, .. } = info;
    let [validation, train] =
        examples(info, train_files, [train_images, train_labels], [info.validation, info.train])?;
    let [test] = examples(info, test_files, [test_images, test_labels], [info.test])?;
    Ok(Dataset { train, validation, test, classes: info.classes })
}

/// Where the bytes of a file are.
enum Source {
    BuiltIn(&'static [u8]),
    File(PathBuf, File),
}

fn sources(info: &'static DatasetInfo, home: &DataHome) -> Result<[Source; 4], DataError> {
    let mut missing = Vec::new();
    let mut found = Vec::new();
    for file in info.files() {
        match open(info, file, home)? {
            Some((path, open)) => found.push(Source::File(path, open)),
            None => missing.push(file.name),
        }
    }
    let dir = home.dir(info.name);
    found.try_into().map_err(|_| DataError::NotThere { name: info.name, dir, missing })
}

/// Opens the first of a file's places that there is.
pub(super) fn open(
    info: &DatasetInfo,
    file: &FileInfo,
    home: &DataHome,
) -> Result<Option<(PathBuf, File)>, DataError> {
    for path in home.places(info.name, file.name) {
        match File::open(&path) {
            Ok(open) => return Ok(Some((path, open))),
            Err(error) if is_absence(&error) => {}
            Err(error) => return Err(DataError::File { path, error: IdxError::Io(error) }),
        }
    }
    Ok(None)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Reads images and labels, split into parts of so many examples.
fn examples<const PARTS: usize>(
    info: &DatasetInfo,
    files: &Pair,
    [images, labels]: [Source; 2],
    parts: [u32; PARTS],
) -> Result<[Examples; PARTS], DataError> {
    let (rows, columns) = info.image_size;
    let images = images.read(&files.images, |bytes| {
        let reader = IdxReader::images(bytes)?.sized(info.image_size)?;
        in_parts(reader, parts)
    })?;
    let labels = labels.read(&files.labels, |bytes| {
        let labels = in_parts(IdxReader::labels(bytes)?, parts)?;
        check_labels(&labels, info.classes)?;
        Ok(labels)
    })?;
    let mut labels = labels.into_iter();
    Ok(images.map(|pixels| {
        let labels = labels.next().expect("as many parts as of images");
        Examples::new(rows as usize, columns as usize, pixels, labels)
    }))
}

fn in_parts<const PARTS: usize>(
    reader: IdxReader<impl Read>,
    parts: [u32; PARTS],
) -> Result<[Vec<u8>; PARTS], IdxError> {
    let mut reader = reader.counting(parts.iter().sum())?;
    let mut read = [const { Vec::new() }; PARTS];
    for (part, items) in read.iter_mut().zip(parts) {
        *part = reader.read(items)?;
    }
    reader.finish()?;
    Ok(read)
}

fn check_labels(parts: &[Vec<u8>], classes: usize) -> Result<(), IdxError> {
    let labels = parts.iter().flatten().copied();
    match labels.enumerate().find(|&(_, label)| usize::from(label) >= classes) {
        None => Ok(()),
        Some((index, got)) => Err(IdxError::Label { index, got, classes }),
    }
}

impl Source {
    /// Reads a file with `parse`, to its end, and compares its checksum.
    fn read<T>(
        self,
        file: &FileInfo,
        parse: impl FnOnce(&mut dyn Read) -> Result<T, IdxError>,
    ) -> Result<T, DataError> {
        match self {
            Source::BuiltIn(bytes) => checked(bytes, file, parse)
                .map_err(|error| DataError::File { path: Path::new(file.name).into(), error }),
            Source::File(path, open) => {
                checked(open, file, parse).map_err(|error| DataError::File { path, error })
            }
        }
    }
}

fn checked<T>(
    bytes: impl Read,
    file: &FileInfo,
    parse: impl FnOnce(&mut dyn Read) -> Result<T, IdxError>,
) -> Result<T, IdxError> {
    let mut hashed = Hashed::new(unpacked(bytes)?);
    let parsed = parse(&mut hashed)?;
    match hashed.checksum() {
        got if got == file.sha256 => Ok(parsed),
        got => Err(IdxError::Checksum { got, want: file.sha256 }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::data::catalog::SAMPLE_OF_FILES as SAMPLE;

    const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";

    /// A home with the sample's files, unpacked.
    fn home() -> TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(SAMPLE.name)).unwrap();
        let built_in = crate::data::DATASETS.iter().find(|info| info.is_built_in()).unwrap();
        let Origin::BuiltIn(packed) = built_in.origin else { unreachable!() };
        for (file, packed) in SAMPLE.files().into_iter().zip(packed) {
            let mut bytes = Vec::new();
            unpacked(packed).unwrap().read_to_end(&mut bytes).unwrap();
            fs::write(home.path().join(SAMPLE.name).join(file.name), bytes).unwrap();
        }
        home
    }

    fn load_from(home: &TempDir) -> Result<Dataset, DataError> {
        load_info(&SAMPLE, &DataHome::at(home.path()))
    }

    /// What is said of the file of test labels once `change` has changed it.
    fn error_of(change: impl FnOnce(&mut Vec<u8>)) -> String {
        let home = home();
        let path = home.path().join(SAMPLE.name).join(TEST_LABELS);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        let error = load_from(&home).unwrap_err().to_string();
        let file = format!("`{}`: ", path.display());
        error.strip_prefix(&file).unwrap_or_else(|| panic!("{error}")).to_owned()
    }

    #[test]
    fn files_give_what_the_library_has_and_their_directory_may_be_the_home() {
        let built_in = load("mnist_sample", &DataHome::at("/no/such/directory")).unwrap();
        let home = home();
        assert_eq!(load_from(&home).unwrap(), built_in);
        let inner = DataHome::at(home.path().join(SAMPLE.name));
        assert_eq!(load_info(&SAMPLE, &inner).unwrap(), built_in);
    }

    #[test]
    fn the_first_examples_of_the_file_are_validation() {
        let sample = load("mnist_sample", &DataHome::at("")).unwrap();
        let parts = [&sample.train, &sample.validation, &sample.test];
        assert_eq!(parts.map(Examples::len), [300, 100, 100]);
        let files = home();
        let path = files.path().join(SAMPLE.name).join("train-labels-idx1-ubyte");
        let file = fs::read(path).unwrap();
        assert_eq!(sample.validation.labels(), &file[8..108]);
        assert_eq!(sample.train.labels(), &file[108..]);
        assert_eq!(sample.classes, 10);
    }

    #[test]
    fn what_is_missing_is_named() {
        let home = home();
        let dir = home.path().join(SAMPLE.name);
        fs::remove_file(dir.join(TEST_LABELS)).unwrap();
        match load_from(&home).unwrap_err() {
            DataError::NotThere { name, dir: Some(looked), missing } => {
                assert_eq!((name, looked, missing), (SAMPLE.name, dir, vec![TEST_LABELS]));
            }
            other => panic!("{other:?}"),
        }
        // A file where the directory should be is no directory.
        let file = DataHome::at(home.path().join(SAMPLE.name).join("train-labels-idx1-ubyte"));
        let error = load_info(&SAMPLE, &file).unwrap_err();
        assert!(matches!(error, DataError::NotThere { .. }), "{error}");
    }

    #[test]
    fn a_damaged_file_is_told_with_its_path_and_what_is_wrong() {
        assert_eq!(error_of(|bytes| bytes.truncate(50)), "truncated: got 50 bytes, want 108");
        assert_eq!(error_of(Vec::clear), "truncated: got 0 bytes, want 8");
        let magic = "not the idx file expected: got magic number 2051, want 2049";
        assert_eq!(error_of(|bytes| bytes[3] = 3), magic);
        assert_eq!(error_of(|bytes| bytes[7] = 101), "wrong count: got 101, want 100");
        let label = "label 40 is out of range: got 10, want less than 10";
        assert_eq!(error_of(|bytes| bytes[48] = 10), label);
        let behind = "bytes behind the end: got more than 108 bytes, want 108";
        assert_eq!(error_of(|bytes| bytes.push(0)), behind);
        let gzip = error_of(|bytes| bytes[..2].copy_from_slice(&[0x1f, 0x8b]));
        assert!(gzip.starts_with("damaged gzip: "), "{gzip}");
    }

    #[test]
    fn a_label_that_is_another_is_seen_by_the_checksum() {
        let error = error_of(|bytes| bytes[8] = 8);
        assert!(error.starts_with("SHA-256 mismatch: got "), "{error}");
        let want = SAMPLE.files()[3].sha256;
        assert!(error.ends_with(&format!(", want {want}")), "{error}");
    }

    #[test]
    fn a_file_of_another_data_set_is_told_as_such() {
        let [of_mnist, of_fashion] =
            [&DATASETS[0], &DATASETS[1]].map(|info| info.files()[1].sha256);
        let error = IdxError::Checksum { got: of_mnist, want: of_fashion }.to_string();
        assert!(error.ends_with(&format!("want {of_fashion}; it is a file of `mnist`")), "{error}");
    }

    #[test]
    fn an_unknown_name_is_told() {
        let error = load("mnst", &DataHome::at("")).unwrap_err();
        assert_eq!(error.to_string(), "unknown data set `mnst`");
    }
}
