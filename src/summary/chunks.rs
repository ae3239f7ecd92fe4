//! The records that wait for the writing thread, in pieces of memory that are used again.
//!
//! One growing buffer would be copied while it grows, and fresh memory costs a page fault for
//! every 4 KiB that is written first: both are far dearer than a scalar. So records go into pieces
//! of fixed size, and pieces that were written come back, as they are, to be filled again.

use std::collections::VecDeque;

/// The usual size of a piece.
pub(super) const CHUNK: usize = 64 << 10;

/// Pieces of memory with whole records, and spare ones.
#[derive(Debug)]
pub(super) struct Chunks {
    /// Size of a piece; less than [`CHUNK`] only where less may wait.
    size: usize,
    filling: Vec<u8>,
    full: VecDeque<Vec<u8>>,
    full_bytes: usize,
    /// Empty ones, the last used on top, for it may still be in the processor's cache.
    spare: Vec<Vec<u8>>,
    /// How many spare ones are kept.
    keep: usize,
}

impl Chunks {
    pub(super) fn new(size: usize) -> Self {
        let size = size.clamp(1, CHUNK);
        let filling = Vec::with_capacity(size);
        let (full, spare) = (VecDeque::new(), Vec::new());
        Chunks { size, filling, full, full_bytes: 0, spare, keep: 0 }
    }

    /// Returns whether a record of at most `len` bytes fits behind the others.
    pub(super) fn fits(&self, len: usize) -> bool {
        self.filling.capacity() - self.filling.len() >= len
    }

    /// Where the next record goes.
    pub(super) fn filling(&mut self) -> &mut Vec<u8> {
        &mut self.filling
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.full_bytes + self.filling.len()
    }

    /// Goes on to a piece in which a record of `len` bytes fits.
    pub(super) fn next(&mut self, len: usize) {
        let next = if len > self.size { Vec::with_capacity(len) } else { self.empty() };
        let filled = std::mem::replace(&mut self.filling, next);
        if filled.is_empty() {
            drop(self.give_back(filled));
        } else {
            self.full_bytes += filled.len();
            self.full.push_back(filled);
        }
    }

    /// Moves all that waits behind `to`.
    pub(super) fn take(&mut self, to: &mut VecDeque<Vec<u8>>) {
        to.append(&mut self.full);
        self.full_bytes = 0;
        if !self.filling.is_empty() {
            let next = self.empty();
            to.push_back(std::mem::replace(&mut self.filling, next));
        }
    }

    /// Takes a piece back whose records are written.
    ///
    /// Returns it if it is not kept, so that its memory can be freed while nobody waits.
    pub(super) fn give_back(&mut self, mut chunk: Vec<u8>) -> Option<Vec<u8>> {
        if chunk.capacity() != self.size || self.spare.len() >= self.keep {
            return Some(chunk);
        }
        chunk.clear();
        self.spare.push(chunk);
        None
    }

    /// Keeps at least `keep` spare pieces from now on; returns how many are missing, and their size.
    pub(super) fn keep(&mut self, keep: usize) -> (usize, usize) {
        self.keep = self.keep.max(keep);
        (keep.saturating_sub(self.spare.len()), self.size)
    }

    fn empty(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(self.size))
    }
}

/// Returns a piece whose memory is really there.
pub(super) fn touched(size: usize) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(size);
    // Not zeros, which an allocator may promise without providing them.
    chunk.resize(size, 0xff);
    let mut chunk = std::hint::black_box(chunk);
    chunk.clear();
    chunk
}
