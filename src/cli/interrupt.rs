//! Ctrl-C: the first one asks, the second one insists.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of an interrupted command, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// Returns a flag that becomes true when the user presses Ctrl-C.
///
/// A second Ctrl-C ends the process at once.
pub(super) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let raise = flag.clone();
    // Of Ctrl-C alone: what `nohup` ignores stays ignored. Without a handler Ctrl-C ends the process
    // as ever; the event file stays readable all the same.
    let _ = ctrlc::set_handler(move || {
        if raise.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED.into());
        }
    });
    flag
}

pub(super) fn exit_code() -> ExitCode {
    INTERRUPTED.into()
}
