//! The series of a run by their tags.

use std::collections::BTreeMap;
use std::fmt;

use super::values::AnySeries;
use super::{Kind, ScalarSeries};

/// What the first value of a tag says of the tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The plugin that shows the tag; empty for values in TensorFlow 1's forms.
    pub plugin: String,
    /// What the plugin wants to know, encoded as it sees fit.
    pub content: Vec<u8>,
    /// The name to show; empty for the tag.
    pub display_name: String,
    /// What it is, in Markdown.
    pub description: String,
}

/// A tag, what is known of it, and its points.
pub(super) struct Slot {
    pub(super) tag: String,
    pub(super) kind: Kind,
    pub(super) metadata: Metadata,
    pub(super) points: Points,
    /// The tag's slot that came after this one last time, most likely again.
    next: usize,
}

/// The points of a tag.
pub(super) enum Points {
    /// Nobody asked for them.
    Skipped,
    Scalars(ScalarSeries),
    Other(Box<dyn AnySeries>),
}

/// The series of a run.
#[derive(Default)]
pub(super) struct Table {
    slots: Vec<Slot>,
    by_tag: BTreeMap<String, usize>,
    latest: usize,
}

impl Table {
    /// Returns the slot of the tag, if the tag is known.
    ///
    /// Writers log the same tags in the same order again and again, so this is one comparison.
    #[inline]
    pub(super) fn find(&mut self, tag: &[u8]) -> Option<&mut Slot> {
        let guess = self.slots.get(self.latest)?.next;
        if self.slots[guess].tag.as_bytes() == tag {
            self.latest = guess;
            return Some(&mut self.slots[guess]);
        }
        let index = *self.by_tag.get(std::str::from_utf8(tag).ok()?)?;
        self.slots[self.latest].next = index;
        self.latest = index;
        Some(&mut self.slots[index])
    }

    /// Adds a tag that is not there yet.
    pub(super) fn insert(
        &mut self,
        tag: &str,
        kind: Kind,
        metadata: Metadata,
        points: Points,
    ) -> &mut Slot {
        let index = self.slots.len();
        let next = index;
        self.slots.push(Slot { tag: tag.to_owned(), kind, metadata, points, next });
        self.by_tag.insert(tag.to_owned(), index);
        &mut self.slots[index]
    }

    pub(super) fn get(&self, tag: &str) -> Option<&Slot> {
        self.by_tag.get(tag).map(|&index| &self.slots[index])
    }

    /// Returns the slots in the order of their tags.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.by_tag.values().map(|&index| &self.slots[index])
    }

    /// Drops all points with that step or a later one.
    pub(super) fn drop_from(&mut self, step: i64) {
        for slot in &mut self.slots {
            slot.points.drop_from(step);
        }
    }
}

impl Points {
    pub(super) fn drop_from(&mut self, step: i64) {
        match self {
            Points::Skipped => {}
            Points::Scalars(series) => series.drop_from(step),
            Points::Other(series) => series.drop_from(step),
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|slot| (&slot.tag, slot.kind))).finish()
    }
}
