//! Money, chances, distances and winds in a language's own manner.

use minijinja::context;
use rust_decimal::Decimal;

use super::speaker::Speaker;
use crate::domain::{Averaging, Knots, MS_PER_KNOT, Money, Wind};

/// Lowest wind of each force from 1 in tenths of a metre a second: WMO Guide to Meteorological Instruments
/// (WMO-No. 8), table of the Beaufort scale, for 1 to 12; GB/T 28591-2012 for 13 to 17.
const BEAUFORT_DMS: [u32; 17] = [3, 16, 34, 55, 80, 108, 139, 172, 208, 245, 285, 327, 370, 415, 462, 510, 561];

impl Speaker<'_> {
    /// An exact amount of money: `600,000 CNY`, `60万元`.
    pub(super) fn money(&self, money: Money) -> String {
        let code = money.currency.to_string();
        let currency = self.name(&format!("currency.{code}")).unwrap_or(&code);
        self.say("amount.money", &context! { amount => self.amount(money.amount), currency })
    }

    /// An amount that a model made, to three figures, for more would feign a precision that it lacks.
    pub(super) fn estimate(&self, money: Money) -> String {
        let value = self.money(Money::new(three_figures(money.amount), money.currency));
        self.say("amount.about", &context! { value })
    }

    /// The same without its currency, for `241,000 of 600,000 CNY`.
    pub(super) fn estimate_number(&self, money: Money) -> String {
        self.amount(three_figures(money.amount))
    }

    /// A probability of 0..=1: `93%`, `1.7%`, `under 1%`, `over 99%`.
    pub(super) fn percent(&self, p: f64) -> String {
        let percent = (p * 100.0).clamp(0.0, 100.0);
        if percent.is_nan() || percent < 1.0 {
            self.say("amount.under", &context! { n => "1" })
        } else if percent > 99.0 {
            self.say("amount.over", &context! { n => "99" })
        } else {
            self.say("amount.percent", &context! { n => format!("{percent:.0}") })
        }
    }

    /// A small probability with one decimal where that matters: `1.7%`.
    pub(super) fn fine_percent(&self, p: f64) -> String {
        let percent = p * 100.0;
        if (0.1..9.95).contains(&percent) {
            self.say("amount.percent", &context! { n => format!("{percent:.1}") })
        } else if percent < 0.1 {
            self.say("amount.under", &context! { n => "0.1" })
        } else {
            self.percent(p)
        }
    }

    /// The chance as a number and a word: `93%, almost certain`.
    pub(super) fn chance(&self, p: f64) -> String {
        // By the number that is shown, so that no two mails call 10% by two names.
        let word = match (p * 100.0).round() / 100.0 {
            p if p >= 0.9 => "chance.almost-certain",
            p if p >= 0.66 => "chance.likely",
            p if p >= 0.33 => "chance.even",
            p if p >= 0.1 => "chance.possible",
            p if p >= 0.01 => "chance.small",
            _ => "chance.none",
        };
        self.say("chance.line", &context! { percent => self.percent(p), word => self.word(word) })
    }

    /// A distance: whole kilometres from 10 up, tenths below.
    pub(super) fn km(&self, km: f64) -> String {
        let n = if km < 10.0 { format!("{km:.1}") } else { self.grouped(&format!("{km:.0}")) };
        self.say("amount.km", &context! { n })
    }

    /// A height or a short distance in whole metres.
    pub(super) fn metres(&self, m: f64) -> String {
        self.say("amount.m", &context! { n => self.grouped(&format!("{m:.0}")) })
    }

    /// A 1-minute wind, told on the averaging period that the language's readers know.
    pub(super) fn wind(&self, kt_1min: f64) -> String {
        let minutes = self.name("form.wind_averaging_min").and_then(|text| text.parse().ok());
        let basis = minutes.and_then(Averaging::from_minutes).unwrap_or(Averaging::OneMinute);
        let kt = Wind::new(Knots(kt_1min), Averaging::OneMinute).on(basis).0;
        let ms = kt * MS_PER_KNOT;
        let facts = context! {
            kt => format!("{kt:.0}"), kmh => format!("{:.0}", ms * 3.6), ms => format!("{ms:.0}"), beaufort => beaufort(ms),
        };
        self.say("amount.wind", &facts)
    }

    /// `600,000`, or `60万` where the language counts so and nothing is lost by it.
    fn amount(&self, amount: Decimal) -> String {
        let scales = self.name("form.scales").unwrap_or_default();
        let mut best: Option<(&str, Decimal)> = None;
        for (word, size) in scales.split_whitespace().filter_map(|scale| scale.split_once(':')) {
            let Ok(size) = size.parse::<Decimal>() else { continue };
            let Some(scaled) = amount.checked_div(size).filter(|scaled| *scaled >= Decimal::ONE) else { continue };
            if scaled == scaled.round_dp(2) {
                best = Some((word, scaled));
            }
        }
        match best {
            Some((word, scaled)) => format!("{}{word}", self.grouped(&scaled.normalize().to_string())),
            None => self.grouped(&plain(amount)),
        }
    }

    fn grouped(&self, digits: &str) -> String {
        let separator = self.name("form.thousands").unwrap_or(",");
        let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
        let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
        let mut out = sign.to_owned();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                out.push_str(separator);
            }
            out.push(digit);
        }
        rest.map_or(out.clone(), |rest| format!("{out}.{rest}"))
    }
}

fn three_figures(amount: Decimal) -> Decimal {
    amount.round_sf(3).unwrap_or(amount).round()
}

/// Beaufort force of a wind in metres a second, 0..=17.
fn beaufort(ms: f64) -> usize {
    BEAUFORT_DMS.iter().filter(|lowest| (ms * 10.0).round() >= f64::from(**lowest)).count()
}

/// Digits with cents only when there are any.
fn plain(amount: Decimal) -> String {
    let text = amount.round_dp(2).normalize().to_string();
    match text.split_once('.') {
        Some((whole, cents)) => format!("{whole}.{cents:0<2}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::with_speaker;
    use super::*;
    use crate::domain::{Currency, Language};

    fn cny(amount: &str) -> Money {
        Money::new(Money::parse_amount(amount).unwrap(), Currency::parse("CNY").unwrap())
    }

    #[test]
    fn money_reads_as_each_language_counts() {
        with_speaker(Language::English, |en| {
            assert_eq!(en.money(cny("600000")), "600,000 CNY");
            assert_eq!(en.money(cny("1200.5")), "1,200.50 CNY");
            assert_eq!(en.estimate(cny("241020")), "241,000 CNY");
            assert_eq!(en.estimate(cny("0.4")), "0 CNY");
        });
        with_speaker(Language::Chinese, |zh| {
            assert_eq!(zh.money(cny("600000")), "60万元");
            assert_eq!(zh.money(cny("10000")), "1万元");
            assert_eq!(zh.money(cny("9800")), "9,800元");
            assert_eq!(zh.money(cny("123456")), "123,456元");
            assert_eq!(zh.money(cny("250000000")), "2.5亿元");
            assert_eq!(zh.estimate(cny("241020")), "约24.1万元");
        });
    }

    #[test]
    fn chances_never_feign_certainty() {
        with_speaker(Language::English, |en| {
            assert_eq!(en.percent(0.004), "under 1%");
            assert_eq!(en.percent(f64::NAN), "under 1%");
            assert_eq!(en.percent(0.999), "over 99%");
            assert_eq!(en.fine_percent(0.0167), "1.7%");
            assert_eq!(en.fine_percent(0.4), "40%");
            assert_eq!(en.chance(0.93), "93%, almost certain");
        });
    }

    #[test]
    fn winds_are_told_as_the_reader_knows_them() {
        with_speaker(Language::English, |en| assert_eq!(en.wind(88.0), "88 kt (163 km/h)"));
        // 88 kt over 1 min is 85 kt over 2 min: 44 m/s, force 14.
        with_speaker(Language::Chinese, |zh| assert_eq!(zh.wind(88.0), "44米/秒（14级）"));
        assert_eq!(beaufort(17.2), 8);
        assert_eq!(beaufort(17.1), 7);
        assert_eq!(beaufort(80.0), 17);
        assert_eq!(beaufort(f64::NAN), 0);
    }
}
