//! Hazards times portfolio.
//!
//! In: the hazards of each event, a portfolio, an instant. Out: exposures.
//! Never: knows a level or a person.
