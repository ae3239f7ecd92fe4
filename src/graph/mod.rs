//! The static dataflow graph: named, shaped nodes, recorded once, differentiated symbolically.
//!
//! A [`GraphBuilder`] records nodes in the order in which they could be computed; every builder
//! method checks shapes at once and names the node that does not fit. [`GraphBuilder::gradients`]
//! appends the backward pass as ordinary nodes (scope `gradients/`). [`GraphBuilder::finish`]
//! gives the immutable [`Graph`], which `exec` compiles into plans and `trainer` describes to
//! TensorBoard; this module knows of neither.
//!
//! ```
//! use runboard::graph::{Dim, GraphBuilder};
//!
//! let mut g = GraphBuilder::new();
//! let x = g.placeholder("x", [Dim::Batch, Dim::Known(2)])?;
//! let w = g.constant("w", [2, 1], vec![0.5, -1.0])?;
//! let y = g.matmul(x, w)?; // [batch, 1]
//! let graph = g.finish();
//! assert_eq!(graph[y].name(), "MatMul");
//! assert_eq!(graph[y].shape().to_string(), "[batch, 1]");
//! # Ok::<(), runboard::graph::GraphError>(())
//! ```

mod autodiff;
mod builder;
mod error;
mod initializer;
mod node;
pub mod ops;
mod scope;
mod shape;

pub use builder::{Graph, GraphBuilder};
pub use error::GraphError;
pub use initializer::Initializer;
pub use node::{Attribute, DType, Node, NodeId};
pub use ops::Op;
pub use shape::{Dim, Shape};
