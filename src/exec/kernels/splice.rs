//! Rows put together of pieces of other rows and of zeros.

use super::Memory;
use super::instruction::Splice;
use super::part::Part;

#[inline(always)]
pub(super) fn run(splice: &Splice, memory: Memory, part: Part) {
    let out = memory.slot(splice.out);
    let rows = part.share(splice.rows, 1);
    let mut start = 0;
    for piece in &splice.pieces {
        for row in rows.clone() {
            // SAFETY: `Program::new` checked that the pieces fill rows of `out` and lie within
            // their own, and that none of these is `out`; other parts have other rows.
            unsafe {
                let to = out.add(row * splice.width + start);
                match piece.from {
                    Some(run) => {
                        let from = memory.slot(run.slot).add(row * run.width + run.start);
                        std::ptr::copy_nonoverlapping(from, to, piece.len);
                    }
                    None => std::ptr::write_bytes(to, 0, piece.len),
                }
            }
        }
        start += piece.len;
    }
}
