//! Names of event files.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

/// Returns whether TensorBoard takes a file of that name for an event file.
///
/// It does if the name contains `tfevents`, wherever and in whatever company.
pub fn is_event_file(name: &OsStr) -> bool {
    name.as_encoded_bytes().windows(8).any(|part| part == b"tfevents")
}

/// Returns a name for a new file of that second.
///
/// Readers take the files of a run in the order of their names, so the seconds come first, with
/// ten digits; process and counter keep apart what starts in the same second.
pub(super) fn name(second: u64, suffix: &str) -> String {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let count = FILES.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id();
    format!("events.out.tfevents.{second:010}.{}.{process}.{count}{suffix}", host_name())
}

/// The names of the event files in `dir`, sorted.
pub(super) fn event_files(dir: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.push(entry?.file_name());
    }
    names.retain(|name| is_event_file(name));
    names.sort_unstable();
    Ok(names)
}

/// The first second whose names sort behind those of the usual form, and at least `now`.
pub(super) fn second_after(names: &[OsString], now: u64) -> u64 {
    let taken = names.iter().filter_map(|name| second_of(name)).max();
    taken.map_or(now, |taken| now.max(taken + 1))
}

/// The second in a name of the usual form, up to the largest of ten digits.
fn second_of(name: &OsStr) -> Option<u64> {
    let rest = name.to_str()?.strip_prefix("events.out.tfevents.")?;
    let digits = rest.get(..10)?;
    let second = digits.parse().ok()?;
    (second < 9_999_999_999).then_some(second)
}

/// The host's name as far as it can be had without asking the network, fit for a file name.
pub(crate) fn host_name() -> String {
    let named = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let named = named.or_else(|| fs::read_to_string("/etc/hostname").ok());
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let host: String = named.unwrap_or_default().trim().chars().filter(|&c| plain(c)).collect();
    if host.is_empty() { "localhost".to_owned() } else { host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_files_are_those_tensorboard_reads() {
        let is = |name: &str| is_event_file(OsStr::new(name));
        assert!(is("events.out.tfevents.1.host") && is(".tfevents") && is("x.tfevents.v2"));
        assert!(!is("EVENTS.OUT.TFEVENTS.1") && !is("events.out.1") && !is("run.json"));
    }

    #[test]
    fn a_new_file_sorts_behind_those_already_there() {
        let first = name(second_after(&[], 1_700_000_000), "");
        assert!(first.starts_with("events.out.tfevents.1700000000."), "{first}");
        // In the same second, a second later, and with a clock that was set back since.
        for now in [1_700_000_000, 1_700_000_001, 1_600_000_000] {
            let second = name(second_after(&[OsString::from(&first)], now), "");
            assert!(second > first, "{second} sorts behind {first}");
            assert!(second.starts_with("events.out.tfevents.1700000001."), "{second}");
        }
    }

    #[test]
    fn names_of_another_form_do_not_shift_the_clock() {
        for other in ["events.out.tfevents.9999999999.h", "events.out.tfevents.1.h", "x.tfevents"] {
            assert_eq!(second_after(&[OsString::from(other)], 1_700_000_000), 1_700_000_000);
        }
    }
}
