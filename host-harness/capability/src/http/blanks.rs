//! Secrets in answers: a source that repeats what it was sent hands none of it to the guest.
//!
//! Found are the credentials and the session's token, in whatever letter case: as they are, within JSON, and within a
//! query or a form. All are looked for in one pass, whose time does not depend on what a source chose for a token. What is
//! encoded otherwise, as in base64, is not found. The search keeps the secrets' letters in a form of its own, which is not
//! wiped.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use super::UNRESERVED;

/// Fewer characters than this stand too easily for something else.
const SHORTEST: usize = 8;
/// Up to so many bytes of secrets the fastest search is small as well.
const FASTEST: usize = 1_000;
/// What stands in a secret's place; not longer than the shortest of them.
const BLANK: &str = "[secret]";

/// Finds the secrets of one session.
pub(crate) struct Blanks(AhoCorasick);

impl Blanks {
    /// Prepares the search, once for a session.
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut forms: Vec<Zeroizing<String>> = Vec::new();
        for secret in secrets.filter(|secret| secret.chars().count() >= SHORTEST) {
            let quoted = Zeroizing::new(serde_json::to_string(secret).map_err(|error| error.to_string())?);
            let within_json = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(secret);
            forms.push(Zeroizing::new(secret.to_owned()));
            forms.push(Zeroizing::new(within_json.to_owned()));
            // Some write each slash as `\/`.
            forms.push(Zeroizing::new(within_json.replace('/', "\\/")));
            forms.push(Zeroizing::new(utf8_percent_encode(secret, UNRESERVED).to_string()));
        }
        // Most are the same in every form.
        forms.dedup();
        let small = forms.iter().map(|form| form.len()).sum::<usize>() <= FASTEST;
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(if small { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA }))
            .build(forms.iter().map(|form| form.as_bytes()))
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Whether a secret is in `text`.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// `bytes` without secrets; the same bytes when there is none, which is nearly always.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        if !self.0.is_match(&bytes) {
            return bytes;
        }
        let bytes = Zeroizing::new(bytes);
        let mut out = Vec::with_capacity(bytes.len());
        self.0.replace_all_with_bytes(&bytes, &mut out, |_, _, out| {
            out.extend_from_slice(BLANK.as_bytes());
            true
        });
        out
    }

    /// `text` without secrets.
    pub(crate) fn text(&self, text: String) -> String {
        if !self.finds(&text) {
            return text;
        }
        let text = Zeroizing::new(text);
        let mut out = String::with_capacity(text.len());
        self.0.replace_all_with(&text, &mut out, |_, _, out| {
            out.push_str(BLANK);
            true
        });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blanked(secrets: &[&str], text: &str) -> String {
        let blanks = Blanks::new(secrets.iter().copied()).unwrap();
        let bytes = blanks.bytes(text.as_bytes().to_vec());
        assert_eq!(bytes, blanks.text(text.to_owned()).as_bytes());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_secret_is_blanked_in_whatever_letter_case_and_encoding() {
        let secrets = ["Hunter2/\"Key\"", "a0b1c2d3-e4f5"];
        assert_eq!(blanked(&secrets, "A0B1C2D3-E4F5, a0b1c2d3-E4f5."), "[secret], [secret].");
        let document = r#"{"a":"hunter2/\"key\"","b":"Hunter2\/\"Key\""}"#;
        assert_eq!(blanked(&secrets, document), r#"{"a":"[secret]","b":"[secret]"}"#);
        assert_eq!(blanked(&secrets, "key=Hunter2%2F%22Key%22&x=y"), "key=[secret]&x=y");
    }

    #[test]
    fn of_two_secrets_the_longer_is_blanked_whole() {
        assert_eq!(blanked(&["password", "password-of-mine"], "password-of-mine password"), "[secret] [secret]");
    }

    #[test]
    fn what_holds_no_secret_and_what_is_shorter_than_eight_characters_stays() {
        assert_eq!(blanked(&["seven77", ""], "seven77 é \u{0}"), "seven77 é \u{0}");
        assert_eq!(blanked(&[], "anything"), "anything");
        let blanks = Blanks::new(["password"].into_iter()).unwrap();
        let bytes = b"passwor d".to_vec();
        let place = bytes.as_ptr();
        let kept = blanks.bytes(bytes);
        assert_eq!(kept.as_ptr(), place, "it was copied");
    }

    #[test]
    fn a_token_of_any_length_is_blanked() {
        let long = "t".repeat(8_000);
        assert_eq!(blanked(&[&long], &format!("{long}x{}", &long[1..])), format!("[secret]x{}", &long[1..]));
    }
}
