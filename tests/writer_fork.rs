//! A forked process has the writer but not its thread.
//!
//! Alone in its program, for a fork copies whatever the other threads have just locked.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use runboard::summary::{SummaryWriter, WriteError};

#[allow(unsafe_code)]
mod system {
    unsafe extern "C" {
        pub(super) fn fork() -> i32;
        pub(super) fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
        pub(super) fn kill(process: i32, signal: i32) -> i32;
        pub(super) fn _exit(status: i32) -> !;
    }
}

const WNOHANG: i32 = 1;
const SIGKILL: i32 = 9;

/// Runs `check` in a forked process and returns its exit status, -1 if it does not end.
#[allow(unsafe_code)]
fn in_a_fork(check: impl FnOnce() -> bool) -> i32 {
    // SAFETY: the child does nothing but the check, which is to show that a writer can be called
    // there, and leaves without running anything else of this program.
    unsafe {
        let child = system::fork();
        assert!(child >= 0, "fork failed");
        if child == 0 {
            system::_exit(i32::from(!check()));
        }
        let (start, mut status) = (Instant::now(), 0);
        while system::waitpid(child, &mut status, WNOHANG) == 0 {
            if start.elapsed() > Duration::from_secs(20) {
                system::kill(child, SIGKILL);
                system::waitpid(child, &mut status, 0);
                return -1;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        status
    }
}

#[test]
fn a_forked_child_is_told_and_never_waits_and_the_parent_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let is_forked = |result| matches!(result, Err(WriteError::Forked { .. }));
    for round in 0..20 {
        writer.add_scalar("cost", 1.0, round).unwrap();
        let (child, own) = (writer.clone(), dir.path().join(round.to_string()));
        let status = in_a_fork(move || {
            // Taken into memory until the first piece of it is full, which is 64 KiB.
            let told = (0..2000).any(|step| is_forked(child.add_scalar("cost", 1.0, step)));
            let flushed = is_forked(child.flush()) && is_forked(child.sync());
            let closed = is_forked(child.clone().close());
            drop(child);
            // What it is told to do instead.
            let own = SummaryWriter::create(own).unwrap();
            own.add_scalar("cost", 1.0, 0).unwrap();
            told && flushed && closed && own.close().is_ok()
        });
        assert_eq!(status, 0, "round {round}: -1 is a child that waits without end");
    }
    assert_eq!(writer.lost(), 0);
    writer.close().unwrap();
}
