//! Where data sets are kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The directory that data sets are kept in, each in one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataHome {
    root: Option<PathBuf>,
}

/// The environment variable that names the directory of data sets.
pub const DATA_VARIABLE: &str = "RUNBOARD_DATA";

impl DataHome {
    /// Returns the directory given, that of `--data-dir`.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        DataHome { root: Some(dir.into()) }
    }

    /// Returns the directory that `RUNBOARD_DATA` names, else `runboard` in the user's data
    /// directory.
    ///
    /// That is `$XDG_DATA_HOME` or `~/.local/share`, on macOS `~/Library/Application Support`, on
    /// Windows `%LOCALAPPDATA%`. Whoever has none, as some services, still has what is built in.
    pub fn of_user() -> Self {
        let user = |variable: &str| std::env::var_os(variable);
        DataHome { root: root(&user, std::env::home_dir(), std::env::consts::OS) }
    }

    /// Returns the directory, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Returns the directory of a data set: where it is looked for first, and fetched to.
    pub fn dir(&self, dataset: &str) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join(dataset))
    }

    /// Returns where a file may be, in the order in which it is looked for.
    ///
    /// The root itself counts too: who has the four files may name their directory.
    pub(super) fn places(&self, dataset: &str, file: &str) -> Vec<PathBuf> {
        let Some(root) = &self.root else { return Vec::new() };
        let packed = format!("{file}.gz");
        let dirs = [root.join(dataset), root.clone()];
        dirs.iter().flat_map(|dir| [dir.join(file), dir.join(&packed)]).collect()
    }
}

fn root(
    variable: &dyn Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
    system: &str,
) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(root) = set(DATA_VARIABLE) {
        return Some(root);
    }
    let in_home = |below: &str| home.filter(|home| home.is_absolute()).map(|home| home.join(below));
    let data = match system {
        "windows" => set("LOCALAPPDATA").or_else(|| in_home("AppData/Local")),
        "macos" => in_home("Library/Application Support"),
        // A relative path is to be ignored: XDG Base Directory Specification.
        _ => set("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| in_home(".local/share")),
    };
    Some(data?.join("runboard"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], home: Option<&str>, system: &str) -> Option<PathBuf> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        };
        root(&variable, home.map(PathBuf::from), system)
    }

    #[test]
    fn the_variable_comes_first_and_an_empty_one_is_none() {
        let xdg = ("XDG_DATA_HOME", "/xdg");
        let of = |value| of(&[(DATA_VARIABLE, value), xdg], Some("/home/kim"), "linux");
        assert_eq!(of("데이터"), Some("데이터".into()));
        assert_eq!(of(""), Some("/xdg/runboard".into()));
    }

    #[cfg(unix)]
    #[test]
    fn without_it_the_users_data_directory_is_that_of_the_system() {
        let kim = Some("/home/kim");
        assert_eq!(of(&[], kim, "linux"), Some("/home/kim/.local/share/runboard".into()));
        let relative = [("XDG_DATA_HOME", "data")];
        assert_eq!(of(&relative, kim, "linux"), Some("/home/kim/.local/share/runboard".into()));
        let mac = "/home/kim/Library/Application Support/runboard";
        assert_eq!(of(&[], kim, "macos"), Some(mac.into()));
        let local = [("LOCALAPPDATA", "/local")];
        assert_eq!(of(&local, kim, "windows"), Some("/local/runboard".into()));
        assert_eq!(of(&[], kim, "windows"), Some("/home/kim/AppData/Local/runboard".into()));
    }

    #[test]
    fn who_has_no_home_has_no_directory() {
        assert_eq!(of(&[], None, "linux"), None);
        assert_eq!(of(&[], Some(""), "linux"), None);
        assert!(DataHome { root: None }.places("mnist", "file").is_empty());
    }
}
