//! A TensorBoard-compatible experiment tracker with a bundled trainer.
//!
//! Three types are met first: [`SummaryWriter`](summary::SummaryWriter) logs a run,
//! [`Logdir`](logdir::Logdir) reads runs back, and an [`Experiment`](trainer::Experiment) is
//! something to train.
//!
//! ```
//! use runboard::logdir::Logdir;
//! use runboard::summary::SummaryWriter;
//!
//! # let dir = tempfile::tempdir()?;
//! # let runs = dir.path();
//! let writer = SummaryWriter::create(runs.join("first"))?; // a directory is a run
//! for step in 0..100 {
//!     writer.add_scalar("cost", 1.0 / (1.0 + step as f64), step)?;
//! }
//! writer.close()?;
//!
//! let mut logdir = Logdir::new(runs);
//! assert!(logdir.poll().is_empty(), "nothing is damaged");
//! let first = logdir.run("first").expect("it was just written");
//! assert_eq!(first.scalar("cost").and_then(|cost| cost.last()), Some((99, &0.01)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Then `tensorboard --logdir` shows the run.
//!
//! # Features
//! - `cli` (default): the `experiment` command; implies `trainer`.
//! - `trainer`: static graphs ([`graph`]), compiled plans ([`exec`]), layers ([`nn`]), data
//!   sets ([`data`]) and the lectures' experiments ([`experiments`]).
//! - With `default-features = false` the tracker alone is built: writer and reader.
#![cfg_attr(not(feature = "trainer"), allow(rustdoc::broken_intra_doc_links))]

pub mod event;
pub mod logdir;
pub mod record;
pub mod summary;
pub mod types;

// Generated: what the generator writes is not held to the rules of what is written by hand.
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

/// The examples of README.md, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
