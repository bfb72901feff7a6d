//! Money: a decimal amount with its ISO 4217 currency. Two currencies are never summed.

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde::{Deserialize, Serialize};

/// Three capital letters of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// An amount in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount in the currency's main unit; a JSON string, so that no digit is lost.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

/// Why a text is no money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("`{0}` is not an ISO 4217 currency code such as CNY or USD")]
    Currency(String),
    /// Not a decimal number of 0 or more.
    #[error("`{0}` is not an amount of money of 0 or more, such as 600000 or 1200.50")]
    Amount(String),
}

impl Currency {
    /// Reads three capital letters.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl Money {
    /// An amount in a currency.
    #[must_use]
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Reads an amount of 0 or more.
    ///
    /// # Errors
    /// When the text is no decimal number or below zero.
    pub fn parse_amount(text: &str) -> Result<Decimal, MoneyError> {
        match text.trim().parse::<Decimal>() {
            Ok(amount) if !amount.is_sign_negative() => Ok(amount),
            _ => Err(MoneyError::Amount(text.to_owned())),
        }
    }

    /// This share of the amount, rounded to whole units; 0 when the share is no number.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        let share = Decimal::from_f64(share).unwrap_or_default();
        let amount = self.amount.checked_mul(share).unwrap_or_default().round();
        Self { amount, currency: self.currency }
    }

    /// The amount as a float, for facts in conditions; money itself stays decimal.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.amount.to_f64().unwrap_or(f64::NAN)
    }

    /// The sum, when both are in one currency.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Some(Self { amount: self.amount.checked_add(other.amount)?, currency: self.currency })
    }
}

impl fmt::Display for Money {
    /// `600,000 CNY`: thousands in groups of three, cents only when there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.amount.normalize().to_string();
        let (whole, cents) = text.split_once('.').map_or((text.as_str(), None), |(w, c)| (w, Some(c)));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 && digit.is_ascii_digit() && !grouped.ends_with('-') {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        match cents {
            Some(cents) => write!(f, "{grouped}.{cents:0<2} {}", self.currency),
            None => write!(f, "{grouped} {}", self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cny(amount: &str) -> Money {
        Money::new(Money::parse_amount(amount).expect("amount"), Currency::parse("CNY").expect("code"))
    }

    #[test]
    fn reads_well() {
        assert_eq!(cny("600000").to_string(), "600,000 CNY");
        assert_eq!(cny("950").to_string(), "950 CNY");
        assert_eq!(cny("1200.5").to_string(), "1,200.50 CNY");
        assert_eq!(cny("1000000").to_string(), "1,000,000 CNY");
    }

    #[test]
    fn refuses_what_is_no_money() {
        assert!(Money::parse_amount("-1").is_err());
        assert!(Money::parse_amount("a lot").is_err());
        assert!(Currency::parse("yuan").is_err());
    }

    #[test]
    fn a_share_is_whole_units() {
        assert_eq!(cny("600000").share(0.4017).amount.to_string(), "241020");
        assert_eq!(cny("600000").share(f64::NAN).amount.to_string(), "0");
    }
}
