//! A TensorBoard-compatible experiment tracker with a bundled trainer.

pub mod event;
pub mod logdir;
pub mod record;
pub mod summary;
pub mod types;

#[allow(missing_docs, unreachable_pub, clippy::all, unused_mut, mismatched_lifetime_syntaxes)]
#[allow(non_snake_case)]
pub mod proto;

#[cfg(feature = "trainer")]
pub mod data;
#[cfg(feature = "trainer")]
pub mod exec;
#[cfg(feature = "trainer")]
pub mod experiments;
#[cfg(feature = "trainer")]
pub mod graph;
#[cfg(feature = "trainer")]
pub mod nn;
#[cfg(feature = "trainer")]
pub mod trainer;

#[cfg(feature = "cli")]
pub mod cli;
