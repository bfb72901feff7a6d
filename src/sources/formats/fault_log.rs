//! Faults of one document, bounded, so that a hostile one cannot fill the memory or the log with them.

use crate::domain::{Fault, Place};

/// Faults that are kept one by one; the rest are counted. A person reads no more.
const FAULTS_MAX: usize = 100;

/// The faults met so far in one document.
#[derive(Debug, Default)]
pub(crate) struct FaultLog {
    faults: Vec<Fault>,
    left_out: usize,
    left_out_fatal: bool,
}

impl FaultLog {
    /// Adds a fault. Its making is put off, because finding a line number costs a walk through the document.
    pub(crate) fn add(&mut self, is_fatal: bool, fault: impl FnOnce() -> Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { is_fatal, ..fault() });
        } else {
            self.left_out += 1;
            self.left_out_fatal |= is_fatal;
        }
    }

    /// Adds a fault that is there already.
    pub(crate) fn push(&mut self, fault: Fault) {
        self.add(fault.is_fatal, || fault);
    }

    /// True when one of them is fatal.
    pub(crate) fn has_fatal(&self) -> bool {
        self.left_out_fatal || self.faults.iter().any(|fault| fault.is_fatal)
    }

    /// The faults, in the order in which they were met, with a last one for those that were only counted.
    pub(crate) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults;
        if self.left_out > 0 {
            let what = format!("{} more faults like these are left out", self.left_out);
            faults.push(Fault { place: Place::default(), what, hint: None, is_fatal: self.left_out_fatal });
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_hundred_and_counts_the_rest() {
        let mut log = FaultLog::default();
        for line in 1..=150 {
            log.push(Fault::minor(Place::line(line), "odd"));
        }
        assert!(!log.has_fatal());
        log.push(Fault::fatal(Place::line(151), "worse"));
        assert!(log.has_fatal());
        let faults = log.into_faults();
        assert_eq!(faults.len(), 101);
        let last = faults.last().unwrap();
        assert!(last.is_fatal);
        assert_eq!(last.what, "51 more faults like these are left out");
    }
}
