//! Which texts a recording may keep, by the name of their field or by their shape. What is not known here is replaced.

/// Fields that hold personal data. Whatever shape it has, it goes; and it is looked for elsewhere.
const PERSONAL: &[&str] = &[
    "address",
    "address1",
    "address2",
    "address3",
    "addresses",
    "addressline1",
    "addressline2",
    "addressline3",
    "birthday",
    "buyerid",
    "buyername",
    "buyerphonenumber",
    "buyeruserid",
    "cbuyername",
    "cemailaddress",
    "cfullname",
    "channelbuyername",
    "city",
    "comment",
    "comments",
    "company",
    "county",
    "createdby",
    "customername",
    "dateofbirth",
    "deliverynote",
    "deliverynotes",
    "ebayuserid",
    "email",
    "emailaddress",
    "firstname",
    "fullname",
    "giftmessage",
    "giftmessages",
    "lastname",
    "mobile",
    "nationalid",
    "note",
    "notes",
    "phone",
    "phonenumber",
    "postalcode",
    "postcode",
    "recipientname",
    "region",
    "street",
    "surname",
    "taxid",
    "taxnumber",
    "telephone",
    "town",
    "username",
    "vatid",
    "vatnumber",
    "zip",
    "zipcode",
];

/// Fields whose texts decide what a connector does and name no person: numbers and references of orders, goods, places in the
/// warehouse, states, channels and services.
const KEPT: &[&str] = &[
    "attempt",
    "barcode",
    "barcodenumber",
    "batchnumber",
    "binrack",
    "channel",
    "channels",
    "channelsku",
    "check",
    "checkpoint",
    "code",
    "country",
    "countrycode",
    "countryname",
    "courierservice",
    "currency",
    "externalinvoicenumber",
    "externalorderreference",
    "externalreference",
    "externalreferencenum",
    "field",
    "finding",
    "folder",
    "foldername",
    "folders",
    "itemnumber",
    "location",
    "locationname",
    "locationtag",
    "mode",
    "number",
    "ordernumber",
    "poreference",
    "postalservicename",
    "property",
    "reason",
    "reference",
    "referencenum",
    "retry",
    "secondaryreference",
    "site",
    "sitecode",
    "sku",
    "skus",
    "source",
    "sourcereference",
    "status",
    "subsource",
    "supplierreferencenumber",
    "tag",
    "tags",
    "trackingnumber",
    "type",
    "vendor",
    "way",
];

/// Fields in which a source says something in its own words.
const SAID: &[&str] = &["error", "errors", "exceptionmessage", "found", "message", "remedy"];

/// What the name of a field says of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is somebody's.
    Personal,
    /// It is nobody's.
    Kept,
    /// It is nobody's when there is a value or a tag beside it: the name of a property, not that of a person.
    KeptWithValue,
    /// It is an id, unless it does not look like one.
    Id,
    /// A source's own words.
    Said,
    /// Nothing.
    Unknown,
}

/// What the name of a field says; case, hyphens and underscores do not count.
pub(super) fn kind(name: &str) -> Kind {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let name = plain.as_str();
    if PERSONAL.binary_search(&name).is_ok() {
        Kind::Personal
    } else if KEPT.binary_search(&name).is_ok() {
        Kind::Kept
    } else if name == "name" {
        Kind::KeptWithValue
    } else if SAID.contains(&name) {
        Kind::Said
    } else if ["id", "ids", "guid"].iter().any(|end| name.ends_with(end)) {
        Kind::Id
    } else {
        Kind::Unknown
    }
}

/// A text as it is compared.
pub(super) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether nobody can be known by a text of this shape: an id, a date, a switch, a small number, the code of a country or a currency.
pub(super) fn has_harmless_shape(text: &str) -> bool {
    let is_code = || (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
    is_id(text)
        || is_date(text)
        || is_code()
        || is_small_number(text)
        || ["true", "false"].contains(&fold(text).as_str())
}

/// A GUID.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2026-03-02`, with or without a time.
pub(super) fn is_date(text: &str) -> bool {
    let (day, time) = text.split_at_checked(10).unwrap_or((text, ""));
    let is_day = day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let of_time = |byte: u8| byte.is_ascii_digit() || b"T :.+-Z".contains(&byte);
    is_day && time.len() <= 24 && (time.is_empty() || time.starts_with(['T', ' '])) && time.bytes().all(of_time)
}

/// Kinds of content that say nothing of anybody.
const CONTENT: &[&str] = &[
    "application/json",
    "application/problem+json",
    "application/xml",
    "text/html",
    "text/json",
    "text/plain",
    "text/xml",
];

/// Whether nobody can be known by the value of a header: a moment, or a kind of content that is known.
pub(super) fn is_harmless_header(name: &str, value: &str) -> bool {
    match name {
        "content-type" => {
            let value = fold(value);
            let (content, rest) = value.split_once(';').unwrap_or((&value, ""));
            CONTENT.contains(&content.trim()) && ["", "charset=utf-8", "charset=iso-8859-1"].contains(&rest.trim())
        }
        "date" | "retry-after" => chrono::NaiveDateTime::parse_from_str(value, "%a, %d %b %Y %H:%M:%S GMT").is_ok(),
        _ => false,
    }
}

/// Too few digits to ring anybody up by.
fn is_small_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let limit = if text.contains('.') { 9 } else { 4 };
    (1..=limit).contains(&digits) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_share_no_name() {
        for list in [PERSONAL, KEPT] {
            assert!(list.is_sorted(), "{list:?}");
        }
        assert!(KEPT.iter().all(|name| !PERSONAL.contains(name)));
    }

    #[test]
    fn a_fields_name_is_known_however_it_is_written() {
        for (name, expected) in [
            ("FullName", Kind::Personal),
            ("full_name", Kind::Personal),
            ("cEmailAddress", Kind::Personal),
            ("TaxId", Kind::Personal),
            ("pkOrderID", Kind::Id),
            ("source_line_id", Kind::Id),
            ("SKU", Kind::Kept),
            ("order_number", Kind::Kept),
            ("Message", Kind::Said),
            ("Whatever", Kind::Unknown),
            ("", Kind::Unknown),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }

    #[test]
    fn a_header_is_harmless_when_it_says_a_moment_or_a_kind_of_content() {
        let moment = "Mon, 02 Mar 2026 09:12:40 GMT";
        for (name, value, expected) in [
            ("date", moment, true),
            ("retry-after", moment, true),
            ("content-type", "application/json; charset=utf-8", true),
            ("content-type", "Text/HTML", true),
            ("date", "Ada, 02 Mar 2026 09:12:40 GMT", false),
            ("content-type", "application/json; charset=ada", false),
            ("content-type", "text/ada", false),
            ("x-buyer", moment, false),
        ] {
            assert_eq!(is_harmless_header(name, value), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_shape_is_harmless_when_nobody_can_be_known_by_it() {
        for text in [
            "GB",
            "EUR",
            "2026-03-02",
            "2026-03-02T08:00:00.1234567Z",
            "2026-03-02 08:00:00+01:00",
            "12.50",
            "-7",
            "True",
        ] {
            assert!(has_harmless_shape(text), "{text}");
        }
        for text in ["Ada", "ada", "07946 095812", "07946095812", "90210", "2026-03-02 Ada", "NaN Bread", "ADAL"] {
            assert!(!has_harmless_shape(text), "{text}");
        }
        assert!(is_id("6f9619ff-8b86-d011-b42d-00cf4fc964ff") && !is_id("6f9619ff-8b86-d011-b42d-00cf4fc964fg"));
    }
}
