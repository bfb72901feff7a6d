//! Seawall watches official storm warnings for dealer warehouses and shipping lanes, and mails the
//! people who can still act: what to do, by when, and what waiting costs.
//!
//! The rooms, in the order in which the data goes through them:

/// The words: plain data, units, ids, the clock trait.
pub mod domain;

/// Distance, bearing, footprint tests, the ±180 line.
pub mod geo;

/// The storm between its fixes: track, wind, arrival, likelihood, damage, surge.
pub mod storm;

/// A feed's document becomes hazards; the fetcher.
pub mod sources;

/// Which hazards speak of the same storm.
pub mod events;

/// Hazards times portfolio gives exposures.
pub mod engine;

/// Best tracks of past years times portfolio gives the plan before the season.
pub mod season;

/// Shipments and lanes in space and time: where they are, what they meet, what could be done instead.
pub mod transport;

/// A storm and the places in its way as a picture.
pub mod pictures;

/// TOML and CEL: which exposures matter, at which level.
pub mod rules;

/// What to do, by when, at what cost.
pub mod advice;

/// The alert's life: open, remind, climb, acknowledge, clear.
pub mod alerts;

/// What is proposed to people who must agree, and whose word it waits for.
pub mod proposals;

/// Alert and advice become words in a person's language.
pub mod notices;

/// One turn of the house: (world, inputs, now) gives changes.
pub mod turn;

/// What was warned, answered, done and saved in a season.
pub mod ledger;

/// Changes in one transaction; outbox and inbox.
pub mod store;

/// A notice becomes a delivery.
pub mod notifiers;

/// Files and environment become a configuration, or reasons why not.
pub mod config;

/// Signed links and health.
pub mod web;

/// Owns the clock, polling, turns, delivery and signals.
pub mod daemon;

/// Forecasts beside what happened: scores of tracks and chances.
pub mod verify;

/// One file a command.
pub mod cli;
