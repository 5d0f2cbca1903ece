//! Buyers and their addresses. No real people: names, streets and mailboxes are numbered, the mail domain is reserved
//! for tests, the telephone numbers are zeros.

use super::dice::Dice;
use crate::state::{Address, Country};

struct Place {
    town: &'static str,
    region: &'static str,
    post_code: &'static str,
    country: &'static str,
    telephone: &'static str,
}

const fn place(
    town: &'static str,
    region: &'static str,
    post_code: &'static str,
    country: &'static str,
    telephone: &'static str,
) -> Place {
    Place { town, region, post_code, country, telephone }
}

const BRITAIN: [Place; 6] = [
    place("Leeds", "West Yorkshire", "LS1 1AA", "United Kingdom", "0113 000 0000"),
    place("London", "", "SW1A 1AA", "United Kingdom", "020 0000 0000"),
    place("Edinburgh", "Midlothian", "EH1 1AA", "United Kingdom", "0131 000 0000"),
    place("Ynys Môn", "Gwynedd", "LL77 7AA", "United Kingdom", "01248 000000"),
    place("Belfast", "County Antrim", "BT1 1AA", "United Kingdom", "028 0000 0000"),
    place("Bristol", "", "bs1 1aa", "United Kingdom", "+44 117 000 0000"),
];
const EUROPE: [Place; 9] = [
    place("München", "Bayern", "80331", "Germany", "+49 89 0000000"),
    place("Saint-Étienne", "Loire", "42000", "France", "+33 4 00 00 00 00"),
    place("Łódź", "Łódzkie", "90-001", "Poland", "+48 42 000 00 00"),
    place("Málaga", "Andalucía", "29001", "Spain", "+34 950 000 000"),
    place("Århus", "", "8000", "Denmark", "+45 00 00 00 00"),
    place("Cork", "County Cork", "T12 A000", "Ireland", "+353 21 000 0000"),
    place("Αθήνα", "Αττική", "105 57", "Greece", "+30 21 0000 0000"),
    place("Forlì", "Emilia-Romagna", "47121", "Italy", "+39 0543 000000"),
    place("Ås", "Viken", "1430", "Norway", "+47 00 00 00 00"),
];
const AMERICA: [Place; 4] = [
    place("Cañon City", "CO", "81212", "United States", "719-555-0100"),
    place("New York", "NY", "10001-0001", "United States", "212-555-0100"),
    place("Los Angeles", "California", "90001", "United States", "(213) 555-0100"),
    place("Austin", "TX", "73301", "United States", "512-555-0100"),
];

/// The address of the buyer of order `number`: six in ten British, three European, one American.
pub(super) fn address(number: i32, dice: &mut Dice, countries: &[Country]) -> Address {
    let region: &[Place] = match dice.between(1, 10) {
        1..=6 => &BRITAIN,
        7..=9 => &EUROPE,
        _ => &AMERICA,
    };
    let Some(place) = region.get(dice.place(region.len())) else { return Address::default() };
    let country = countries.iter().find(|country| country.country_name == place.country);
    let full_name = if dice.chance(50) { format!("Tëst Büyer {number}") } else { format!("Test Buyer {number}") };
    Address {
        email_address: Some(format!("buyer{number}@example.test")),
        address1: Some(format!("{number} Test Street")),
        address2: Some(if dice.chance(200) { format!("Flat {}", dice.between(1, 40)) } else { String::new() }),
        address3: Some(String::new()),
        town: Some(place.town.to_owned()),
        region: Some(place.region.to_owned()),
        post_code: Some(place.post_code.to_owned()),
        country: Some(place.country.to_owned()),
        continent: country.map(|country| country.continent.clone()),
        full_name: Some(full_name),
        company: Some(if dice.chance(80) { format!("Test Company {number} & Søn") } else { String::new() }),
        phone_number: Some(place.telephone.to_owned()),
        country_id: country.map(|country| country.country_id).unwrap_or_default(),
    }
}
