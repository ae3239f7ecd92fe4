//! Shapes whose batch dimension may be left open until a plan is compiled.

use std::fmt;

/// One dimension of a [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// A size known when the graph is recorded.
    Known(usize),
    /// The batch: the same number everywhere in one plan, `?` in TensorBoard.
    Batch,
}

impl From<usize> for Dim {
    fn from(size: usize) -> Self {
        Dim::Known(size)
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dim::Known(size) => write!(f, "{size}"),
            Dim::Batch => f.write_str("batch"),
        }
    }
}

/// The dimensions of a node's value, outermost first; row major in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Shape(Vec<Dim>);

impl Shape {
    /// Returns the shape of a single number, `[]`.
    pub fn scalar() -> Self {
        Self::default()
    }

    /// Returns the dimensions, outermost first.
    pub fn dims(&self) -> &[Dim] {
        &self.0
    }

    /// Returns the number of dimensions.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Returns the sizes once the batch is `batch` rows.
    pub fn with_batch(&self, batch: usize) -> Vec<usize> {
        let size = |dim: &Dim| match dim {
            Dim::Known(size) => *size,
            Dim::Batch => batch,
        };
        self.0.iter().map(size).collect()
    }

    /// Returns the sizes, or `None` if the batch is among them.
    pub fn known(&self) -> Option<Vec<usize>> {
        let size = |dim: &Dim| match dim {
            Dim::Known(size) => Some(*size),
            Dim::Batch => None,
        };
        self.0.iter().map(size).collect()
    }

    /// Returns the shape both broadcast to by NumPy's rule, or `None` where they do not fit.
    ///
    /// Aligned at the last dimension; a dimension of 1 or an absent one is repeated.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let mut dims = Vec::with_capacity(rank);
        for axis in 0..rank {
            let a = self.aligned(axis, rank);
            let b = other.aligned(axis, rank);
            dims.push(match (a, b) {
                (a, b) if a == b => a,
                (Dim::Known(1), b) => b,
                (a, Dim::Known(1)) => a,
                _ => return None,
            });
        }
        Some(Shape(dims))
    }

    /// The dimension at `axis` of this shape padded on the left with ones to `rank`.
    pub(crate) fn aligned(&self, axis: usize, rank: usize) -> Dim {
        let missing = rank - self.rank();
        if axis < missing { Dim::Known(1) } else { self.0[axis - missing] }
    }
}

impl<D: Into<Dim>, const N: usize> From<[D; N]> for Shape {
    fn from(dims: [D; N]) -> Self {
        Shape(dims.into_iter().map(Into::into).collect())
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        Shape(dims.iter().map(|&size| Dim::Known(size)).collect())
    }
}

impl From<Vec<Dim>> for Shape {
    fn from(dims: Vec<Dim>) -> Self {
        Shape(dims)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, dim) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{dim}")?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_repeats_ones_and_absent_dimensions() {
        let batch = Shape::from([Dim::Batch, Dim::Known(3)]);
        assert_eq!(batch.broadcast(&Shape::from([3])), Some(batch.clone()));
        assert_eq!(batch.broadcast(&Shape::scalar()), Some(batch.clone()));
        assert_eq!(Shape::from([4, 1]).broadcast(&Shape::from([1, 5])), Some(Shape::from([4, 5])));
    }

    #[test]
    fn broadcasting_refuses_sizes_that_differ() {
        assert_eq!(Shape::from([2]).broadcast(&Shape::from([3])), None);
        let batch = Shape::from([Dim::Batch]);
        assert_eq!(batch.broadcast(&Shape::from([4])), None, "a batch is not a known size");
    }
}
