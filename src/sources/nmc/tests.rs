//! What the reader promises.
