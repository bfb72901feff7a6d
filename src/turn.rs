//! One turn of the house.
//!
//! In: the world, inputs, an instant. Out: changes.
//! Never: does I/O.
