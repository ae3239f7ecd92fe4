//! Ours and the outside world: real TensorBoard, TensorFlow, torch, tensorboardX and a real browser.
//!
//! These tests are ignored, for they need what `.ci/run` installs; it runs them. To run one by hand:
//!
//! ```text
//! RUNBOARD_PYTHON=venv/bin/python RUNBOARD_CHROMIUM=chromium cargo test --test interop -- --ignored
//! ```
//!
//! where `venv` has tensorboard >= 2.21, tensorboardX, tensorflow-cpu and torch.

mod classifiers;
mod convnets;
mod ensembles;
mod experiments;
mod launcher;
mod peers_read;
mod peers_write;
mod pictures;
mod resume;
mod screens;
mod shown;
mod sweep;
mod tbcheck;
mod tools;
