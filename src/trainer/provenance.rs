//! Where a run comes from: program, machine and commit.

use std::fs;
use std::path::{Path, PathBuf};

use crate::event;

/// What made a run, for `run.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The command line.
    pub argv: Vec<String>,
    /// The version of this crate.
    pub version: String,
    /// The commit checked out in the git repository around the working directory, if any.
    pub git_commit: Option<String>,
    /// The machine's name.
    pub host: String,
}

impl Provenance {
    /// Returns what is known of this process, whose command line is `argv`.
    pub fn of_process(argv: Vec<String>) -> Self {
        let working_dir = std::env::current_dir().ok();
        Provenance {
            argv,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_commit: working_dir.and_then(|dir| git_commit(&dir)),
            host: event::host_name(),
        }
    }
}

/// The commit that HEAD is at, read from git's files: starting git would take longer than a run.
fn git_commit(dir: &Path) -> Option<String> {
    let git = dir.ancestors().map(|dir| dir.join(".git")).find(|git| git.exists())?;
    // In a linked worktree `.git` is a file that names the directory.
    let git = match fs::read_to_string(&git) {
        Ok(link) => git.parent()?.join(link.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(reference) = head.strip_prefix("ref:").map(str::trim) else {
        return Some(head.trim().to_owned());
    };
    let common = match fs::read_to_string(git.join("commondir")) {
        Ok(common) => git.join(common.trim()),
        Err(_) => git,
    };
    let loose: PathBuf = reference.split('/').fold(common.clone(), |path, part| path.join(part));
    if let Ok(commit) = fs::read_to_string(loose) {
        return Some(commit.trim().to_owned());
    }
    let packed = fs::read_to_string(common.join("packed-refs")).ok()?;
    let found = packed.lines().find_map(|line| line.strip_suffix(reference)?.strip_suffix(' '));
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_found_loose_packed_and_detached() {
        let dir = tempfile::tempdir().unwrap();
        let (git, below) = (dir.path().join(".git"), dir.path().join("a").join("b"));
        fs::create_dir_all(git.join("refs").join("heads")).unwrap();
        fs::create_dir_all(&below).unwrap();
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(git_commit(&below), None, "nothing is committed yet");

        fs::write(git.join("packed-refs"), "# pack-refs\n1111 refs/heads/main\n").unwrap();
        assert_eq!(git_commit(&below).as_deref(), Some("1111"));
        fs::write(git.join("refs").join("heads").join("main"), "2222\n").unwrap();
        assert_eq!(git_commit(&below).as_deref(), Some("2222"));
        fs::write(git.join("HEAD"), "3333\n").unwrap();
        assert_eq!(git_commit(&below).as_deref(), Some("3333"));
    }
}
