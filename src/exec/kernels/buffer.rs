//! Arrays of lanes, large ones on large pages.

use std::alloc::{Layout, LayoutError, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::lanes::{LINE, Lanes};

/// A large page of the processors that have them.
const LARGE_PAGE: usize = 2 << 20;

/// The most bytes a buffer has. Some systems promise any memory, and end the process that uses it.
#[cfg(target_pointer_width = "64")]
const MOST_BYTES: usize = 256 << 30;
#[cfg(not(target_pointer_width = "64"))]
const MOST_BYTES: usize = isize::MAX as usize;

/// Lanes that are zero at first.
///
/// Matrices are read across: each row of one lies on another page of 4 KiB, and looking pages up
/// takes longer than the arithmetic. So the system is asked for large pages.
pub(crate) struct Buffer {
    start: NonNull<Lanes>,
    len: usize,
}

// SAFETY: a buffer owns its memory, like a vector.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// Returns that many lanes; `None` if there is no such memory.
    pub(crate) fn new(len: usize) -> Option<Self> {
        let Some(layout) = layout(len).ok()? else {
            return Some(Buffer { start: NonNull::dangling(), len });
        };
        if layout.size() > MOST_BYTES {
            return None;
        }
        // SAFETY: the layout has a size.
        let memory = unsafe { alloc(layout) };
        let start = NonNull::new(memory.cast::<Lanes>())?;
        if layout.align() == LARGE_PAGE {
            want_large_pages(memory, layout.size());
        }
        // SAFETY: the memory has this room, and zeros are floats.
        unsafe { start.write_bytes(0, len) };
        Some(Buffer { start, len })
    }
}

/// The memory of that many lanes; `None` for none.
fn layout(len: usize) -> Result<Option<Layout>, LayoutError> {
    let layout = Layout::array::<Lanes>(len)?;
    Ok(match layout.size() {
        0 => None,
        1..LARGE_PAGE => Some(layout.align_to(LINE * size_of::<f32>())?),
        _ => Some(layout.align_to(LARGE_PAGE)?.pad_to_align()),
    })
}

/// Asks for large pages; without them all is slower and otherwise the same.
#[cfg(target_os = "linux")]
fn want_large_pages(memory: *mut u8, size: usize) {
    // SAFETY: the memory is ours, and its contents stay what they are.
    unsafe { libc::madvise(memory.cast(), size, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn want_large_pages(_: *mut u8, _: usize) {}

impl Deref for Buffer {
    type Target = [Lanes];

    fn deref(&self) -> &[Lanes] {
        // SAFETY: `new` made these lanes.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [Lanes] {
        // SAFETY: as in `deref`.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let Some(mut buffer) = Buffer::new(self.len) else {
            handle_alloc_error(Layout::for_value::<[Lanes]>(self))
        };
        buffer.copy_from_slice(self);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Ok(Some(layout)) = layout(self.len) {
            // SAFETY: `new` allocated it with this layout.
            unsafe { dealloc(self.start.as_ptr().cast(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{floats, floats_mut};
    use super::*;

    #[test]
    fn buffers_of_any_size_begin_with_zeros_and_are_copied() {
        let page = LARGE_PAGE / size_of::<Lanes>();
        for len in [0, 1, page - 1, page, page + 1] {
            let mut buffer = Buffer::new(len).unwrap();
            assert!(floats(&buffer).iter().all(|&float| float.to_bits() == 0));
            for (place, float) in floats_mut(&mut buffer).iter_mut().enumerate() {
                *float = place as f32;
            }
            let copy = buffer.clone();
            drop(buffer);
            assert_eq!(copy.len(), len);
            assert!(floats(&copy).iter().enumerate().all(|(place, &float)| float == place as f32));
            assert!(len == 0 || copy.as_ptr().addr().is_multiple_of(4 * LINE));
        }
    }

    #[test]
    fn large_buffers_begin_with_a_large_page() {
        let large = Buffer::new(LARGE_PAGE / size_of::<Lanes>()).unwrap();
        assert!(large.as_ptr().addr().is_multiple_of(LARGE_PAGE));
    }

    #[test]
    fn what_no_machine_has_is_refused() {
        for len in [MOST_BYTES / size_of::<Lanes>() + 1, usize::MAX / 64, usize::MAX] {
            assert!(Buffer::new(len).is_none(), "{len}");
        }
    }
}
