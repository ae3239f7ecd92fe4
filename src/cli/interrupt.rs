//! Ctrl-C: the first one asks, the second one insists.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit code of an interrupted command, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// The variable that is set for the trials of a sweep: the end of their stdin asks as Ctrl-C does.
///
/// Unlike a signal it is the same on every system, and comes also when the sweep is killed.
pub(super) const STOP_AT_END_OF_STDIN: &str = "RUNBOARD_STOP_AT_END_OF_STDIN";

/// Returns a flag that becomes true when the user presses Ctrl-C.
///
/// A second Ctrl-C ends the process at once.
pub(super) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let (raise, mut pressed) = (flag.clone(), false);
    // Of Ctrl-C alone: what `nohup` ignores stays ignored. Without a handler Ctrl-C ends the process
    // as ever; the event file stays readable all the same.
    let _ = ctrlc::set_handler(move || {
        if pressed {
            std::process::exit(INTERRUPTED.into());
        }
        pressed = true;
        raise.store(true, Ordering::Relaxed);
    });
    if std::env::var_os(STOP_AT_END_OF_STDIN).is_some() {
        let raise = flag.clone();
        std::thread::spawn(move || {
            // An error is an end too: nobody is there any more.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            raise.store(true, Ordering::Relaxed);
        });
    }
    flag
}

pub(super) fn exit_code() -> ExitCode {
    INTERRUPTED.into()
}
