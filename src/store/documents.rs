//! Raw bulletins, kept byte for byte under their hash: `documents/ab/ab12…`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::{StoreError, io};
use super::files;
use crate::domain::{DocumentHash, Timestamp};

/// A folder of documents. Any number of threads may put and get at once.
#[derive(Debug, Clone)]
pub struct Documents {
    dir: PathBuf,
}

impl Documents {
    /// Opens the folder, and creates it when it is not there.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        files::create_dir(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// Keeps a document; durable when it returns. One that is there already is only marked as fetched again.
    ///
    /// `fetched` becomes the file's modification time, which [`Self::sweep`] goes by.
    pub fn put(&self, body: &[u8], fetched: Timestamp) -> Result<DocumentHash, StoreError> {
        let hash = DocumentHash::of(body);
        let (shard, path) = self.place(&hash)?;
        files::create_dir(&shard)?;
        if files::read(&path)?.as_deref() != Some(body) {
            files::write_whole(&shard, hash.digits(), body)?;
        }
        files::sync_dir(&shard)?;
        let touched = File::options().write(true).open(&path).and_then(|file| file.set_modified(fetched.into()));
        touched.map_err(io("date", &path))?;
        Ok(hash)
    }

    /// The document's bytes; `None` when it was never put or has been swept.
    pub fn get(&self, hash: &DocumentHash) -> Result<Option<Vec<u8>>, StoreError> {
        let (_, path) = self.place(hash)?;
        let body = files::read(&path)?;
        match body {
            Some(body) if DocumentHash::of(&body) != *hash => Err(StoreError::Damaged {
                path,
                detail: "its bytes do not have the hash that it is named by".to_owned(),
            }),
            body => Ok(body),
        }
    }

    /// Hands over every document with the time of its last fetch, one after the other, and gives their number and the
    /// files whose bytes do not have the hash that they are named by, which are left out.
    pub fn each(
        &self,
        mut take: impl FnMut(DocumentHash, Timestamp, &[u8]) -> Result<(), StoreError>,
    ) -> Result<(usize, Vec<PathBuf>), StoreError> {
        let (mut count, mut damaged) = (0, Vec::new());
        for shard in files::list(&self.dir)?.into_iter().filter(|path| path.is_dir()) {
            for path in files::list(&shard)? {
                let Some(digits) = files::digits_of(&path) else { continue };
                // One that was swept meanwhile was old enough to be forgotten.
                let Some(body) = files::read(&path)? else { continue };
                let hash = DocumentHash::of(&body);
                if hash.digits() != digits {
                    damaged.push(path);
                    continue;
                }
                let fetched = match modified(&path) {
                    Ok(at) => Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH),
                    Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                take(hash, fetched, &body)?;
                count += 1;
            }
        }
        Ok((count, damaged))
    }

    /// Removes documents last fetched before `older_than` that are not in `keep`. Gives their number.
    pub fn sweep(&self, older_than: Timestamp, keep: &BTreeSet<DocumentHash>) -> Result<usize, StoreError> {
        let keep: BTreeSet<&str> = keep.iter().map(DocumentHash::digits).collect();
        let older_than = SystemTime::from(older_than);
        let mut removed = 0;
        for shard in files::list(&self.dir)?.into_iter().filter(|path| path.is_dir()) {
            for path in files::list(&shard)? {
                let is_ours = files::digits_of(&path).is_some_and(|digits| !keep.contains(digits));
                if (is_ours || files::is_part(&path)) && modified(&path)? < older_than {
                    files::remove(&path)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// The shard and the path of a hash. A hash read from a file or link may hold anything; only digits become a path.
    fn place(&self, hash: &DocumentHash) -> Result<(PathBuf, PathBuf), StoreError> {
        let digits = hash.digits();
        let shard = digits.get(..2).filter(|_| files::is_digits(digits)).ok_or_else(|| StoreError::Damaged {
            path: self.dir.clone(),
            detail: format!("`{}` is not the hash of a document", hash.as_str().escape_debug()),
        })?;
        let shard = self.dir.join(shard);
        let path = shard.join(digits);
        Ok((shard, path))
    }
}

fn modified(path: &Path) -> Result<SystemTime, StoreError> {
    path.metadata().and_then(|facts| facts.modified()).map_err(io("read the date of", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::suite::at;

    fn documents() -> (tempfile::TempDir, Documents) {
        let dir = tempfile::tempdir().expect("tempdir");
        let documents = Documents::open(&dir.path().join("a/documents")).expect("open");
        (dir, documents)
    }

    #[test]
    fn what_was_put_comes_back_byte_for_byte() {
        let (_dir, documents) = documents();
        for body in [&b"WTPN31 PGTW"[..], &[0, 255, 13, 10], &[]] {
            let hash = documents.put(body, at(1)).expect("put");
            assert_eq!(documents.put(body, at(2)).expect("put again"), hash);
            assert_eq!(documents.get(&hash).expect("get").as_deref(), Some(body));
        }
        assert_eq!(documents.get(&DocumentHash::of(b"never put")).expect("get"), None);
    }

    #[test]
    fn changed_bytes_are_refused_and_mended_by_the_next_put() {
        let (_dir, documents) = documents();
        let hash = documents.put(b"whole", at(1)).expect("put");
        std::fs::write(documents.place(&hash).expect("place").1, b"torn").expect("write");
        let error = documents.get(&hash).expect_err("refused");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        documents.put(b"whole", at(1)).expect("put");
        assert_eq!(documents.get(&hash).expect("get").as_deref(), Some(&b"whole"[..]));
    }

    #[test]
    fn each_is_handed_over_once_with_its_time_and_a_damaged_one_is_named() {
        let (_dir, documents) = documents();
        let torn = documents.put(b"torn", at(1)).expect("put");
        let torn = documents.place(&torn).expect("place").1;
        std::fs::write(&torn, b"tor").expect("write");
        std::fs::write(torn.with_extension("1-1.part"), b"half").expect("write");
        let hash = documents.put(b"whole", at(7)).expect("put");
        let mut found = Vec::new();
        let each = documents.each(|hash, fetched, body| {
            found.push((hash, fetched, body.to_vec()));
            Ok(())
        });
        assert_eq!(each.expect("each"), (1, vec![torn]));
        assert_eq!(found, [(hash, at(7), b"whole".to_vec())]);
    }

    #[test]
    fn a_hash_can_never_be_a_path() {
        let (_dir, documents) = documents();
        for text in ["sha256:../../../etc/passwd", "", "sha256:é", "/etc/passwd", "sha256:AB"] {
            let hash: DocumentHash = serde_json::from_value(text.into()).expect("any text");
            assert!(documents.get(&hash).is_err(), "{text}");
        }
    }

    #[test]
    fn the_sweep_takes_the_old_and_leaves_the_kept_and_the_fetched_again() {
        let (_dir, documents) = documents();
        let old = documents.put(b"old", at(1)).expect("put");
        let kept = documents.put(b"kept", at(1)).expect("put");
        let again = documents.put(b"again", at(1)).expect("put");
        documents.put(b"again", at(100)).expect("put");
        assert_eq!(documents.sweep(at(50), &BTreeSet::from([kept.clone()])).expect("sweep"), 1);
        assert_eq!(documents.get(&old).expect("get"), None);
        assert!(documents.get(&kept).expect("get").is_some());
        assert!(documents.get(&again).expect("get").is_some());
    }
}
