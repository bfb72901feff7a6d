//! Seawall watches official storm warnings for dealer warehouses and shipping lanes, and mails the
//! people who can still act: what to do, by when, and what waiting costs.
//!
//! The rooms, in the order in which the data goes through them:

/// What to do, by when, at what cost.
pub mod advice;
/// The alert's life: open, remind, climb, acknowledge, clear.
pub mod alerts;
/// One file a command.
pub mod cli;
/// Files and environment become a configuration, or reasons why not.
pub mod config;
/// Owns the clock, polling, turns, delivery and signals.
pub mod daemon;
/// The words: plain data, units, ids, the clock trait.
pub mod domain;
/// Hazards times portfolio gives exposures.
pub mod engine;
/// Which hazards speak of the same storm.
pub mod events;
/// Distance, bearing, footprint tests, the ±180 line.
pub mod geo;
/// Alert and advice become words in a person's language.
pub mod notices;
/// A notice becomes a delivery.
pub mod notifiers;
/// TOML and CEL: which exposures matter, at which level.
pub mod rules;
/// A feed's document becomes hazards; the fetcher.
pub mod sources;
/// Changes in one transaction; outbox and inbox.
pub mod store;
/// The storm between its fixes: track, wind, arrival, likelihood, damage, surge.
pub mod storm;
/// One turn of the house: (world, inputs, now) gives changes.
pub mod turn;
/// Signed links and health.
pub mod web;
