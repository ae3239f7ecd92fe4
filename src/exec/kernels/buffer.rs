//! Arrays of lanes, large ones on large pages.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::lanes::{LINE, Lanes};

/// A large page of the processors that have them.
const LARGE_PAGE: usize = 2 << 20;

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
    pub(crate) fn new(len: usize) -> Self {
        let Some(layout) = layout(len) else { return Buffer { start: NonNull::dangling(), len } };
        // SAFETY: the layout has a size.
        let memory = unsafe { alloc(layout) };
        let Some(start) = NonNull::new(memory.cast::<Lanes>()) else { handle_alloc_error(layout) };
        if layout.align() == LARGE_PAGE {
            want_large_pages(memory, layout.size());
        }
        // SAFETY: the memory has this room, and zeros are floats.
        unsafe { start.write_bytes(0, len) };
        Buffer { start, len }
    }
}

/// The memory of that many lanes; `None` for none.
fn layout(len: usize) -> Option<Layout> {
    let layout = Layout::array::<Lanes>(len).expect("lanes fit in the address space");
    let layout = match layout.size() {
        0 => return None,
        1..LARGE_PAGE => layout.align_to(LINE * size_of::<f32>()).expect("as above"),
        _ => layout.align_to(LARGE_PAGE).expect("as above").pad_to_align(),
    };
    Some(layout)
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
        let mut buffer = Buffer::new(self.len);
        buffer.copy_from_slice(self);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(layout) = layout(self.len) {
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
            let mut buffer = Buffer::new(len);
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
        let large = Buffer::new(LARGE_PAGE / size_of::<Lanes>());
        assert!(large.as_ptr().addr().is_multiple_of(LARGE_PAGE));
    }
}
