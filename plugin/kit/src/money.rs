//! Money as decimal text: reading it without a binary float on the way, which currencies there are, rounding to their digits,
//! and spreading an amount without losing a cent.
use rust_decimal::{Decimal, RoundingStrategy};

/// The currencies of ISO 4217 with the number of their decimal digits, by code.
const CURRENCIES: &[(&str, u32)] = &[
    ("AED", 2),
    ("AFN", 2),
    ("ALL", 2),
    ("AMD", 2),
    ("ANG", 2),
    ("AOA", 2),
    ("ARS", 2),
    ("AUD", 2),
    ("AWG", 2),
    ("AZN", 2),
    ("BAM", 2),
    ("BBD", 2),
    ("BDT", 2),
    ("BGN", 2),
    ("BHD", 3),
    ("BIF", 0),
    ("BMD", 2),
    ("BND", 2),
    ("BOB", 2),
    ("BRL", 2),
    ("BSD", 2),
    ("BTN", 2),
    ("BWP", 2),
    ("BYN", 2),
    ("BZD", 2),
    ("CAD", 2),
    ("CDF", 2),
    ("CHF", 2),
    ("CLP", 0),
    ("CNY", 2),
    ("COP", 2),
    ("CRC", 2),
    ("CUP", 2),
    ("CVE", 2),
    ("CZK", 2),
    ("DJF", 0),
    ("DKK", 2),
    ("DOP", 2),
    ("DZD", 2),
    ("EGP", 2),
    ("ERN", 2),
    ("ETB", 2),
    ("EUR", 2),
    ("FJD", 2),
    ("FKP", 2),
    ("GBP", 2),
    ("GEL", 2),
    ("GHS", 2),
    ("GIP", 2),
    ("GMD", 2),
    ("GNF", 0),
    ("GTQ", 2),
    ("GYD", 2),
    ("HKD", 2),
    ("HNL", 2),
    ("HRK", 2),
    ("HTG", 2),
    ("HUF", 2),
    ("IDR", 2),
    ("ILS", 2),
    ("INR", 2),
    ("IQD", 3),
    ("IRR", 2),
    ("ISK", 0),
    ("JMD", 2),
    ("JOD", 3),
    ("JPY", 0),
    ("KES", 2),
    ("KGS", 2),
    ("KHR", 2),
    ("KMF", 0),
    ("KPW", 2),
    ("KRW", 0),
    ("KWD", 3),
    ("KYD", 2),
    ("KZT", 2),
    ("LAK", 2),
    ("LBP", 2),
    ("LKR", 2),
    ("LRD", 2),
    ("LSL", 2),
    ("LYD", 3),
    ("MAD", 2),
    ("MDL", 2),
    ("MGA", 2),
    ("MKD", 2),
    ("MMK", 2),
    ("MNT", 2),
    ("MOP", 2),
    ("MRU", 2),
    ("MUR", 2),
    ("MVR", 2),
    ("MWK", 2),
    ("MXN", 2),
    ("MYR", 2),
    ("MZN", 2),
    ("NAD", 2),
    ("NGN", 2),
    ("NIO", 2),
    ("NOK", 2),
    ("NPR", 2),
    ("NZD", 2),
    ("OMR", 3),
    ("PAB", 2),
    ("PEN", 2),
    ("PGK", 2),
    ("PHP", 2),
    ("PKR", 2),
    ("PLN", 2),
    ("PYG", 0),
    ("QAR", 2),
    ("RON", 2),
    ("RSD", 2),
    ("RUB", 2),
    ("RWF", 0),
    ("SAR", 2),
    ("SBD", 2),
    ("SCR", 2),
    ("SDG", 2),
    ("SEK", 2),
    ("SGD", 2),
    ("SHP", 2),
    ("SLE", 2),
    ("SOS", 2),
    ("SRD", 2),
    ("SSP", 2),
    ("STN", 2),
    ("SVC", 2),
    ("SYP", 2),
    ("SZL", 2),
    ("THB", 2),
    ("TJS", 2),
    ("TMT", 2),
    ("TND", 3),
    ("TOP", 2),
    ("TRY", 2),
    ("TTD", 2),
    ("TWD", 2),
    ("TZS", 2),
    ("UAH", 2),
    ("UGX", 0),
    ("USD", 2),
    ("UYU", 2),
    ("UZS", 2),
    ("VED", 2),
    ("VES", 2),
    ("VND", 0),
    ("VUV", 0),
    ("WST", 2),
    ("XAF", 0),
    ("XCD", 2),
    ("XCG", 2),
    ("XOF", 0),
    ("XPF", 0),
    ("YER", 2),
    ("ZAR", 2),
    ("ZMW", 2),
    ("ZWG", 2),
];

/// Digits that a price of one unit has beyond those of the currency, so that price times quantity, rounded, is the line's sum
/// again for every quantity up to some thousands.
const UNIT_DIGITS: u32 = 4;

/// The decimal that a JSON number or the text of one stands for; exponents are accepted. More digits than a decimal holds (28
/// after the point) are noise of a double and are rounded away.
pub fn decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok().or_else(|| scientific(text));
    }
    text.parse().ok()
}

/// A number with an exponent and more decimals than a decimal holds, as .NET writes the noise of a double
/// (`1.4210854715202004E-14`): what is below the 28th decimal is rounded away.
fn scientific(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let (mut number, exponent): (Decimal, i32) = (mantissa.parse().ok()?, exponent.parse().ok()?);
    for _ in 0..exponent.unsigned_abs() {
        if number.is_zero() {
            return Some(Decimal::ZERO);
        }
        number = if exponent < 0 { number / Decimal::TEN } else { number.checked_mul(Decimal::TEN)? };
    }
    Some(number)
}

/// Whether a text is a decimal as the contract writes it: an optional `-`, digits, an optional `.` with digits.
pub fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

/// A currency that is known, with its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    /// ISO 4217.
    pub code: &'static str,
    /// Decimal digits: 2 for most, 0 for JPY, 3 for KWD.
    pub digits: u32,
}

impl Currency {
    /// The currency with this code, in any case; `None` for `UNK` and codes that do not exist.
    pub fn find(code: &str) -> Option<Self> {
        let code = code.trim().to_ascii_uppercase();
        let at = CURRENCIES.binary_search_by(|(known, _)| (*known).cmp(code.as_str())).ok()?;
        CURRENCIES.get(at).map(|(code, digits)| Currency { code, digits: *digits })
    }

    /// Rounded half away from zero to the digits of the currency: noise of doubles is gone after this.
    pub fn round(self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.digits, RoundingStrategy::MidpointAwayFromZero)
    }

    /// The amount of a whole as text, with exactly the digits of the currency.
    pub fn text(self, amount: Decimal) -> String {
        let mut amount = self.round(amount);
        amount.rescale(self.digits);
        digits(amount)
    }

    /// The price of one of `quantity` units that cost `amount` together: times the quantity and rounded it is `amount` again.
    pub fn unit(self, amount: Decimal, quantity: u32) -> Decimal {
        if quantity <= 1 {
            return self.round(amount);
        }
        let price = self.round(amount) / Decimal::from(quantity);
        price.round_dp_with_strategy(self.digits + UNIT_DIGITS, RoundingStrategy::MidpointAwayFromZero)
    }

    /// The price of one unit as text: at least the digits of the currency, more where the division needs them.
    pub fn unit_text(self, price: Decimal) -> String {
        let mut price = price.normalize();
        if price.scale() < self.digits {
            price.rescale(self.digits);
        }
        digits(price)
    }

    /// Splits `amount` in proportion to `weights` (equally when they are all zero) into parts that have the digits of the
    /// currency and sum up to `amount` rounded. What rounding leaves goes to the first parts, one smallest unit each.
    pub fn spread(self, amount: Decimal, weights: &[Decimal]) -> Vec<Decimal> {
        let amount = self.round(amount);
        let all: Decimal = weights.iter().copied().sum();
        let count = Decimal::from(weights.len());
        let share = |weight: Decimal| match amount.checked_mul(weight) {
            _ if all.is_zero() => amount / count,
            Some(weighed) => weighed / all,
            // The product would be too large for a decimal, the share is not.
            None => weight / all * amount,
        };
        let mut parts: Vec<Decimal> = weights
            .iter()
            .map(|weight| share(*weight).round_dp_with_strategy(self.digits, RoundingStrategy::ToZero))
            .collect();
        let mut left = amount - parts.iter().copied().sum::<Decimal>();
        let step = if left.is_sign_negative() { -Decimal::new(1, self.digits) } else { Decimal::new(1, self.digits) };
        for part in &mut parts {
            if left.is_zero() {
                break;
            }
            *part += step;
            left -= step;
        }
        parts
    }
}

/// The number as `Display` writes it, without a sign on zero. An order has dozens of amounts, and the formatter's generality
/// costs more than reading them did.
fn digits(amount: Decimal) -> String {
    let Ok(mut left) = u64::try_from(amount.mantissa().unsigned_abs()) else { return amount.to_string() };
    let is_negative = amount.is_sign_negative() && left != 0;
    let scale = amount.scale() as usize;
    // 20 digits of a u64 or 28 decimals, a zero before the point, the point, the sign.
    let mut text = [b'0'; 32];
    let mut at = text.len();
    let mut written = 0;
    while left > 0 || written <= scale {
        if written == scale && scale > 0 {
            at -= 1;
            if let Some(place) = text.get_mut(at) {
                *place = b'.';
            }
        }
        at -= 1;
        if let Some(place) = text.get_mut(at) {
            *place = b'0' + (left % 10) as u8;
        }
        left /= 10;
        written += 1;
    }
    if is_negative {
        at -= 1;
        if let Some(place) = text.get_mut(at) {
            *place = b'-';
        }
    }
    text.get(at..).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(CURRENCIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_number_keeps_the_digits_of_its_text() {
        for (text, expected) in [
            ("12.00", "12.00"),
            ("0.1", "0.1"),
            ("18.4900000000001", "18.4900000000001"),
            ("1e-2", "0.01"),
            ("1.25E2", "125"),
            ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231"),
            ("1.4210854715202004E-14", "0.000000000000014210854715202"),
        ] {
            let read = decimal(text).unwrap().to_string();
            assert_eq!(read, expected, "{text}");
            assert!(is_decimal(&read), "{read}");
        }
        for wrong in ["", "much", "1E", "E5", "1E+400", "12,00", "1 2"] {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_decimal_of_the_contract_has_no_exponent_and_no_bare_point() {
        assert!(["0", "-0.5", "12.00", "007"].into_iter().all(is_decimal));
        assert!(!["", "-", ".5", "5.", "1e2", "+1", "1.2.3", "NaN"].into_iter().any(is_decimal));
    }

    #[test]
    fn money_is_rounded_half_up_to_the_digits_of_its_currency() {
        for (code, from, to) in [
            ("GBP", "18.4900000000001", "18.49"),
            ("GBP", "0.005", "0.01"),
            ("GBP", "-0.005", "-0.01"),
            ("GBP", "-0.001", "0.00"),
            ("gbp ", "7", "7.00"),
            ("JPY", "1200.5", "1201"),
            ("KWD", "1.0005", "1.001"),
        ] {
            assert_eq!(Currency::find(code).unwrap().text(amount(from)), to, "{code} {from}");
        }
        for unknown in ["", "UNK", "unk", "XXX", "GB"] {
            assert_eq!(Currency::find(unknown), None, "{unknown:?}");
        }
    }

    proptest! {
        #[test]
        fn price_times_quantity_is_the_lines_sum(cents in -1_000_000_000i64..1_000_000_000, quantity in 1u32..5_000, code in 0usize..CURRENCIES.len()) {
            let currency = Currency::find(CURRENCIES[code].0).unwrap();
            let sum = Decimal::new(cents, currency.digits);
            let price: Decimal = currency.unit_text(currency.unit(sum, quantity)).parse().unwrap();
            prop_assert_eq!(currency.round(price * Decimal::from(quantity)), sum);
        }

        #[test]
        fn spreading_loses_nothing_and_moves_no_part_by_more_than_one_cent(
            cents in -10_000_000i64..10_000_000,
            weights in proptest::collection::vec(0u32..1_000, 1..12),
        ) {
            let currency = Currency::find("GBP").unwrap();
            let sum = Decimal::new(cents, 2);
            let weights: Vec<Decimal> = weights.into_iter().map(Decimal::from).collect();
            let parts = currency.spread(sum, &weights);
            prop_assert_eq!(parts.iter().copied().sum::<Decimal>(), sum);
            let all: Decimal = weights.iter().copied().sum();
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(part.scale() <= 2);
                let fair = if all.is_zero() { sum / Decimal::from(weights.len()) } else { sum * weight / all };
                prop_assert!((part - fair).abs() <= Decimal::new(1, 2), "{} is not about {}", part, fair);
            }
        }

        #[test]
        fn an_amount_is_written_as_the_library_writes_it(mantissa in proptest::num::i128::ANY, scale in 0u32..=28) {
            let amount = Decimal::try_from_i128_with_scale(mantissa >> 32, scale).unwrap_or_default();
            prop_assert_eq!(digits(amount), if amount.is_zero() { amount.abs().to_string() } else { amount.to_string() });
            let small = Decimal::new((mantissa >> 90) as i64, scale);
            prop_assert_eq!(digits(small), if small.is_zero() { small.abs().to_string() } else { small.to_string() });
        }

        #[test]
        fn float_noise_never_survives(cents in 0i64..100_000_000, noise in -40_000i64..40_000) {
            let currency = Currency::find("EUR").unwrap();
            let clean = Decimal::new(cents, 2);
            let noisy = clean + Decimal::new(noise, 13);
            prop_assert_eq!(currency.text(noisy), currency.text(clean));
        }
    }
}
