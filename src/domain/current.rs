//! What is swapped whole while others read it.

use std::sync::{Arc, PoisonError, RwLock};

/// The newest of something that is replaced as a whole: who has taken one goes on with it, who asks again gets the newest.
/// Clones stand for the same.
#[derive(Debug)]
pub struct Current<T>(Arc<RwLock<Arc<T>>>);

impl<T> Current<T> {
    /// Begins with this.
    #[must_use]
    pub fn new(first: Arc<T>) -> Self {
        Self(Arc::new(RwLock::new(first)))
    }

    /// The newest.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a newer one in its place.
    pub fn put(&self, newer: Arc<T>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = newer;
    }
}

// Not derived, because that would ask `T` for a clone.
impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
