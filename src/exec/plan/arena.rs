//! Places in one array, given out and taken back while a plan is laid out.

use crate::exec::kernels::instruction::{Slot, Space};

/// Gives out slots of the arena: the smallest hole that fits, else new room at the end.
#[derive(Debug, Default)]
pub(super) struct Arena {
    /// Offset and size of what was taken back, by offset, never adjacent.
    holes: Vec<(usize, usize)>,
    size: usize,
}

impl Arena {
    pub(super) fn take(&mut self, len: usize) -> Slot {
        let size = Slot::padded(len);
        let fitting = self.holes.iter().enumerate().filter(|(_, hole)| hole.1 >= size);
        let offset = match fitting.min_by_key(|(_, hole)| hole.1).map(|(i, _)| i) {
            Some(i) => {
                let (offset, room) = self.holes[i];
                if room == size {
                    self.holes.remove(i);
                } else {
                    self.holes[i] = (offset + size, room - size);
                }
                offset
            }
            None => {
                self.size += size;
                self.size - size
            }
        };
        Slot { space: Space::Arena, offset, len }
    }

    pub(super) fn give_back(&mut self, slot: Slot) {
        let (mut offset, mut size) = (slot.offset, Slot::padded(slot.len));
        let at = self.holes.partition_point(|hole| hole.0 < offset);
        if self.holes.get(at).is_some_and(|next| offset + size == next.0) {
            size += self.holes.remove(at).1;
        }
        if at > 0 && self.holes[at - 1].0 + self.holes[at - 1].1 == offset {
            (offset, size) = (self.holes[at - 1].0, self.holes[at - 1].1 + size);
            self.holes[at - 1] = (offset, size);
        } else {
            self.holes.insert(at, (offset, size));
        }
    }

    /// Floats in use or once used.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_given_back_become_one_hole() {
        let mut arena = Arena::default();
        let slots: Vec<Slot> = (0..4).map(|_| arena.take(8)).collect(); // 16 floats each
        assert_eq!(arena.size(), 64);
        arena.give_back(slots[0]);
        arena.give_back(slots[2]);
        arena.give_back(slots[1]);
        assert_eq!(arena.holes, [(0, 48)]);
        assert_eq!(arena.take(40).offset, 0, "40 floats and padding fit the hole exactly");
        assert_eq!(arena.size(), 64);
    }
}
