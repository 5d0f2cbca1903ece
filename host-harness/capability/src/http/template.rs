//! Texts of the authentication recipe that hold placeholders: `{secret:NAME}`, `{setting:NAME}` and, in the header's value,
//! `{session}`.
//!
//! A template is parsed once, when a manifest is loaded, so that a mistake in it is found then. Any other brace is a mistake:
//! a text that looks like a placeholder and is none would be sent as it stands.

use zeroize::Zeroizing;

/// A name in a text, to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placeholder {
    /// A secret of the platform.
    Secret(String),
    /// A field of the connection's settings.
    Setting(String),
    /// The session's token.
    Session,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// A parsed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(open);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let unclear = || {
                format!(
                    "{text:?} has a brace that is no placeholder; expected {{secret:NAME}}, {{setting:NAME}} or {{session}}"
                )
            };
            let (name, tail) = after.strip_prefix('{').and_then(|after| after.split_once('}')).ok_or_else(unclear)?;
            parts.push(Part::Placeholder(match name.split_once(':') {
                Some(("secret", name)) if is_name(name) => Placeholder::Secret(name.to_owned()),
                Some(("setting", name)) if is_name(name) => Placeholder::Setting(name.to_owned()),
                None if name == "session" => Placeholder::Session,
                _ => return Err(unclear()),
            }));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Text(_) => None,
        })
    }

    /// The text with every placeholder replaced by what `value` gives for it.
    pub(crate) fn render<E>(
        &self,
        mut value: impl FnMut(&Placeholder) -> Result<Zeroizing<String>, E>,
    ) -> Result<Zeroizing<String>, E> {
        // Collected first and joined into one allocation of the right size: a string that grows leaves copies behind that
        // nobody wipes.
        let mut pieces: Vec<Zeroizing<String>> = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            pieces.push(match part {
                Part::Text(text) => Zeroizing::new(text.clone()),
                Part::Placeholder(placeholder) => value(placeholder)?,
            });
        }
        let mut out = Zeroizing::new(String::with_capacity(pieces.iter().map(|piece| piece.len()).sum()));
        for piece in &pieces {
            out.push_str(piece);
        }
        Ok(out)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> String {
        let name = |placeholder: &Placeholder| -> Result<_, ()> { Ok(Zeroizing::new(format!("<{placeholder:?}>"))) };
        Template::parse(text).unwrap().render(name).unwrap().to_string()
    }

    #[test]
    fn placeholders_are_replaced_and_the_rest_stays() {
        assert_eq!(render("plain"), "plain");
        assert_eq!(render(""), "");
        assert_eq!(render("a{secret:Id}b{setting:Token}{session}"), "a<Secret(\"Id\")>b<Setting(\"Token\")><Session>");
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_is_not_replaced_again() {
        let template = Template::parse("{setting:A}").unwrap();
        let out = template.render(|_| -> Result<_, ()> { Ok(Zeroizing::new("{secret:B}".into())) }).unwrap();
        assert_eq!(out.as_str(), "{secret:B}");
    }

    #[test]
    fn a_brace_that_is_no_placeholder_is_a_mistake() {
        for text in
            ["{", "}", "{secret}", "{secret:}", "{env:HOME}", "{secret:a b}", "{{session}}", "{Session}", "x{session"]
        {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
