//! Signed links and health.
//!
//! In: HTTP requests. Out: pages; an answer in the store's inbox.
//! Never: changes an alert itself.
