//! Names of event files.

use std::ffi::OsStr;
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

/// The first second whose names sort behind every event file in `dir`, and at least `now`.
pub(super) fn second_after(dir: &Path, now: u64) -> io::Result<u64> {
    let mut second = now;
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        if let Some(taken) = second_of(&name) {
            second = second.max(taken + 1);
        }
    }
    Ok(second)
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
        let dir = tempfile::tempdir().unwrap();
        let first = name(second_after(dir.path(), 1_700_000_000).unwrap(), "");
        fs::write(dir.path().join(&first), "").unwrap();
        let second = name(second_after(dir.path(), 1_700_000_000).unwrap(), "");
        assert!(second > first, "{second} sorts behind {first}");
        assert!(second.starts_with("events.out.tfevents.1700000001."), "{second}");
    }
}
