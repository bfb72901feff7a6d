//! The alert's life.
//!
//! In: an alert, what was judged or answered, an instant. Out: the alert as it now is, what is owed to whom, and why.
//! Never: reads the clock or knows SMTP.
