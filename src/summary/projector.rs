//! What the Projector tab reads: names of files, and `projector_config.pbtxt`, protobuf as text.

use std::fmt::Write;

use crate::types::Step;

pub(super) const CONFIG: &str = "projector_config.pbtxt";
pub(super) const TENSOR: &str = "tensors.tsv";
pub(super) const METADATA: &str = "metadata.tsv";
pub(super) const SPRITE: &str = "sprite.png";

/// Where embeddings lie in the run's directory.
const DIR: &str = "embeddings";

/// So many bytes of a tag are kept in a directory's name, which may be 255 long.
const NAME_LEN: usize = 80;

/// The files of one embedding.
pub(super) struct Files<'t> {
    tag: &'t str,
    step: Step,
}

impl<'t> Files<'t> {
    pub(super) fn new(tag: &'t str, step: Step) -> Self {
        Files { tag, step }
    }

    /// What the tab calls the embedding; as tensorboardX does.
    pub(super) fn name(&self) -> String {
        format!("{}:{:05}", self.tag, self.step.0)
    }

    /// The directory, relative to that of the run.
    pub(super) fn dir(&self) -> String {
        format!("{DIR}/{}-{:05}", file_name(self.tag), self.step.0)
    }

    /// Returns the entry of the configuration.
    pub(super) fn entry(
        &self,
        shape: [usize; 2],
        has_metadata: bool,
        image_size: Option<[usize; 2]>,
    ) -> String {
        let dir = self.dir();
        let mut entry = String::from("embeddings {\n");
        let mut line = |name: &str, value: String| {
            let _ = writeln!(entry, "  {name}: {value}");
        };
        line("tensor_name", quoted(&self.name()));
        line("tensor_path", quoted(&format!("{dir}/{TENSOR}")));
        shape.iter().for_each(|size| line("tensor_shape", size.to_string()));
        if has_metadata {
            line("metadata_path", quoted(&format!("{dir}/{METADATA}")));
        }
        if let Some([width, height]) = image_size {
            let path = quoted(&format!("{dir}/{SPRITE}"));
            let _ = writeln!(
                entry,
                "  sprite {{ image_path: {path} single_image_dim: {width} single_image_dim: {height} }}"
            );
        }
        entry.push_str("}\n");
        entry
    }
}

/// Returns the configuration with the entry, instead of an earlier one of that name.
///
/// Entries of other writers stay, whatever they look like.
pub(super) fn with_entry(config: &str, name: &str, entry: &str) -> String {
    let start = format!("embeddings {{\n  tensor_name: {}\n", quoted(name));
    let mut result = String::with_capacity(config.len() + entry.len() + 1);
    match config.split_once(&start) {
        Some((before, rest)) => {
            // An entry of ours ends with the first brace at the beginning of a line.
            let after = rest.split_once("\n}\n").map_or("", |(_, after)| after);
            result.extend([before, after]);
        }
        None => result.push_str(config),
    }
    if !result.is_empty() && !result.ends_with('\n') {
        result.push('\n');
    }
    result.push_str(entry);
    result
}

/// Returns a string literal of protobuf's text format.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\n' => quoted.push_str("\\n"),
            _ if char.is_control() => {
                let mut bytes = [0; 4];
                for byte in char.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns a name that every file system takes: the tag, if it is one.
///
/// Otherwise its beginning, and a checksum that keeps different tags apart. Letters of all scripts
/// stay; case alone counts as no difference on some systems, so capitals get the checksum too.
fn file_name(tag: &str) -> String {
    let plain =
        |char: char| (char.is_alphanumeric() && !char.is_uppercase()) || matches!(char, '-' | '_');
    if !tag.is_empty() && tag.len() <= NAME_LEN && tag.chars().all(plain) {
        return tag.to_owned();
    }
    let mut name = String::new();
    for char in tag.chars() {
        if name.len() + char.len_utf8() > NAME_LEN {
            break;
        }
        name.push(if char.is_alphanumeric() || plain(char) { char } else { '_' });
    }
    format!("{name}-{:08x}", crc32c::crc32c(tag.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_becomes_a_name_that_stays_in_its_directory() {
        assert_eq!(file_name("words_2-낱말"), "words_2-낱말");
        for tag in ["", ".", "..", "a/b", "../../etc", "C:\\x", "nul\0", "aux.", "Words"] {
            let name = file_name(tag);
            let (_, crc) = name.rsplit_once('-').unwrap();
            assert_eq!(crc.len(), 8, "{name}");
            assert!(!name.contains(['/', '\\', '.', ':', '\0']), "{name}");
        }
        assert_ne!(file_name("a/b"), file_name("a\\b"));
        assert!(file_name(&"한".repeat(40_000)).len() <= NAME_LEN + 9);
    }

    #[test]
    fn an_entry_is_text_format_with_what_is_there() {
        let entry = Files::new("a\"b\n\x07", Step(7)).entry([5, 3], true, Some([8, 9]));
        let dir = Files::new("a\"b\n\x07", Step(7)).dir();
        let want = format!(
            "embeddings {{\n  tensor_name: \"a\\\"b\\n\\007:00007\"\n  \
             tensor_path: \"{dir}/tensors.tsv\"\n  tensor_shape: 5\n  tensor_shape: 3\n  \
             metadata_path: \"{dir}/metadata.tsv\"\n  sprite {{ image_path: \"{dir}/sprite.png\" \
             single_image_dim: 8 single_image_dim: 9 }}\n}}\n"
        );
        assert_eq!(entry, want);
    }

    #[test]
    fn an_entry_is_added_once_and_others_stay() {
        let foreign = "embeddings { tensor_name: \"a:00000\" tensor_path: \"a.tsv\" }";
        let files = Files::new("a", Step(0));
        let first = with_entry(foreign, &files.name(), &files.entry([5, 3], true, None));
        let other = Files::new("b", Step(0));
        let second = with_entry(&first, &other.name(), &other.entry([1, 1], false, None));
        let third = with_entry(&second, &files.name(), &files.entry([6, 3], true, None));
        assert!(third.starts_with(foreign));
        assert_eq!(third.matches("tensor_name: \"a:00000\"").count(), 2, "{third}");
        assert_eq!(third.matches("tensor_name: \"b:00000\"").count(), 1, "{third}");
        assert!(third.contains("tensor_shape: 6") && !third.contains("tensor_shape: 5"), "{third}");
    }
}
