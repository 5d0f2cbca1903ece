//! Values as Linnworks writes them, read leniently and without copying: a member that is missing, `null`, empty, a zero GUID
//! or the minimal date is "not set" in every type here.
use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::{instant, money};

const ZERO_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// A text, borrowed from the answer where it holds no escapes. A number in its place is no text: as an address, a reference or an id it
/// would be believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// As it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without spaces around it.
    pub fn trimmed(&self) -> &str {
        let text: &str = &self.0;
        // Almost every text begins and ends with plain ASCII; looking for Unicode's spaces costs more than reading the text did.
        match text.as_bytes() {
            [] => text,
            [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
            _ => text.trim(),
        }
    }

    /// Whether there is anything but spaces.
    pub fn is_empty(&self) -> bool {
        self.trimmed().is_empty()
    }

    /// The instant that it names, in milliseconds UTC.
    pub fn instant(&self) -> Option<i64> {
        instant::parse(&self.0)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Text(Cow::Borrowed(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Texts<'a> {
            type Value = Text<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: de::Error>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(v)))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(v.to_owned())))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(Texts(std::marker::PhantomData))
    }
}

/// A GUID, compared without regard to case; the zero GUID is "not set".
#[derive(Debug, Clone, Default)]
pub struct Guid<'a>(Text<'a>);

impl Guid<'_> {
    /// Lower case; `None` when not set.
    pub fn get(&self) -> Option<String> {
        let text = self.0.trimmed();
        (!text.is_empty() && text != ZERO_GUID).then(|| text.to_ascii_lowercase())
    }

    /// Lower case; the zero GUID when not set. For locations, where zero is the default location.
    pub fn or_zero(&self) -> String {
        self.get().unwrap_or_else(|| ZERO_GUID.to_owned())
    }

    /// Its bytes in lower case; none when not set.
    pub fn plain(&self) -> impl Iterator<Item = u8> + '_ {
        let text = if self.is_set() { self.0.trimmed() } else { "" };
        text.bytes().map(|byte| byte.to_ascii_lowercase())
    }

    /// How it is sorted against `other`.
    pub fn order(&self, other: &Guid<'_>) -> std::cmp::Ordering {
        self.plain().cmp(other.plain())
    }

    /// Whether it names the same thing as `other`; not set equals zero and empty.
    pub fn is(&self, other: &str) -> bool {
        let (mine, other) = (self.0.trimmed(), other.trim());
        mine.eq_ignore_ascii_case(other) || (blank(mine) && blank(other))
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        !blank(self.0.trimmed())
    }
}

impl<'a> From<&'a str> for Guid<'a> {
    fn from(text: &'a str) -> Self {
        Guid(text.into())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Guid<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(Guid)
    }
}

fn blank(guid: &str) -> bool {
    guid.is_empty() || guid == ZERO_GUID
}

/// Whether a text has the shape of a GUID.
pub fn is_guid(text: &str) -> bool {
    let mut length = 0usize;
    let shaped = text.bytes().enumerate().all(|(at, byte)| {
        length += 1;
        if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    });
    shaped && length == 36
}

/// Ten billion: more than anything costs, weighs or counts in any currency. Beyond it sums and products would leave what a decimal
/// holds, and such a number is no fact of trade but a fault.
const LARGEST: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);

/// A decimal number, read from its own text and never through a binary float. Not set is zero; one that nothing can be
/// (`LARGEST`) is not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Number(pub Decimal);

impl Number {
    /// As a whole number, when it is one.
    pub fn whole(self) -> Option<i64> {
        use rust_decimal::prelude::ToPrimitive;
        self.0.is_integer().then(|| self.0.to_i64()).flatten()
    }
}

/// The decimal that a JSON number or a text stands for; exponents are accepted.
pub fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim().trim_matches('"').trim();
    match text {
        "" | "null" => Some(Decimal::ZERO),
        "0" | "0.0" => Some(Decimal::ZERO),
        _ => money::decimal(text),
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let number = decimal(raw.get()).filter(|number| number.abs() <= LARGEST);
        number.map(Number).ok_or_else(|| de::Error::custom("not a number, or one that nothing can be"))
    }
}

/// A whole number; not set is zero. Linnworks writes identifiers and flags this way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Int(pub i64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ints;
        impl Visitor<'_> for Ints {
            type Value = Int;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Int, E> {
                Ok(Int(v))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Int, E> {
                i64::try_from(v).map(Int).map_err(E::custom)
            }
            #[allow(clippy::cast_possible_truncation)]
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Int, E> {
                // Flags and ids only, never money; a fraction is a shape that nobody has seen.
                if v.fract() == 0.0 && v.abs() < 9.0e15 { Ok(Int(v as i64)) } else { Err(E::custom("a fraction")) }
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Int, E> {
                let v = v.trim();
                if v.is_empty() { Ok(Int(0)) } else { v.parse().map(Int).map_err(E::custom) }
            }
            fn visit_unit<E: de::Error>(self) -> Result<Int, E> {
                Ok(Int(0))
            }
        }
        deserializer.deserialize_any(Ints)
    }
}

/// A switch; not set is off. What is neither yes nor no is not read: taken for no, it would have things done twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Flags;
        impl Visitor<'_> for Flags {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false")
            }
            fn visit_bool<E: de::Error>(self, v: bool) -> Result<Flag, E> {
                Ok(Flag(v))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Flag, E> {
                match v {
                    0 => Ok(Flag(false)),
                    1 => Ok(Flag(true)),
                    _ => Err(E::custom("a number other than 0 and 1")),
                }
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Flag, E> {
                match v.trim().to_ascii_lowercase().as_str() {
                    "" | "0" | "false" => Ok(Flag(false)),
                    "1" | "true" => Ok(Flag(true)),
                    _ => Err(E::custom("a text other than true and false")),
                }
            }
            fn visit_unit<E: de::Error>(self) -> Result<Flag, E> {
                Ok(Flag(false))
            }
        }
        deserializer.deserialize_any(Flags)
    }
}

/// A list; `null` is the empty one.
#[derive(Debug, Clone)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lists<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Lists<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(List(items))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(List::default())
            }
        }
        deserializer.deserialize_any(Lists(std::marker::PhantomData))
    }
}

/// A record; `null`, an empty text and an empty list are the one with nothing set.
#[derive(Debug, Clone, Default)]
pub struct Record<T>(pub T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Record<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Records<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Records<T> {
            type Value = Record<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(Record)
            }
            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Record::default())
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Self::Value, E> {
                if v.is_empty() { Ok(Record::default()) } else { Err(E::invalid_type(de::Unexpected::Str(""), &self)) }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                match seq.next_element::<IgnoredAny>()? {
                    None => Ok(Record::default()),
                    Some(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &self)),
                }
            }
        }
        deserializer.deserialize_any(Records(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_the_digits_of_its_text() {
        for (text, expected) in [
            ("18.4900000000001", "18.4900000000001"),
            ("1e-2", "0.01"),
            ("1.25E2", "125"),
            ("\"3.50\"", "3.50"),
            ("null", "0"),
            ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231"),
            ("1.4210854715202004E-14", "0.000000000000014210854715202"),
            ("-3.5527136788005009e-15", "-0.0000000000000035527136788005"),
            ("2.2250738585072014E-308", "0"),
            ("0.00E-99", "0"),
            ("1.2345678901234567890123456789E+2", "123.45678901234567890123456789"),
        ] {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(number.0.to_string(), expected, "{text}");
        }
        for wrong in ["\"much\"", "1E+400", "\"1E\"", "\"E5\"", "10000000000.1", "-1e28"] {
            assert!(serde_json::from_str::<Number>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn absent_null_empty_and_zero_are_equal() {
        #[derive(Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        #[derive(Default)]
        struct All<'a> {
            t: Text<'a>,
            g: Guid<'a>,
            n: Number,
            i: Int,
            f: Flag,
            l: List<Int>,
        }
        for json in [
            "{}",
            r#"{"t":null,"g":null,"n":null,"i":null,"f":null,"l":null}"#,
            r#"{"t":"","g":"","n":"","i":"","f":"","l":[]}"#,
            r#"{"t":" ","g":"00000000-0000-0000-0000-000000000000","n":0.0,"i":0,"f":false,"l":[]}"#,
        ] {
            let all: All<'_> = serde_json::from_str(json).unwrap();
            assert!(all.t.is_empty() && all.g.get().is_none() && all.l.0.is_empty(), "{json}");
            assert_eq!((all.n, all.i, all.f), (Number::default(), Int(0), Flag(false)), "{json}");
            assert!(all.g.is(ZERO_GUID) && all.g.is("") && !all.g.is_set(), "{json}");
        }
    }

    #[test]
    fn a_flag_is_yes_or_no_and_anything_else_is_not_read() {
        for yes in ["true", "1", "\"true\"", "\"TRUE\"", "\" True \"", "\"1\""] {
            assert_eq!(serde_json::from_str::<Flag>(yes).unwrap(), Flag(true), "{yes}");
        }
        for no in ["false", "0", "null", "\"\"", "\" \"", "\"False\"", "\"0\""] {
            assert_eq!(serde_json::from_str::<Flag>(no).unwrap(), Flag(false), "{no}");
        }
        for wrong in ["\"seven\"", "\"yes\"", "\"2\"", "2", "-1", "0.5", "[]", "{}"] {
            assert!(serde_json::from_str::<Flag>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_guid_has_its_shape_and_no_case() {
        assert!(is_guid("3F6D1C52-7b0e-4a55-9d0c-5a8f2c1e7a01"));
        for wrong in [
            "",
            "3f6d1c52",
            "3f6d1c527b0e4a559d0c5a8f2c1e7a01",
            "3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a0g",
            "3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a011",
        ] {
            assert!(!is_guid(wrong), "{wrong}");
        }
        assert!(Guid::from("3F6D1C52-7b0e-4a55-9d0c-5a8f2c1e7a01").is("3f6d1c52-7B0E-4a55-9d0c-5a8f2c1e7a01"));
    }
}
