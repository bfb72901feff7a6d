//! The rules, playbooks and texts that several commands stand on; each mistake in them is said.

use std::path::Path;

use super::say;
pub(super) use crate::daemon::{Books, place};

/// Reads them; `None` when there was a mistake, each said on standard error.
pub(super) fn read(dir: Option<&Path>) -> anyhow::Result<Option<Books>> {
    match Books::checked(&Books::files(dir)?) {
        Ok(books) => Ok(Some(books)),
        Err(faults) => {
            for (path, fault) in faults {
                say(&fault.in_file(&place(dir, &path)));
            }
            Ok(None)
        }
    }
}
