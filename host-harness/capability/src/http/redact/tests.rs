use super::*;
use serde_json::{Value, json};

fn redacted(redactor: &Redactor, value: &Value) -> Value {
    serde_json::from_str(&redactor.json(&value.to_string()).unwrap()).unwrap()
}

#[test]
fn a_replacement_has_the_shape_of_the_original_and_is_the_same_each_time() {
    let redactor = Redactor::default();
    for text in
        ["Ada Lovelace", "ada@example.net", "SW1A 2AA", "+44 20 7946 0958", "Жанна д'Арк", "東京都", "Straße 7b", ""]
    {
        let replaced = redactor.text(text);
        assert_eq!(replaced, redactor.text(text));
        assert_eq!(replaced.len(), text.len(), "{text} {replaced}");
        for (old, new) in text.chars().zip(replaced.chars()) {
            assert_eq!(old.is_alphabetic(), new.is_alphabetic(), "{text} {replaced}");
            assert_eq!(old.is_uppercase(), new.is_uppercase(), "{text} {replaced}");
            assert_eq!(old.is_ascii_digit(), new.is_ascii_digit(), "{text} {replaced}");
            assert_eq!(old.is_alphanumeric(), old != new, "{text} {replaced}");
        }
    }
    assert_ne!(
        redactor.text("Ada Lovelace"),
        Redactor::default().text("Ada Lovelace"),
        "every recording has its own key"
    );
}

#[test]
fn personal_fields_are_replaced_at_any_depth_and_what_is_known_to_be_harmless_stays() {
    let redactor = Redactor::default();
    let order = json!({
        "OrderId": "A-17", "ReferenceNum": "Web 12", "Items": [{"SKU": "S 1", "Notes": "for Ada", "Quantity": 2}],
        "ReceivedDate": "2026-03-02T08:00:00.123Z", "GeneralInfo": {"Status": "PAID"},
        "CustomerInfo": {
            "CreatedBy": "Ada", "Address": {
                "FullName": "Ada Lovelace", "Lines": ["1 Low St"], "PhoneNumber": 20794609, "Country": "France",
                "CountryId": "00000000-0000-4000-8000-000000000250", "Extra": "ADA", "House": 17,
            },
        },
        "Properties": [{"Name": "Gift note", "Value": "For Ada"}], "Contact": {"Name": "Ada L"},
    });
    let replaced = redacted(&redactor, &order);
    for pointer in [
        "/OrderId",
        "/ReferenceNum",
        "/Items/0/SKU",
        "/Items/0/Quantity",
        "/ReceivedDate",
        "/GeneralInfo/Status",
        "/CustomerInfo/Address/Country",
        "/CustomerInfo/Address/CountryId",
        "/Properties/0/Name",
    ] {
        assert_eq!(replaced.pointer(pointer), order.pointer(pointer), "{pointer}");
    }
    assert_ne!(replaced["CustomerInfo"]["Address"]["House"], 17);
    let text = replaced.to_string();
    for gone in ["Ada", "ADA", "Lovelace", "Low St", "20794609"] {
        assert!(!text.contains(gone), "{text}");
    }
    assert_eq!(redacted(&redactor, &order), replaced);
}

#[test]
fn what_a_document_is_written_like_stays() {
    let redactor = Redactor::default();
    let text = r#"{"Z":1.10,"A":1e2,"Z":0.30000000000000004,"Big":12345678901234567890,"N":null}"#;
    assert_eq!(redactor.json(text).as_deref(), Some(text));
    assert_eq!(redactor.json("[1,2"), None);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let _ = redactor.json(&deep);
}

#[test]
fn a_name_that_the_settings_hold_stays_unless_its_field_is_personal() {
    let redactor = Redactor::default().keeping(["Royal Mail 48, Parcel", " To 3PL"]);
    let answer =
        json!({"Anything": "ROYAL mail 48", "Other": "parcel", "Third": "to 3pl", "Town": "Parcel", "X": "No"});
    let replaced = redacted(&redactor, &answer);
    for stays in ["Anything", "Other", "Third"] {
        assert_eq!(replaced[stays], answer[stays]);
    }
    assert!(replaced["Town"] != "Parcel" && replaced["X"] != "No", "{replaced}");
}

#[test]
fn a_personal_text_is_found_where_nobody_expects_it() {
    let redactor = Redactor::default();
    redactor.json(&json!({"FullName": "Ada \"Countess\" Lovelace", "PhoneNumber": "020 7946 0958"}).to_string());
    let text = json!({"ReferenceNum": "Order of Ada \"Countess\" Lovelace, 020 7946 0958, A-1"}).to_string();
    let replaced = redactor.without_seen(redactor.json(&text).unwrap());
    let replaced: Value = serde_json::from_str(&replaced).unwrap();
    let reference = replaced["ReferenceNum"].as_str().unwrap();
    assert!(reference.starts_with("Order of ") && reference.ends_with(", A-1"), "{reference}");
    assert!(!reference.contains("Lovelace") && !reference.contains("7946"), "{reference}");
}

#[test]
fn an_outline_is_the_same_before_and_after_replacing_and_differs_where_anything_else_does() {
    let redactor = Redactor::default();
    let told = |name: &str, id: &str| json!({"FullName": name, "OrderId": id, "Message": name, "X": name}).to_string();
    let replaced = redactor.json(&told("Ada", "A-1")).unwrap();
    assert_eq!(redactor.outline(&replaced), redactor.outline(&told("Eva", "A-1")));
    assert_ne!(redactor.outline(&replaced), redactor.outline(&told("Ada", "A-2")));
    let form = |id: &str| format!("request=%7B%22OrderId%22%3A%22{id}%22%7D");
    assert_eq!(redactor.outline(&form("7")), r#"request={"OrderId":"7"}"#);
    assert_ne!(redactor.outline(&form("7")), redactor.outline(&form("8")));
}

#[test]
fn settings_stay_and_addresses_in_them_go() {
    let redactor = Redactor::default();
    let settings = json!({"FolderFilter": "To 3PL", "Note": "ask Ada", "Mapping": [{"to": "a b@example.net c"}]});
    let replaced: Value = serde_json::from_str(&redactor.settings(&settings.to_string())).unwrap();
    assert_eq!(replaced["FolderFilter"], "To 3PL");
    let text = replaced.to_string();
    assert!(!text.contains("Ada") && !text.contains("b@example") && text.contains("a "), "{text}");
}

#[test]
fn bodies_of_every_kind_lose_personal_data_and_secrets() {
    let redactor = Redactor::default();
    let secrets = [SecretString::from("s3cr3t-token")];
    let json =
        redactor.body(br#"{"Status":"x s3cr3t-token y","Email":"ada@example.net"}"#, "application/json", &secrets);
    let form = redactor.body(
        b"Email=ada%40example.net&request=%7B%22Email%22%3A%22ada%40example.net%22%7D&id=7",
        "application/x-www-form-urlencoded",
        &secrets,
    );
    let other = redactor.body(b"<b>ada s3cr3t-token</b>", "text/html", &secrets);
    let bare = redactor.body(b"\"ada@example.net\"", "application/json", &secrets);
    for text in [&json, &form, &other, &bare] {
        assert!(!text.contains("s3cr3t") && !text.contains("ada"), "{text}");
    }
    assert!(form.ends_with("id=7") && json.starts_with("{\"Status\":\"x "));
    assert_eq!(redactor.body(&[0xff, 0xfe], "", &[]), "(2 bytes that are not text)");
}

#[test]
fn a_secret_is_replaced_in_whatever_case_its_letters_are() {
    let redactor = Redactor::default();
    let secrets = [SecretString::from("0a1B-c2d3-Geheimnis")];
    let body = "{\"Id\":\"0A1B-C2D3-GEHEIMNIS\",\"Status\":\"é 0a1b-c2d3-geheimnis, 0a1B-c2d3-Geheimnis\"}";
    let replaced = redactor.body(body.as_bytes(), "application/json", &secrets);
    assert!(!replaced.to_ascii_lowercase().contains("geheimnis"), "{replaced}");
    assert_eq!(replaced.len(), body.len(), "{replaced}");
    let as_it_is = redactor.text("0a1B-c2d3-Geheimnis");
    assert!(replaced.starts_with("{\"Id\":\"") && replaced.ends_with(&format!(", {as_it_is}\"}}")), "{replaced}");
}

#[test]
fn a_header_of_an_answer_keeps_its_moment_and_its_kind_and_nothing_of_anybody() {
    let redactor = Redactor::new([7; 32]);
    let secrets = [SecretString::from("s3cr3t-token")];
    for (name, value) in [
        ("content-type", "application/json; charset=utf-8"),
        ("date", "Mon, 02 Mar 2026 09:12:40 GMT"),
        ("retry-after", "120"),
    ] {
        assert_eq!(redactor.header(name, value, &secrets), value);
    }
    for (name, value) in [
        ("content-type", "text/S3CR3T-token"),
        ("content-type", "application/json; name=\"Ada Lovelace\""),
        ("retry-after", "ada@example.net"),
    ] {
        let replaced = redactor.header(name, value, &secrets).to_ascii_lowercase();
        assert!(!replaced.contains("s3cr3t") && !replaced.contains("ada"), "{replaced}");
    }
}
