//! A notice becomes a delivery.
//!
//! In: notices. Out: taken, later or never.
//! Never: decides anything.
