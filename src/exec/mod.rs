//! Computes graphs: a [`Session`] holds the variables, a [`Plan`] is a compiled run.

mod error;
#[cfg(test)]
mod golden_ops;
#[cfg(test)]
mod gradient_check;
mod initialize;
mod kernels;
#[cfg(test)]
mod matmul_check;
mod mode;
mod orthonormal;
mod plan;
mod session;

pub use error::ExecError;
pub use mode::Mode;
pub use plan::Plan;
pub use session::Session;
