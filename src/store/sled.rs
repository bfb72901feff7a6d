//! The store on disk, in one folder, with no server.
//!
//! ```text
//! lock         held while open, with the pid of who holds it
//! sled/        the engine's own files
//! records/     records too large for the engine, each under the SHA-256 of its bytes
//! damaged-1/   the engine's files as they were before a repair
//! ```
//!
//! One sled tree holds every table under keys `table/key`, so that one batch is one transaction. sled 0.34 has
//! traps; each has its answer below, with the issue that tells of it.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, mpsc};
use std::time::Duration;

use serde_json::{Value, json};

use super::error::{StoreError, io};
use super::{Records, Store, Table, Write, check, files};
use crate::domain::DocumentHash;

/// sled's default is 1 GiB.
const CACHE_BYTES: u64 = 64 << 20;

/// Records above this lie in files of their own: sled puts up to 16 records into a page, and a page over 128 KiB
/// into a file that it never syncs.
const RECORD_BYTES_MAX: usize = 3 << 10;

/// How often the engine's files are copied aside before a repair, so that a repair at every start fills no disk.
const COPIES_MAX: usize = 3;

/// The store on disk. Share one by reference or `Arc`; a second on the same folder is refused.
pub struct SledStore {
    db: ::sled::Db,
    /// The engine's data file, for syncing.
    data: File,
    dir: PathBuf,
    records: PathBuf,
    /// Why a commit failed half way. From then on memory and disk may differ, and a sync that succeeds later proves
    /// nothing, so every call is refused until the store is opened again.
    failed: OnceLock<String>,
    /// Held for writing by the one writer; readers hold it too, since sled's iterators are no snapshots.
    gate: RwLock<()>,
    /// Given back last, when the engine is closed.
    _claim: Claim,
}

impl SledStore {
    /// Opens the store in this folder, creates it when there is none, and repairs what a crash may have torn.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        files::create_dir(dir)?;
        let claim = Claim::take(dir)?;
        let engine = dir.join("sled");
        let records = dir.join("records");
        files::create_dir(&engine)?;
        files::create_dir(&records)?;
        // The writer's half-done snapshot is read as a whole one, and opening fails (spacejam/sled 1527).
        remove_snapshots(&engine, |name| name.ends_with(".generating"))?;
        let db = open_or_mend(dir, &engine)?;
        let data = engine.join("db");
        let data = File::open(&data).map_err(io("open", &data))?;
        // sled syncs neither its folder nor its settings after creating them (spacejam/sled 1229).
        let settings = engine.join("conf");
        File::open(&settings).and_then(|file| file.sync_all()).map_err(io("sync", &settings))?;
        data.sync_all().map_err(io("sync", &engine))?;
        files::sync_dir(&engine)?;
        files::sync_dir(dir)?;
        Ok(Self {
            db,
            data,
            dir: dir.to_owned(),
            records,
            failed: OnceLock::new(),
            gate: RwLock::new(()),
            _claim: claim,
        })
    }

    /// Removes files of large records that no record points to any more. Gives their number.
    pub fn sweep(&self) -> Result<usize, StoreError> {
        let _gate = self.writing()?;
        let mut used = BTreeSet::new();
        for entry in self.db.iter() {
            let (_, bytes) = entry.map_err(engine("sweep"))?;
            used.extend(serde_json::from_slice::<Value>(&bytes).ok().as_ref().and_then(pointer).map(str::to_owned));
        }
        let mut removed = 0;
        for path in files::list(&self.records)? {
            let is_unused = files::digits_of(&path).is_some_and(|digits| !used.contains(digits));
            if is_unused || files::is_part(&path) {
                files::remove(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn reading(&self) -> Result<RwLockReadGuard<'_, ()>, StoreError> {
        let guard = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        self.refuse_after_failure().map(|()| guard)
    }

    fn writing(&self) -> Result<RwLockWriteGuard<'_, ()>, StoreError> {
        let guard = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.refuse_after_failure().map(|()| guard)
    }

    fn refuse_after_failure(&self) -> Result<(), StoreError> {
        self.failed.get().map_or(Ok(()), |first| {
            Err(StoreError::Engine { doing: "go on after a write failed", detail: first.clone() })
        })
    }

    fn write_through(&self, writes: ::sled::Batch) -> Result<(), StoreError> {
        self.db.apply_batch(writes).map_err(engine("commit"))?;
        self.db.flush().map_err(engine("flush"))?;
        // sled's flush hands the pages to the kernel and leaves them in the drive's cache (spacejam/sled 1452).
        self.data.sync_data().map_err(io("sync", &self.dir))
    }

    /// The bytes that the engine keeps for a record; a large record is first written to its file.
    fn encode(&self, value: &Value) -> Result<(Vec<u8>, Size), StoreError> {
        let bytes = serde_json::to_vec(value)
            .map_err(|error| StoreError::Engine { doing: "write a record as JSON", detail: error.to_string() })?;
        // A record that happens to look like a pointer must not be taken for one.
        if bytes.len() <= RECORD_BYTES_MAX && pointer(value).is_none() {
            return Ok((bytes, Size::Small));
        }
        let hash = DocumentHash::of(&bytes);
        if files::read(&self.records.join(hash.digits()))?.as_ref() != Some(&bytes) {
            files::write_whole(&self.records, hash.digits(), &bytes)?;
        }
        Ok((json!({ "blob": hash.digits() }).to_string().into_bytes(), Size::Large))
    }

    /// The records of a table, for who holds the gate.
    fn records_of(&self, table: Table) -> Result<Records, StoreError> {
        let prefix = engine_key(table, "");
        let mut records = Vec::new();
        for entry in self.db.scan_prefix(prefix.as_bytes()) {
            let (key, bytes) = entry.map_err(engine("read"))?;
            let key = String::from_utf8_lossy(key.get(prefix.len()..).unwrap_or_default()).into_owned();
            let value = self.decode(table, &key, &bytes)?;
            records.push((key, value));
        }
        Ok(records)
    }

    fn decode(&self, table: Table, key: &str, bytes: &[u8]) -> Result<Value, StoreError> {
        let unreadable = |detail: String| StoreError::Unreadable { table: table.name(), key: key.to_owned(), detail };
        let value: Value = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        let Some(digits) = pointer(&value) else {
            return Ok(value);
        };
        let path = self.records.join(digits);
        let large = files::read(&path)?.ok_or_else(|| unreadable(format!("{} is missing", path.display())))?;
        if DocumentHash::of(&large).digits() != digits {
            let detail = "its bytes do not have the hash that it is named by".to_owned();
            return Err(StoreError::Damaged { path, detail });
        }
        serde_json::from_slice(&large).map_err(|error| unreadable(error.to_string()))
    }
}

impl std::fmt::Debug for SledStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledStore").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        // All that was acknowledged is durable already; this only spares the next start some work.
        drop(self.db.flush());
    }
}

impl Store for SledStore {
    fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        check(batch)?;
        if batch.is_empty() {
            return Ok(());
        }
        let _gate = self.writing()?;
        let mut writes = ::sled::Batch::default();
        let mut has_large = false;
        for write in batch {
            let key = engine_key(write.table, &write.key);
            if let Some(value) = &write.value {
                let (bytes, size) = self.encode(value)?;
                has_large |= size == Size::Large;
                writes.insert(key.as_bytes(), bytes);
            } else {
                writes.remove(key.as_bytes());
            }
        }
        if has_large {
            files::sync_dir(&self.records)?;
        }
        self.write_through(writes).inspect_err(|error| {
            self.failed.get_or_init(|| error.to_string().lines().take(1).collect());
        })
    }

    fn get(&self, table: Table, key: &str) -> Result<Option<Value>, StoreError> {
        let _gate = self.reading()?;
        let bytes = self.db.get(engine_key(table, key)).map_err(engine("read"))?;
        bytes.map(|bytes| self.decode(table, key, &bytes)).transpose()
    }

    fn scan(&self, table: Table) -> Result<Records, StoreError> {
        let _gate = self.reading()?;
        self.records_of(table)
    }

    fn scan_all(&self, tables: &[Table]) -> Result<Vec<Records>, StoreError> {
        let _gate = self.reading()?;
        tables.iter().map(|table| self.records_of(*table)).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

/// Why the engine did not open.
enum Unopened {
    /// Its files are torn; worth a repair.
    Torn(String),
    /// A repair would not help.
    Failed(StoreError),
}

/// The folder's lock. It goes with the process, however it ends.
struct Claim(File);

impl Claim {
    /// Takes the folder for this process.
    fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("lock");
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The pid is a courtesy; without it the message still says what is wrong.
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(StoreError::Busy { dir: dir.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(io("lock", &path)(error)),
        }
        let pid = std::process::id();
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{pid}"));
        written.map_err(io("write", &path))?;
        Ok(Self(file))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Closing alone would leave the lock with a process that is just being started and shares the handle.
        // When it cannot be given back, the next one to open is told so.
        drop(self.0.unlock());
    }
}

fn engine_key(table: Table, key: &str) -> String {
    format!("{}/{key}", table.name())
}

/// The digits of the file that a stored value points to, when it does.
fn pointer(value: &Value) -> Option<&str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get("blob")?.as_str().filter(|digits| files::is_digits(digits))
}

fn engine(doing: &'static str) -> impl FnOnce(::sled::Error) -> StoreError {
    move |error| StoreError::Engine { doing, detail: error.to_string() }
}

fn open_or_mend(dir: &Path, engine: &Path) -> Result<::sled::Db, StoreError> {
    let detail = match open_engine(engine) {
        Ok(db) => return Ok(db),
        Err(Unopened::Failed(error)) => return Err(error),
        Err(Unopened::Torn(detail)) => detail,
    };
    tracing::warn!(dir = %dir.display(), %detail, "the store is torn; trying to repair it");
    copy_aside(dir, engine)?;
    // Snapshots only shorten the start: without them the log is replayed (spacejam/sled 1533).
    remove_snapshots(engine, |_| true)?;
    open_engine(engine).map_err(|unopened| match unopened {
        Unopened::Failed(error) => error,
        Unopened::Torn(detail) => StoreError::Damaged { path: engine.to_owned(), detail },
    })
}

fn open_engine(engine_dir: &Path) -> Result<::sled::Db, Unopened> {
    wait_for_leaving_threads(engine_dir).map_err(Unopened::Failed)?;
    let config = ::sled::Config::new().path(engine_dir).cache_capacity(CACHE_BYTES);
    // sled asserts while it reads its log: torn bytes may panic instead of giving an error.
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(error @ (::sled::Error::Corruption { .. } | ::sled::Error::ReportableBug(_)))) => {
            Err(Unopened::Torn(error.to_string()))
        }
        Ok(Err(error)) => Err(Unopened::Failed(engine("open")(error))),
        Err(_) => Err(Unopened::Torn("the engine panicked while reading its files".to_owned())),
    }
}

/// sled's threads hold its own lock for a moment after a store was closed, or failed to open, in this process.
/// The folder is ours, so nobody else can hold it for long; if somebody does, that is told instead of waited for.
fn wait_for_leaving_threads(engine_dir: &Path) -> Result<(), StoreError> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let path = engine_dir.join("db");
    if !path.exists() {
        return Ok(());
    }
    let file = File::open(&path).map_err(io("open", &path))?;
    let (send, receive) = mpsc::channel();
    // Nobody may be listening any more; that is no loss, the lock is given back either way.
    std::thread::spawn(move || send.send(file.lock().and_then(|()| file.unlock())).ok());
    match receive.recv_timeout(PATIENCE) {
        Ok(locked) => locked.map_err(io("lock", &path)),
        Err(_) => Err(StoreError::Busy { dir: engine_dir.to_owned(), pid: None }),
    }
}

fn remove_snapshots(engine: &Path, is_chosen: impl Fn(&str) -> bool) -> Result<(), StoreError> {
    for path in files::list(engine)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("snap.") && is_chosen(name) {
            files::remove(&path)?;
        }
    }
    files::sync_dir(engine)
}

/// Copies the engine's files to the first free `damaged-N`; does nothing when there are enough copies.
fn copy_aside(dir: &Path, engine: &Path) -> Result<(), StoreError> {
    let free = (1..=COPIES_MAX).map(|n| dir.join(format!("damaged-{n}"))).find(|copy| !copy.exists());
    free.map_or(Ok(()), |copy| copy_folder(engine, &copy))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), StoreError> {
    files::create_dir(to)?;
    for path in files::list(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(io("copy", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    use super::*;
    use crate::store::suite;

    const CRASH_DIR: &str = "SEAWALL_TEST_CRASH_DIR";

    fn text(length: usize) -> Value {
        json!({ "text": "雨".repeat(length) })
    }

    fn files_in(dir: &Path) -> usize {
        files::list(dir).expect("list").len()
    }

    #[test]
    fn it_keeps_the_rules_of_a_store() {
        suite::run(&|| {
            let dir = tempfile::tempdir().expect("tempdir");
            Box::new(move || Box::new(SledStore::open(dir.path()).expect("open")))
        });
    }

    #[test]
    fn a_second_one_is_told_who_has_the_folder() {
        let dir = tempfile::tempdir().expect("tempdir");
        let _first = SledStore::open(dir.path()).expect("open");
        let error = SledStore::open(dir.path()).expect_err("refused");
        assert!(error.to_string().contains(&format!("in use by process {}", std::process::id())), "{error}");
    }

    #[test]
    fn torn_and_garbled_snapshots_cost_no_record() {
        for name in ["snap.0000000000000010.generating", "snap.FFFFFFFFFFFFFFF0"] {
            let dir = tempfile::tempdir().expect("tempdir");
            let store = SledStore::open(dir.path()).expect("open");
            let batch: Vec<Write> =
                (0..1000).map(|n| Write::put(Table::Events, format!("{n:04}"), json!({ "n": n }))).collect();
            store.commit(&batch).expect("commit");
            drop(store);
            fs::write(dir.path().join("sled").join(name), b"garbage, not a snapshot").expect("write");
            let store = SledStore::open(dir.path()).expect("opens again");
            assert_eq!(store.scan(Table::Events).expect("scan").len(), 1000, "{name}");
            assert_eq!(dir.path().join("damaged-1").exists(), !name.ends_with("generating"));
        }
    }

    #[test]
    fn large_records_are_swept_only_when_nothing_points_to_them() {
        let dir = tempfile::tempdir().expect("tempdir");
        let store = SledStore::open(dir.path()).expect("open");
        let records = dir.path().join("records");
        for (key, length) in [("a", 5000), ("b", 5000), ("c", 6000)] {
            store.commit(&[Write::put(Table::Alerts, key, text(length))]).expect("commit");
        }
        assert_eq!(files_in(&records), 2, "equal records share a file");
        assert_eq!(store.sweep().expect("sweep"), 0);
        store.commit(&[Write::delete(Table::Alerts, "a"), Write::put(Table::Alerts, "c", text(7000))]).expect("commit");
        fs::write(records.join("torn.1-1.part"), b"x").expect("write");
        assert_eq!(store.sweep().expect("sweep"), 2, "the old c and the torn part");
        assert_eq!(store.get(Table::Alerts, "b").expect("get"), Some(text(5000)));
        assert_eq!(store.get(Table::Alerts, "c").expect("get"), Some(text(7000)));
    }

    #[test]
    fn a_missing_or_changed_large_record_is_named() {
        let dir = tempfile::tempdir().expect("tempdir");
        let store = SledStore::open(dir.path()).expect("open");
        store.commit(&[Write::put(Table::Alerts, "a", text(5000))]).expect("commit");
        let file = files::list(&dir.path().join("records")).expect("list").remove(0);
        fs::write(&file, b"{}").expect("write");
        assert!(matches!(store.get(Table::Alerts, "a"), Err(StoreError::Damaged { .. })));
        fs::remove_file(&file).expect("remove");
        let error = store.get(Table::Alerts, "a").expect_err("missing").to_string();
        assert!(error.contains("record `a` of table `alerts`") && error.contains("is missing"), "{error}");
    }

    #[test]
    fn after_a_failed_write_nothing_is_read_or_written_until_it_is_opened_again() {
        let dir = tempfile::tempdir().expect("tempdir");
        let store = SledStore::open(dir.path()).expect("open");
        store.commit(&[Write::put(Table::Alerts, "a", json!(1))]).expect("commit");
        store.failed.set("the disk is full".to_owned()).expect("first");
        for error in [store.commit(&[Write::delete(Table::Alerts, "a")]).err(), store.get(Table::Alerts, "a").err()] {
            assert!(error.expect("refused").to_string().contains("the disk is full"));
        }
        drop(store);
        let store = SledStore::open(dir.path()).expect("open");
        assert_eq!(store.get(Table::Alerts, "a").expect("get"), Some(json!(1)));
    }

    /// The other half of the test below: runs in a process of its own, and is killed.
    #[test]
    fn crash_child() {
        let Some(dir) = std::env::var_os(CRASH_DIR) else {
            return;
        };
        let store = SledStore::open(Path::new(&dir)).expect("open");
        let first = store.scan(Table::Journal).expect("scan").len();
        let mut out = std::io::stdout();
        for n in first.. {
            let record = text(n % 7 * 400);
            let key = format!("{n:020}");
            let batch = [Write::put(Table::Journal, &*key, record.clone()), Write::put(Table::Outbox, &*key, record)];
            store.commit(&batch).expect("commit");
            writeln!(out, "kept {key}").and_then(|()| out.flush()).expect("the parent reads until it kills");
        }
    }

    #[test]
    fn what_was_acknowledged_outlives_kill_9() {
        let dir = tempfile::tempdir().expect("tempdir");
        let mut seed: usize = 20_040_812;
        let mut kept = BTreeSet::new();
        for _ in 0..10 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            kept.extend(run_and_kill(dir.path(), 1 + (seed >> 33) % 60));
            let store = SledStore::open(dir.path()).expect("opens after the kill");
            let journal = store.scan(Table::Journal).expect("scan");
            assert_eq!(journal, store.scan(Table::Outbox).expect("scan"), "a batch is whole or not there");
            let found: BTreeSet<String> = journal.into_iter().map(|(key, _)| key).collect();
            assert!(kept.is_subset(&found), "lost: {:?}", kept.difference(&found).collect::<Vec<_>>());
            store.sweep().expect("sweep");
        }
        assert!(kept.len() > 10);
    }

    /// Starts the child, kills it after so many acknowledgements, and gives all that it acknowledged.
    fn run_and_kill(dir: &Path, acknowledgements: usize) -> Vec<String> {
        let program = std::env::current_exe().expect("own path");
        let mut child = Command::new(program)
            .args(["--exact", "store::sled::tests::crash_child", "--nocapture", "--test-threads=1"])
            .env(CRASH_DIR, dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("spawn");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let key = |line: String| line.split_once("kept ").map(|(_, key)| key.to_owned()).filter(|key| key.len() == 20);
        let mut kept: Vec<String> = lines.by_ref().filter_map(key).take(acknowledgements).collect();
        child.kill().expect("kill");
        kept.extend(lines.filter_map(key));
        child.wait().expect("wait");
        assert!(kept.len() >= acknowledgements, "the child ended by itself");
        kept
    }
}
