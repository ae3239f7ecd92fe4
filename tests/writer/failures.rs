//! Disks that fill up, files that vanish, processes that are killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use runboard::summary::{SummaryWriter, WriteError};

use crate::values;

/// Where a test that runs itself as another process tells it to log.
const DIR: &str = "RUNBOARD_TEST_DIR";

fn only_event_file(dir: &Path) -> PathBuf {
    let entries: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    let file = |path: &&PathBuf| path.to_string_lossy().contains("tfevents");
    entries.iter().find(file).cloned().unwrap_or_else(|| panic!("no event file in {entries:?}"))
}

/// This test program again, running one test alone, after `setup` in a shell if there is one.
fn child(test: &str, dir: &Path, setup: Option<&str>) -> Child {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", test, "--nocapture"];
    let mut command = match setup {
        None => Command::new(&program),
        Some(setup) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{setup}; exec \"$0\" \"$@\"")]).arg(&program);
            shell
        }
    };
    command.args(arguments).env(DIR, dir).stdout(Stdio::null()).stderr(Stdio::inherit());
    command.spawn().unwrap()
}

/// Waits for a file that says that the child has come so far.
fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "the child does not come so far");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What the child of the next two tests does; as a test of its own it does nothing.
#[test]
fn log_a_thousand_scalars_and_wait_to_be_killed() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else { return };
    let writer = SummaryWriter::create(dir.join("run")).unwrap();
    for step in 0..1000 {
        writer.add_scalar("cost", 1.0, step).unwrap();
    }
    if dir.join("flush").exists() {
        writer.flush().unwrap();
    }
    fs::write(dir.join("logged"), "").unwrap();
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
fn a_killed_process_loses_nothing_that_was_flushed() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("flush"), "").unwrap();
    let test = "failures::log_a_thousand_scalars_and_wait_to_be_killed";
    let mut child = child(test, dir.path(), None);
    wait_for(&dir.path().join("logged"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(values(&only_event_file(&dir.path().join("run"))).len(), 1000);
}

#[test]
fn a_killed_process_loses_nothing_older_than_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let test = "failures::log_a_thousand_scalars_and_wait_to_be_killed";
    let mut child = child(test, dir.path(), None);
    wait_for(&dir.path().join("logged"));
    // The second, and more than another for a machine that has much else to do.
    std::thread::sleep(Duration::from_millis(2500));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(values(&only_event_file(&dir.path().join("run"))).len(), 1000);
}

/// What the child of the next test does; as a test of its own it does nothing.
#[cfg(target_os = "linux")]
#[test]
fn log_to_a_full_disk_until_there_is_room_again() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else { return };
    let interval = Duration::from_millis(20);
    let writer = SummaryWriter::builder(dir.join("run")).flush_interval(interval).create().unwrap();
    let mut taken = String::new();
    let mut log = |step: i64| {
        let result = writer.add_scalar("cost", 1.0, step);
        if result.is_ok() {
            taken.push_str(&format!("{step}\n"));
        }
        result
    };
    let error = (0..10_000_000).find_map(|step| log(step).err());
    let error = error.expect("a file of at most 64 KiB takes no ten million").to_string();
    assert!(error.contains("tfevents") && error.contains("large"), "{error}");
    assert!(writer.flush().is_err(), "what was taken cannot be written");
    for step in 10_000_000..10_000_100 {
        let _ = log(step); // some are refused, each time the disk was tried again
    }
    let pid = std::process::id().to_string();
    let room = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(room.unwrap().success());
    let start = Instant::now();
    while writer.flush().is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "there is room again");
    }
    (20_000_000..20_000_100).for_each(|step| log(step).unwrap());
    assert!(writer.lost() > 0);
    writer.close().unwrap();
    fs::write(dir.join("taken"), taken).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn after_a_full_disk_the_file_has_all_that_was_taken_and_is_whole_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    // The kernel tears the write that reaches the limit, as a full disk does.
    let limit = "trap '' XFSZ; ulimit -S -f 64";
    let test = "failures::log_to_a_full_disk_until_there_is_room_again";
    let status = child(test, dir.path(), Some(limit)).wait().unwrap();
    assert!(status.success(), "{status}");
    let taken = fs::read_to_string(dir.path().join("taken")).unwrap();
    let taken: Vec<i64> = taken.lines().map(|step| step.parse().unwrap()).collect();
    let path = only_event_file(&dir.path().join("run"));
    assert!(fs::metadata(&path).unwrap().len() > 64 << 10);
    let steps: Vec<_> = crate::tags(&path).into_iter().map(|(_, step)| step).collect();
    assert!(steps == taken, "{} steps in the file, {} taken", steps.len(), taken.len());
}

/// Linux's file that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_device_without_room_is_an_error_that_names_it_and_counts_what_is_lost() {
    struct Full(fs::File);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl runboard::summary::Sink for Full {
        fn sync(&mut self) -> std::io::Result<()> {
            self.0.sync_data()
        }
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let writer = SummaryWriter::builder("runs/full").create_with_sink(Box::new(Full(full)));
    let writer = writer.unwrap();
    for step in 0..10 {
        writer.add_scalar("cost", 1.0, step).unwrap();
    }
    let Err(WriteError::Io { path, source }) = writer.flush() else { panic!("no error") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert!(path.starts_with("runs/full"));
    let clone = writer.clone();
    assert!(writer.close().is_err());
    assert_eq!(clone.lost(), 10);
}

#[cfg(unix)]
#[test]
fn a_removed_directory_is_an_error_although_the_system_takes_the_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let interval = Duration::from_millis(5);
    let writer = SummaryWriter::builder(&run).flush_interval(interval).create().unwrap();
    writer.add_scalar("cost", 1.0, 0).unwrap();
    writer.flush().unwrap();
    fs::remove_dir_all(&run).unwrap();
    // By itself, within the interval, and not once only.
    let (mut errors, start) = (0, Instant::now());
    while errors < 2 {
        assert!(start.elapsed() < Duration::from_secs(10), "{errors} errors");
        errors += u64::from(writer.add_scalar("cost", 1.0, 1).is_err());
        std::thread::yield_now();
    }
    let error = writer.flush().unwrap_err().to_string();
    assert!(error.ends_with("the file was removed while it was written"), "{error}");
    let clone = writer.clone();
    assert!(writer.close().is_err());
    assert!(clone.lost() > errors, "those that wait are lost too");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_moved_while_it_is_written_goes_on_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (run, moved) = (dir.path().join("run"), dir.path().join("moved"));
    let writer = SummaryWriter::create(&run).unwrap();
    writer.add_scalar("cost", 1.0, 0).unwrap();
    fs::rename(&run, &moved).unwrap();
    writer.add_scalar("cost", 1.0, 1).unwrap();
    writer.close().unwrap();
    assert_eq!(values(&only_event_file(&moved)).len(), 2);
}

#[test]
fn a_directory_that_is_a_file_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("runs");
    fs::write(&file, "a file").unwrap();
    for path in [file.clone(), file.join("run")] {
        let error = SummaryWriter::create(&path).unwrap_err();
        let WriteError::Io { path: named, .. } = &error else { panic!("{error}") };
        assert_eq!(*named, path);
    }
    assert_eq!(fs::read(&file).unwrap(), b"a file");
}

#[cfg(unix)]
#[test]
fn a_directory_without_permission_is_an_error_and_leaves_nothing_behind() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(dir.path().join("root may"), "").is_ok() {
        return; // nothing is forbidden to root
    }
    let error = SummaryWriter::create(dir.path()).unwrap_err().to_string();
    assert!(error.contains("ermission denied"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
