//! How an operand is repeated to the sizes of a map.

/// The ways of repeating that kernels know, and the one for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broadcast {
    /// Not at all: as many elements as the map.
    Each,
    /// One number everywhere.
    Number,
    /// The same row of `inner` elements again and again.
    Row { inner: usize },
    /// One number for each row of `inner` elements.
    Column { inner: usize },
    /// Anything else: looked up element by element.
    Gather,
}

impl Broadcast {
    /// How an operand of `from` sizes, with axes of 1 `inserted`, is repeated to `to`.
    pub(super) fn of(from: &[usize], inserted: &[usize], to: &[usize]) -> Self {
        let from = aligned(from, inserted, to.len());
        let inner = |start: usize| to[start..].iter().product();
        let ones = |sizes: &[usize]| sizes.iter().all(|&size| size == 1);
        if from == to {
            return Broadcast::Each;
        }
        if ones(&from) {
            return Broadcast::Number;
        }
        for start in 1..to.len() {
            if ones(&from[..start]) && from[start..] == to[start..] {
                return Broadcast::Row { inner: inner(start) };
            }
            if from[..start] == to[..start] && ones(&from[start..]) {
                return Broadcast::Column { inner: inner(start) };
            }
        }
        Broadcast::Gather
    }

    /// The row length, where there are rows.
    pub(super) fn inner(&self) -> Option<usize> {
        match *self {
            Broadcast::Row { inner } | Broadcast::Column { inner } => Some(inner),
            _ => None,
        }
    }
}

/// For each element of `to` the place of its element in `from`.
pub(super) fn places(from: &[usize], inserted: &[usize], to: &[usize]) -> Vec<u32> {
    let from = aligned(from, inserted, to.len());
    let elements: usize = to.iter().product();
    let place = |element: usize| {
        let (mut rest, mut place, mut stride) = (element, 0, 1);
        for axis in (0..to.len()).rev() {
            let index = rest % to[axis];
            rest /= to[axis];
            if from[axis] != 1 {
                place += index * stride;
            }
            stride *= from[axis];
        }
        place as u32
    };
    (0..elements).map(place).collect()
}

/// `from` with axes of 1 where they were inserted, then on the left up to `rank`.
fn aligned(from: &[usize], inserted: &[usize], rank: usize) -> Vec<usize> {
    let mut aligned = from.to_vec();
    for &axis in inserted {
        aligned.insert(axis, 1);
    }
    let missing = rank - aligned.len();
    aligned.splice(..0, std::iter::repeat_n(1, missing));
    aligned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_repeating_is_recognised() {
        let of = |from: &[usize], to: &[usize]| Broadcast::of(from, &[], to);
        assert_eq!(of(&[4, 3], &[4, 3]), Broadcast::Each);
        assert_eq!(of(&[], &[4, 3]), Broadcast::Number);
        assert_eq!(of(&[3], &[4, 3]), Broadcast::Row { inner: 3 });
        assert_eq!(of(&[4, 1], &[4, 3]), Broadcast::Column { inner: 3 });
        assert_eq!(of(&[2, 1, 3], &[2, 4, 3]), Broadcast::Gather);
        assert_eq!(Broadcast::of(&[4], &[1], &[4, 3]), Broadcast::Column { inner: 3 });
        assert_eq!(Broadcast::of(&[3], &[0], &[4, 3]), Broadcast::Row { inner: 3 });
    }

    #[test]
    fn places_repeat_the_middle_axis() {
        // [2, 1, 2] to [2, 3, 2]: rows 0 1 thrice, then 2 3 thrice.
        let want = [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3];
        assert_eq!(places(&[2, 1, 2], &[], &[2, 3, 2]), want);
    }
}
