//! Why there is no configuration or portfolio at all.

use std::path::PathBuf;

use crate::domain::Fault;

/// Why a file or folder gave nothing that Seawall could run on.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or folder cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A rules folder holds a file that is no text, too large or too deep.
    #[error("{}: {what}", path.display())]
    Unfit {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file was read and every mistake in it is here.
    #[error("{}", in_words(faults))]
    Invalid {
        /// File name and fault, in the order of the files.
        faults: Vec<(String, Fault)>,
    },
}

fn in_words(faults: &[(String, Fault)]) -> String {
    faults.iter().map(|(file, fault)| fault.in_file(file)).collect::<Vec<_>>().join("\n")
}
