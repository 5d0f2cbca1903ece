//! Characters that no label, no file and not every database takes.

/// Whether a text holds a control character that is neither a tab nor a line's end. A text that something is known by is never changed
/// on the way, since another text could mean something else; with such a character in it, it cannot be taken.
pub(crate) fn is_odd(text: &str) -> bool {
    text.bytes().any(odd)
}

/// A text for people, without such characters.
pub(crate) fn clean(text: &str) -> String {
    match is_odd(text) {
        true => text.chars().filter(|c| !u8::try_from(*c).is_ok_and(odd)).collect(),
        false => text.to_owned(),
    }
}

fn odd(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}
