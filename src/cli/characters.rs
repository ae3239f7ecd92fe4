//! Whether the terminal shows more than ASCII.

use std::env;

use crate::trainer::Characters;

/// Returns what to draw with on this terminal, as far as the environment tells.
pub(super) fn of_terminal() -> Characters {
    of_environment(|name| env::var(name).ok())
}

/// ASCII on a `dumb` terminal and in a locale that names another encoding than UTF-8; a locale that
/// is not set tells nothing, which is so in most containers.
fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Characters {
    let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
    // POSIX: the first of these that is set and not empty.
    let mut names = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
    let locale = names.find_map(|name| variable(name).filter(|locale| !locale.is_empty()));
    let is_other = locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    });
    if is_dumb || is_other { Characters::Ascii } else { Characters::Blocks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_for_dumb_terminals_and_other_locales() {
        let of = |set: &[(&str, &str)]| {
            of_environment(|name| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        use Characters::{Ascii, Blocks};
        assert_eq!(of(&[]), Blocks);
        assert_eq!(of(&[("TERM", "dumb"), ("LANG", "ko_KR.UTF-8")]), Ascii);
        assert_eq!(of(&[("TERM", "xterm"), ("LANG", "ko_KR.UTF-8")]), Blocks);
        assert_eq!(of(&[("LANG", "C.utf8")]), Blocks);
        assert_eq!(of(&[("LANG", "ko_KR.eucKR")]), Ascii);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]), Ascii);
        assert_eq!(of(&[("LC_ALL", ""), ("LC_CTYPE", "en_US.UTF-8")]), Blocks);
    }
}
