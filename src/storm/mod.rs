//! The storm between its fixes.
//!
//! In: a track. Out: wind at a place and time, arrival, probability, damage.
//! Never: knows a site's owner or its money.
