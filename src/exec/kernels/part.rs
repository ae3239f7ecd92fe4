//! Which part of the work is a thread's.
//!
//! Each computes its part of the results of a large instruction, and they meet where one needs what
//! another computed.

use std::ops::Range;

use super::lanes::LINE;
use super::meeting::{Meeting, Round};

/// One thread's place among those that run a program.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) index: usize,
    pub(super) count: usize,
    meeting: Option<&'t Meeting>,
    /// Whether pieces of work are taken by whoever is first, and in which round.
    round: Option<Round>,
}

impl<'t> Part<'t> {
    /// The only one.
    pub(super) const WHOLE: Part<'static> = Part { index: 0, count: 1, meeting: None, round: None };

    /// One of the threads that meet there.
    pub(super) fn of_team(index: usize, meeting: &'t Meeting) -> Self {
        Part { index, count: meeting.count(), meeting: Some(meeting), round: None }
    }

    pub(super) fn is_first(self) -> bool {
        self.index == 0
    }

    /// This part's share of `len`, which begins and ends at multiples of `unit` or at the end.
    #[inline(always)]
    pub(super) fn share(self, len: usize, unit: usize) -> Range<usize> {
        if self.count == 1 {
            return 0..len; // without the divisions, which take longer than a small net's loops
        }
        let at = |part: usize| border(len, unit, part, self.count);
        at(self.index)..at(self.index + 1)
    }

    /// This part's share of rows of a batch. If they are many, it is that of the rows whose products
    /// are in the same half of a sum over the batch.
    #[inline(always)]
    pub(super) fn share_of_batch(self, rows: usize) -> Range<usize> {
        self.share(rows, if rows >= 2 * LINE * self.count { LINE } else { 1 })
    }

    /// The halves, 0 and 1, of work in two that this part takes part in, and as which part of them: of
    /// three parts, two share the first.
    #[inline(always)]
    pub(super) fn of_two(self) -> impl Iterator<Item = (usize, Self)> {
        let first = self.count.div_ceil(2);
        let part = |index, count| Part { index, count, meeting: None, round: None };
        let halves = match self.index.checked_sub(first) {
            _ if self.count == 1 => [Some(self), Some(self)],
            None => [Some(part(self.index, first)), None],
            Some(index) => [None, Some(part(index, self.count - first))],
        };
        halves.into_iter().enumerate().filter_map(|(half, part)| Some((half, part?)))
    }

    /// Waits until all parts are here; what they wrote before can be read after.
    #[inline(always)]
    pub(super) fn meet(self) {
        if let Some(meeting) = self.meeting {
            meeting.meet();
        }
    }

    /// Waits until all parts are here, which then take pieces of the same work.
    #[inline(always)]
    pub(super) fn meet_to_divide(self, round: Round) -> Self {
        let Some(meeting) = self.meeting else { return self };
        meeting.open(round, self.index);
        meeting.meet();
        Part { round: Some(round), ..self }
    }

    /// The pieces of `0..len` that this part is to do, of `size` each: those of its share, and if parts
    /// met to divide them also what others have not begun. A processor may be taken away for a while:
    /// then the others do not wait for it. Once for each meeting: what is taken stays taken, so a second
    /// time there would be none.
    #[inline(always)]
    pub(super) fn pieces(self, len: usize, unit: usize, size: usize) -> Pieces<'t> {
        let place = 0;
        Pieces {
            part: self,
            owner: self.index,
            share: self.share(len, unit),
            place,
            len,
            unit,
            size,
        }
    }
}

/// See [`Part::pieces`].
pub(super) struct Pieces<'t> {
    part: Part<'t>,
    /// Whose share pieces are taken of, and the next place if nobody else takes them.
    owner: usize,
    share: Range<usize>,
    place: usize,
    len: usize,
    unit: usize,
    size: usize,
}

impl Pieces<'_> {
    fn take(&mut self) -> usize {
        match (self.part.meeting, self.part.round) {
            (Some(meeting), Some(round)) => meeting.take(round, self.owner),
            _ => {
                self.place += 1;
                self.place - 1
            }
        }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let start = self.share.start + self.take() * self.size;
            if start < self.share.end {
                return Some(start..(start + self.size).min(self.share.end));
            }
            self.owner = (self.owner + 1) % self.part.count;
            if self.owner == self.part.index || self.part.round.is_none() {
                return None;
            }
            self.share = Part { index: self.owner, ..self.part }.share(self.len, self.unit);
        }
    }
}

/// Where the second of two shares begins.
pub(super) fn middle(len: usize, unit: usize) -> usize {
    border(len, unit, 1, 2)
}

/// Where the share of a part of `count` begins.
#[inline(always)]
fn border(len: usize, unit: usize, part: usize, count: usize) -> usize {
    (len.div_ceil(unit) * part / count * unit).min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_disjoint_and_cover_everything() {
        for (len, unit, count) in [(100, 8, 2), (7, 8, 3), (0, 4, 2), (64, 1, 5), (17, 16, 2)] {
            let part = |index| Part { index, count, meeting: None, round: None };
            let shares: Vec<_> = (0..count).map(|i| part(i).share(len, unit)).collect();
            assert_eq!(shares[0].start, 0);
            assert_eq!(shares[count - 1].end, len);
            for pair in shares.windows(2) {
                assert_eq!(pair[0].end, pair[1].start);
                assert!(pair[0].end.is_multiple_of(unit) || pair[0].end == len);
            }
        }
    }

    #[test]
    fn pieces_of_a_part_that_does_not_divide_are_its_share() {
        for (len, unit, count) in [(100, 8, 2), (7, 8, 3), (0, 4, 2), (64, 1, 5), (17, 16, 1)] {
            for index in 0..count {
                let part = Part { index, count, meeting: None, round: None };
                let pieces: Vec<usize> = part.pieces(len, unit, 3).flatten().collect();
                assert_eq!(pieces, part.share(len, unit).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn every_half_is_done_by_all_its_parts_and_no_other() {
        for count in 1..=5 {
            for half in 0..2 {
                let of = |index| Part { index, count, meeting: None, round: None }.of_two();
                let parts: Vec<Part> =
                    (0..count).flat_map(of).filter(|of| of.0 == half).map(|of| of.1).collect();
                assert!(parts.iter().all(|part| part.count == parts.len()));
                assert!(parts.iter().enumerate().all(|(index, part)| part.index == index));
                assert!(!parts.is_empty());
            }
        }
    }
}
