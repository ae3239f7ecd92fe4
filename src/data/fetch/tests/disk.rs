//! Full disks, and two who write at once.

use std::fs::File;
use std::sync::mpsc;

use super::*;

#[test]
fn a_second_fetch_waits_for_the_first_and_finds_its_files() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(SAMPLE.name);
    fs::create_dir(&dir).unwrap();
    let lock = File::create(dir.join(".lock")).unwrap();
    lock.lock().unwrap();
    let (waits, waiting) = mpsc::channel();
    let second = std::thread::spawn({
        let home = DataHome::at(home.path());
        move || {
            let mut event = |event: FetchEvent<'_>| {
                assert!(matches!(event, FetchEvent::Waiting), "{event:?}");
                waits.send(()).unwrap();
            };
            fetch_from(&SAMPLE, &home, &[], &mut event)
        }
    });
    waiting.recv().unwrap();
    for file in SAMPLE.files() {
        let name = format!("{}.gz", file.name);
        fs::write(dir.join(&name), packed(&name)).unwrap();
    }
    drop(lock);
    assert_eq!(second.join().unwrap().unwrap().files, Vec::<&str>::new());
}

/// Where a test that runs itself as another process tells it to fetch to.
#[cfg(target_os = "linux")]
const DIR: &str = "RUNBOARD_TEST_DIR";

/// What the child of the next test does; as a test of its own it does nothing.
#[cfg(target_os = "linux")]
#[test]
fn fetch_on_a_full_disk() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let server = good_server();
    let result = fetch_from(&SAMPLE, &DataHome::at(dir), &[mirror(&server)], &mut |_| {});
    println!("\n<{}>", result.unwrap_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_the_files_name_and_nothing_half_written_is_left() {
    // The first file is 64178 bytes packed and 313616 unpacked; blocks are of 1 KiB.
    for (limit, file) in
        [(40, "train-images-idx3-ubyte.gz.part"), (100, "train-images-idx3-ubyte.part")]
    {
        let home = tempfile::tempdir().unwrap();
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
        let output = std::process::Command::new("bash")
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "data::fetch::tests::disk::fetch_on_a_full_disk", "--nocapture"])
            .env(DIR, home.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let dir = home.path().join(SAMPLE.name);
        let want = format!("<cannot write `{}`: File too large", dir.join(file).display());
        assert!(said.contains(&want), "{said}");
        let left: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, [".lock"]);
    }
}
