//! Bytes as floats: what images are fed as.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};

use super::lanes::{Isa, Kernel, LINE, Portable, Registers};
use super::part::Part;
use super::prefetch;
use super::team::Team;

/// Rows that are asked for before they are scaled: shuffled images lie where nobody expects them.
const AHEAD: usize = 10;

/// Floats from which threads share the work.
const WORTH_SHARING: usize = 16 * 1024;

/// Rows of floats, each the bytes of `row` times `factor`, as far as both reach.
pub(crate) struct ScaledRows<'a, 'b, F: Fn(usize) -> &'b [u8] + Sync> {
    pub(crate) to: &'a mut [f32],
    /// Floats of a row.
    pub(crate) len: usize,
    pub(crate) row: F,
    pub(crate) factor: f32,
    /// Where the second half of a row begins, if parts are to share halves, as they do when they make
    /// lists of what they wrote.
    pub(crate) middle: Option<usize>,
}

impl<'b, F: Fn(usize) -> &'b [u8] + Sync> ScaledRows<'_, 'b, F> {
    /// Writes them, with a team if there is one and enough to do.
    pub(crate) fn write(self, team: Option<&Team>) {
        let ScaledRows { to, len, row, factor, middle } = self;
        assert!(middle.is_none_or(|middle| middle <= len), "a row has its middle");
        let floats = Floats(to.as_mut_ptr());
        let rows = to.len() / len.max(1);
        let write_columns = |share: Range<usize>, columns: Range<usize>| {
            let bytes = |place: usize| {
                let row = row(place);
                &row[columns.start.min(row.len())..columns.end.min(row.len())]
            };
            for place in share.clone() {
                if place + AHEAD < share.end {
                    bytes(place + AHEAD).chunks(64).for_each(|line| prefetch(line.as_ptr()));
                }
                let start = place * len + columns.start;
                // SAFETY: the row exists, and these columns of it are this part's alone.
                let to =
                    unsafe { std::slice::from_raw_parts_mut(floats.row(start), columns.len()) };
                scale(bytes(place), to, factor);
            }
        };
        let write = |part: Part| match middle {
            None => write_columns(part.share_of_batch(rows), 0..len),
            Some(middle) => part.of_two().for_each(|(half, part)| {
                let columns = if half == 0 { 0..middle } else { middle..len };
                write_columns(part.share(rows, LINE), columns);
            }),
        };
        let Some(team) = team.filter(|_| to.len() >= WORTH_SHARING) else {
            return write(Part::WHOLE);
        };
        // `row` is the caller's, and its panic too: a thread of a team must not unwind.
        let panic = Mutex::new(None);
        team.run(&|part: Part| {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| write(part))) {
                *panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
            }
        });
        if let Some(payload) = panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(payload);
        }
    }
}

/// Where floats are that threads write, each its own.
struct Floats(*mut f32);

// SAFETY: see above.
unsafe impl Sync for Floats {}

impl Floats {
    /// # Safety
    /// So many floats must be there.
    unsafe fn row(&self, offset: usize) -> *mut f32 {
        // SAFETY: the caller's.
        unsafe { self.0.add(offset) }
    }
}

/// Writes each byte times `factor`, as far as both reach.
fn scale(from: &[u8], to: &mut [f32], factor: f32) {
    let scale = Scale { from, to, factor };
    #[cfg(target_arch = "x86_64")]
    if super::avx2::is_there() {
        return super::avx2::Avx2::call(scale);
    }
    Portable::call(scale);
}

struct Scale<'a> {
    from: &'a [u8],
    to: &'a mut [f32],
    factor: f32,
}

impl Kernel for Scale<'_> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        for (to, &from) in self.to.iter_mut().zip(self.from) {
            *to = f32::from(from) * self.factor;
        }
    }
}
