//! Logging a scalar takes no memory.
#![allow(unsafe_code)] // an allocator that counts

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use runboard::summary::SummaryWriter;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The allocations of this thread; that which writes has its own.
fn allocations(of: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    of();
    ALLOCATIONS.get() - before
}

#[test]
fn in_the_long_run_a_scalar_allocates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let train = writer.scope("train");
    let mut series = writer.scalar("series");
    let mut log = |step: i64| {
        writer.add_scalar("cost", 0.5, step).unwrap();
        train.add_scalar("cost", 0.5, step).unwrap();
        series.add(0.5, step).unwrap();
    };
    // The first pieces of memory, and the series' record.
    (0..10_000).for_each(&mut log);
    writer.flush().unwrap();
    // Fewer than the pieces that are kept ready hold, so the thread's speed does not matter.
    assert_eq!(allocations(|| (10_000..10_600).for_each(&mut log)), 0);
    assert!(allocations(|| drop(vec![1_u8; 10])) > 0, "the counter counts");
}
