//! The languages that mails are written in. A new one is a folder `rules/texts/<tag>/`, its variant
//! in [`Language`], and one line here.

use crate::domain::Language;

/// Each language that has a folder of texts.
pub const ALL: &[Language] = &[
    Language::English, // rules/texts/en
    Language::Chinese, // rules/texts/zh-CN
];
