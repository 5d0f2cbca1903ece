//! Words of a connector for people: what it says of an order, a problem or a check is shown and stored, whatever it is.

/// Longest reference beside a problem, in bytes.
pub(super) const REFERENCE: usize = 200;
/// Longest code of a check or a problem, in bytes.
pub(super) const CODE: usize = 100;
/// Longest message, remedy or finding, in bytes.
pub(super) const WORDS: usize = 4_000;
/// Longest name of a field or SKU, in bytes.
pub(super) const SHORT: usize = 1_000;

/// Words of a connector for a person: one line without control characters, cut at `most` bytes.
pub(super) fn plain(text: String, most: usize) -> String {
    let fits = text.len() <= most;
    if fits && !text.chars().any(char::is_control) {
        return text;
    }
    let mut plain = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        if plain.len() >= most {
            plain.push('…');
            break;
        }
        plain.push(if character.is_control() { ' ' } else { character });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_connector_are_one_line_of_bounded_length() {
        assert_eq!(plain("as it is: é \\ \"x\"".into(), 100), "as it is: é \\ \"x\"");
        assert_eq!(plain("a\nb\u{1b}[2J".into(), 100), "a b [2J");
        assert!(plain("é".repeat(1_000), 100).len() <= 100 + 'é'.len_utf8() + '…'.len_utf8());
    }
}
