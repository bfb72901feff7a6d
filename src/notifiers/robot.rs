//! What the robots of `WeCom`, `DingTalk` and Feishu have in common: they answer 200 and put what they think into the body.

use serde_json::Value;

use super::channel::Heard;
use crate::domain::Span;

/// How a robot names its verdict and what its codes mean.
pub(super) struct Codes {
    /// The fields that may hold the code, in order.
    pub(super) fields: &'static [&'static str],
    /// Too many messages, and for how long none will be taken.
    pub(super) too_often: &'static [i64],
    /// That long.
    pub(super) closed_for: Span,
    /// A wrong key or signature, or a message that it will never take.
    pub(super) never: &'static [i64],
}

impl Codes {
    /// What a body says. What is not known is tried again: nobody has got anything.
    pub(super) fn heard(&self, body: &[u8]) -> Heard {
        let Ok(said) = serde_json::from_slice::<Value>(body) else {
            return Heard::Later("it answered with something that is no JSON".to_owned());
        };
        let Some(code) = self.fields.iter().find_map(|field| said.get(field).and_then(Value::as_i64)) else {
            return Heard::Later("it answered without a code".to_owned());
        };
        let words = ["errmsg", "msg", "StatusMessage"].iter().find_map(|field| said.get(field).and_then(Value::as_str));
        let fault = format!("it answered code {code}: {}", words.unwrap_or("no word"));
        match code {
            0 => Heard::Taken,
            code if self.too_often.contains(&code) => Heard::TooOften(fault, self.closed_for),
            code if self.never.contains(&code) => Heard::Never(fault),
            _ => Heard::Later(fault),
        }
    }
}
