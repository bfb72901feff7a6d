//! One file a command.
//!
//! In: arguments. Out: text, JSON and an exit status.
//! Never: holds logic that the daemon or tests need.
