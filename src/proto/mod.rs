//! The messages of event files, generated: see `proto/README.md` in the repository.
//!
//! Wire-compatible with TensorFlow's and TensorBoard's protocol buffers; fields that runboard does
//! not know are skipped when reading.

mod tensorboard;

pub use tensorboard::*;
