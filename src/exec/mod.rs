//! Computes graphs: a [`Session`] holds the variables, a [`Plan`] is a compiled run.

#[cfg(test)]
mod bad_images;
#[cfg(test)]
mod chain_check;
#[cfg(test)]
mod conv_check;
mod error;
#[cfg(test)]
mod golden_images;
#[cfg(test)]
mod golden_ops;
#[cfg(test)]
mod gradient_check;
#[cfg(test)]
mod image_check;
mod initialize;
mod kernels;
#[cfg(test)]
mod matmul_check;
mod mode;
mod not_finite;
#[cfg(test)]
mod numbers;
mod orthonormal;
mod plan;
#[cfg(test)]
mod pooling_check;
mod session;

pub use error::ExecError;
pub use mode::Mode;
pub use not_finite::{NotFinite, Origin};
pub use plan::{Plan, Timing};
pub use session::Session;
