//! Another checker of what real TensorBoard sees, which not everybody has.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::tools::{LOADERS, from_outside, python};

pub(crate) struct Tbcheck(PathBuf);

impl Tbcheck {
    /// It says so where there is none: the other tests stand without it.
    pub(crate) fn from_outside() -> Option<Self> {
        let script = env::var_os("RUNBOARD_TBCHECK");
        if script.is_none() {
            eprintln!("RUNBOARD_TBCHECK is not set: skipped");
        } else {
            from_outside("RUNBOARD_PYTHON");
        }
        script.map(|script| Tbcheck(script.into()))
    }

    /// Panics unless both loaders see in a log directory what a file says.
    pub(crate) fn sees(&self, logdir: &Path, expectations: &Path) {
        for load_fast in LOADERS {
            let options = ["--load-fast", load_fast, "--quiet", "--expect"].map(OsStr::new);
            let files = [logdir, expectations].map(Path::as_os_str);
            python(&self.0, &[&files[..1], &options, &files[1..]].concat());
        }
    }
}
