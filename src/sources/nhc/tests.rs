//! Documents of NHC as a whole.
