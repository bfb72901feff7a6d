//! Changes in one transaction; outbox and inbox.
//!
//! In: changes. Out: state, durable before anything is acknowledged.
//! Never: decides anything.
