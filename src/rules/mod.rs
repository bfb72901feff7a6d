//! Which exposures matter, at which level.
//!
//! In: TOML with CEL conditions, exposures. Out: levels, with the facts they were judged on.
//! Never: computes weather.
