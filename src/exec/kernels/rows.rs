//! Functions of a whole row: softmax, its cross-entropy, and the place of the largest element.

use super::functions::{exp, log};
use super::instruction::{RowFunction, Rows};
use super::lanes::{Isa, Kernel, LANES, Lanes};
use super::part::Part;
use super::{Memory, load, store};

/// A function of the rows that are one part's.
pub(super) struct OfRows<'a> {
    pub(super) rows: &'a Rows,
    pub(super) memory: Memory,
    pub(super) part: Part<'a>,
}

impl Kernel for OfRows<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        let OfRows { rows, memory, part } = self;
        let (x, columns) = (memory.slot(rows.x).cast_const(), rows.columns);
        let labels = rows.labels.map_or(x, |labels| memory.slot(labels).cast_const());
        let out = memory.slot(rows.out);
        for row in part.share_of_batch(rows.rows) {
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
        let larger = |a: f32, b: f32| if a > b || a.is_nan() { a } else { b };
        let [a, b, c, d, e, f, g, h] = max.0;
        larger(larger(larger(a, e), larger(c, g)), larger(larger(b, f), larger(d, h)))
    }

    /// The sum of `e^(x - max)`, each of which is passed to `each` with where it begins.
    #[inline(always)]
    unsafe fn sum_of_exp<I: Isa>(&self, max: f32, each: impl Fn(usize, Lanes)) -> f32 {
        let mut sum = Lanes::ZERO;
        for start in (0..self.columns).step_by(LANES) {
            // SAFETY: see `lanes`.
            let x = unsafe { self.lanes(self.x, start, f32::NEG_INFINITY) };
            let exp = x.map(|x| exp::<I>(x - max));
            each(start, exp);
            sum = sum.zip(exp, |a, b| a + b);
        }
        sum.sum()
    }

    /// Reads lanes from `start` on, none of them beyond the row: it may be another part's.
    ///
    /// # Safety
    /// The row exists.
    #[inline(always)]
    unsafe fn read(&self, out: *const f32, start: usize) -> Lanes {
        let left = self.columns - start;
        // SAFETY: the caller's.
        unsafe {
            if left >= LANES {
                return load(out.add(start));
            }
            let mut lanes = Lanes::ZERO;
            (0..left).for_each(|i| lanes.0[i] = *out.add(start + i));
            lanes
        }
    }

    /// Writes lanes from `start` on, none of them beyond the row.
    ///
    /// # Safety
    /// The row exists.
    #[inline(always)]
    unsafe fn write(&self, lanes: Lanes, start: usize, out: *mut f32) {
        let left = self.columns - start;
        // SAFETY: the caller's.
        unsafe {
            if left >= LANES {
                store(out.add(start), lanes);
            } else {
                (0..left).for_each(|i| *out.add(start + i) = lanes.0[i]);
            }
        }
    }

    /// `e^(x - max) / sum`, less the labels if these are asked for.
    #[inline(always)]
    unsafe fn softmax<I: Isa>(&self, out: *mut f32, less_labels: bool) {
        // SAFETY: see `lanes`; only the row itself is written.
        unsafe {
            let sum = self.sum_of_exp::<I>(self.max(), |start, exp| self.write(exp, start, out));
            let scale = 1.0 / sum;
            for start in (0..self.columns).step_by(LANES) {
                let mut y = self.read(out, start).map(|exp| exp * scale);
                if less_labels {
                    y = y.zip(self.lanes(self.labels, start, 0.0), |y, label| y - label);
                }
                self.write(y, start, out);
            }
        }
    }

    /// `sum(labels * (log(sum(e^(x - max))) - (x - max)))`
    #[inline(always)]
    unsafe fn cross_entropy<I: Isa>(&self) -> f32 {
        // SAFETY: see `lanes`.
        unsafe {
            let max = self.max();
            let log_sum = log::<I>(self.sum_of_exp::<I>(max, |_, _| {}));
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
