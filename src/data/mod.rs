//! Data sets: labelled images, split into training, validation and test.
//!
//! [`DATASETS`] lists them by name, [`load`] reads one from a [`DataHome`], with the feature `cli`
//! `fetch` gets it there. Files count by their SHA-256 alone, wherever they are from, and are kept
//! unpacked: reading and hashing MNIST takes half as long as inflating it.

mod catalog;
mod checksum;
mod error;
mod examples;
#[cfg(feature = "cli")]
mod fetch;
mod home;
mod idx;
mod idx_error;
mod load;
mod status;

pub use catalog::{DATASETS, DatasetInfo, FileInfo, Pair};
pub use checksum::Checksum;
pub use error::DataError;
pub use examples::{Dataset, Examples};
#[cfg(feature = "cli")]
pub use fetch::{FetchError, FetchEvent, Fetched, Tried, fetch};
pub use home::{DATA_VARIABLE, DataHome};
pub use idx_error::IdxError;
pub use load::{find, load};
pub use status::{FileState, other_data_set, status};
