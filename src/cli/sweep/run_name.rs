//! What a trial's run is called: `init=he,activation=relu,seed=3`.

use unicode_normalization::UnicodeNormalization;

/// What some file system, or the name itself, gives another meaning.
const TAKEN: &str = "/\\:*?\"<>|%,=";

/// The longest name; file systems take 255 bytes, and a log of that name has an ending too.
const LONGEST: usize = 200;

/// Returns the name of the run that differs from its siblings by `pairs` and `seed`.
///
/// Letters of any language stay; what a file system may refuse is written as `%2F` is in addresses.
/// Of a longer name than file systems take, the end is replaced by a checksum of the whole.
pub(super) fn run_name(pairs: &[(String, String)], seed: u64) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{}={},", encoded(key), encoded(value)));
    let name = format!("{}seed={seed}", pairs.collect::<String>());
    if name.len() <= LONGEST {
        return name;
    }
    let checksum = format!("~{:08x}", crc32c::crc32c(name.as_bytes()));
    let mut end = LONGEST - checksum.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned() + &checksum
}

/// Returns the text as it can be in a name.
pub(super) fn encoded(text: &str) -> String {
    let mut safe = String::new();
    for c in text.nfc() {
        if c.is_control() || TAKEN.contains(c) {
            let mut bytes = [0; 4];
            safe.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(pairs: &[(&str, &str)], seed: u64) -> String {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        run_name(&pairs.iter().map(owned).collect::<Vec<_>>(), seed)
    }

    #[test]
    fn a_name_is_what_was_changed_in_the_order_it_was_asked_for() {
        assert_eq!(
            name(&[("init", "he"), ("activation", "relu")], 3),
            "init=he,activation=relu,seed=3"
        );
        assert_eq!(name(&[], 17), "seed=17");
    }

    #[test]
    fn what_a_file_system_refuses_is_encoded_and_letters_stay() {
        assert_eq!(
            name(&[("path", "a/b\\c:d*e?"), ("초기값", "정규,=%")], 0),
            "path=a%2Fb%5Cc%3Ad%2Ae%3F,초기값=정규%2C%3D%25,seed=0"
        );
        // "실" as its three letters (NFD) is composed.
        assert_eq!(name(&[("a", "\u{1109}\u{1175}\u{11af}\n")], 0), "a=실%0A,seed=0");
    }

    #[test]
    fn long_names_are_cut_at_a_letter_and_stay_different() {
        let long = "가".repeat(100);
        let (one, other) = (name(&[("a", &long)], 1), name(&[("a", &long)], 2));
        assert!(one.len() <= LONGEST && other.len() <= LONGEST);
        assert!(one.starts_with("a=가가") && one != other);
    }
}
