//! Functions of a whole row: softmax, its cross-entropy, and the place of the largest element.

use super::instruction::{RowFunction, Rows};
use super::lanes::{self, Isa, LANES, Lanes};
use super::team::Part;
use super::{Memory, load};

#[inline(always)]
pub(super) fn run<I: Isa>(rows: &Rows, memory: Memory, part: Part) {
    let (x, columns) = (memory.slot(rows.x).cast_const(), rows.columns);
    let labels = rows.labels.map_or(x, |labels| memory.slot(labels).cast_const());
    let out = memory.slot(rows.out);
    for row in part.share(rows.rows, 1) {
        // SAFETY: the row exists in all of them; lanes beyond it lie in the next or the padding.
        unsafe {
            let at = row * columns;
            let row_of = Row { x: x.add(at), labels: labels.add(at), columns };
            match rows.function {
                RowFunction::Softmax => row_of.softmax::<I>(out.add(at), false),
                RowFunction::CrossEntropyGrad => row_of.softmax::<I>(out.add(at), true),
                RowFunction::CrossEntropy => *out.add(row) = row_of.cross_entropy::<I>(),
                RowFunction::ArgMax => *out.add(row) = row_of.arg_max(),
            }
        }
    }
}

struct Row {
    x: *const f32,
    labels: *const f32,
    columns: usize,
}

impl Row {
    /// Lanes from `start` on; `beyond` where the row has ended.
    ///
    /// # Safety
    /// The row exists and a lane behind it.
    #[inline(always)]
    unsafe fn lanes(&self, from: *const f32, start: usize, beyond: f32) -> Lanes {
        // SAFETY: the caller's.
        let mut lanes = unsafe { load(from.add(start)) };
        let left = self.columns - start;
        for (i, value) in lanes.0.iter_mut().enumerate() {
            *value = if i < left { *value } else { beyond };
        }
        lanes
    }

    /// The largest element; NaN if there is one.
    #[inline(always)]
    unsafe fn max(&self) -> f32 {
        let mut max = Lanes::splat(f32::NEG_INFINITY);
        for start in (0..self.columns).step_by(LANES) {
            // SAFETY: see `lanes`.
            let x = unsafe { self.lanes(self.x, start, f32::NEG_INFINITY) };
            max = max.zip(x, |a, b| if a > b || a.is_nan() { a } else { b });
        }
        max.0.into_iter().fold(f32::NEG_INFINITY, |a, b| if a > b || a.is_nan() { a } else { b })
    }

    /// The sum of `e^(x - max)`.
    #[inline(always)]
    unsafe fn sum_of_exp<I: Isa>(&self, max: f32) -> f32 {
        let mut sum = Lanes::ZERO;
        for start in (0..self.columns).step_by(LANES) {
            // SAFETY: see `lanes`.
            let x = unsafe { self.lanes(self.x, start, f32::NEG_INFINITY) };
            sum = sum.zip(x, |sum, x| sum + lanes::exp::<I>(x - max));
        }
        sum.sum()
    }

    /// `e^(x - max) / sum`, less the labels if these are asked for.
    #[inline(always)]
    unsafe fn softmax<I: Isa>(&self, out: *mut f32, less_labels: bool) {
        // SAFETY: see `lanes`; only the row itself is written.
        unsafe {
            let max = self.max();
            let scale = 1.0 / self.sum_of_exp::<I>(max);
            for start in (0..self.columns).step_by(LANES) {
                let x = self.lanes(self.x, start, f32::NEG_INFINITY);
                let mut y = x.map(|x| lanes::exp::<I>(x - max) * scale);
                if less_labels {
                    y = y.zip(self.lanes(self.labels, start, 0.0), |y, label| y - label);
                }
                let len = LANES.min(self.columns - start);
                std::ptr::copy_nonoverlapping(y.0.as_ptr(), out.add(start), len);
            }
        }
    }

    /// `sum(labels * (log(sum(e^(x - max))) - (x - max)))`
    #[inline(always)]
    unsafe fn cross_entropy<I: Isa>(&self) -> f32 {
        // SAFETY: see `lanes`.
        unsafe {
            let max = self.max();
            let log_sum = lanes::log::<I>(self.sum_of_exp::<I>(max));
            let mut loss = Lanes::ZERO;
            for start in (0..self.columns).step_by(LANES) {
                let (x, labels) =
                    (self.lanes(self.x, start, 0.0), self.lanes(self.labels, start, 0.0));
                let terms = x.zip(labels, |x, label| label * (log_sum - (x - max)));
                loss = loss.zip(terms, |a, b| a + b);
            }
            loss.sum()
        }
    }

    /// The place of the largest element, the first of equals.
    #[inline(always)]
    unsafe fn arg_max(&self) -> f32 {
        let (mut place, mut max) = (0, f32::NEG_INFINITY);
        for column in 0..self.columns {
            // SAFETY: the row exists.
            let x = unsafe { *self.x.add(column) };
            if x > max {
                (place, max) = (column, x);
            }
        }
        place as f32
    }
}
