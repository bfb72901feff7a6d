//! Owns the clock, polling, turns, delivery and signals.
//!
//! In: a configuration. Out: a running Seawall.
//! Never: holds a rule of the trade.
