//! Alert and advice become words.
//!
//! In: a draft and what it speaks of. Out: a notice in the person's language.
//! Never: reads the clock or knows SMTP.
